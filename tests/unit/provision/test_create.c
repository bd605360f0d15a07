/* The course of a create: what comes after what, and what is left when something goes wrong. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
// links: scripted_clock.c
// links: caught_log.c
// links: create_attempt.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "caught_log.h"
#include "create_attempt.h"
#include "pgclone/base/memory.h"
#include "provision_fixture.h"

/* Every database is whole under a scratch name before one of them bears a worker's. */
static void test_makes_all_and_then_publishes_all(void **state)
{
    struct create_attempt attempt OWNED(create_attempt_release);
    (void)state;

    create_attempt_init(&attempt);
    assert_true(create_attempt_run(&attempt));
    assert_true(create_attempt_call("look circ_gw0 circ_gw1") <
                create_attempt_call("creating 2 over"));
    assert_true(create_attempt_call("GRANT ALL PRIVILEGES") <
                create_attempt_call("publishing 2 over"));
    assert_true(strstr(create_attempt_call("RENAME TO \"circ_gw0\""), "RENAME TO \"circ_gw1\"") !=
                NULL);
    assert_false(scripted_session_was_called("DROP"));
    assert_false(scripted_session_was_called("persist\nkeep first\n"));
    assert_int_equal(attempt.outcome.count, 2);
    assert_int_equal(attempt.outcome.statuses[0], CREATE_CREATED);
    assert_int_equal(attempt.outcome.statuses[1], CREATE_CREATED);
    assert_int_equal(attempt.outcome.server_version, 150018);
}

/* One of them cannot be made: none gets its name, and all is taken back. */
static void test_one_failure_publishes_none(void **state)
{
    struct create_attempt attempt OWNED(create_attempt_release);
    (void)state;

    create_attempt_init(&attempt);
    scripted_session_fails("_1\" TEMPLATE", ERROR_SERVER, "53100", 1);
    assert_false(create_attempt_run(&attempt));
    assert_int_equal(attempt.base.err.kind, ERROR_SERVER);
    assert_null(attempt.base.err.next);
    assert_false(scripted_session_was_called("RENAME"));
    assert_true(scripted_session_was_called("persist\nkeep first\n"));
    assert_null(attempt.outcome.statuses);
}

/* Both fail: both are told. */
static void test_every_failure_is_told(void **state)
{
    struct create_attempt attempt OWNED(create_attempt_release);
    (void)state;

    create_attempt_init(&attempt);
    scripted_session_fails("CREATE DATABASE", ERROR_SERVER, "53100", 2);
    assert_false(create_attempt_run(&attempt));
    assert_non_null(attempt.base.err.next);
    assert_null(attempt.base.err.next->next);
}

/* Somebody in the template all of a sudden, and somebody else's database of that name: what the
 * server's codes do not say. */
static void test_codes_are_explained(void **state)
{
    static const struct {
        const char *statement;
        enum error_kind kind;
        const char *sqlstate;
        enum error_kind told;
        const char *hint;
    } cases[] = {
        {"CREATE DATABASE", ERROR_BUSY, "55006", ERROR_BUSY, "--disconnect-template"},
        {"RENAME TO", ERROR_SERVER, "42P04", ERROR_GUARD, "--name"},
        {"RENAME TO", ERROR_SERVER, "23505", ERROR_GUARD, "--name"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct create_attempt attempt OWNED(create_attempt_release);

        create_attempt_init(&attempt);
        scripted_session_fails(cases[i].statement, cases[i].kind, cases[i].sqlstate, 1);
        assert_false(create_attempt_run(&attempt));
        assert_int_equal(attempt.base.err.kind, cases[i].told);
        assert_non_null(strstr(attempt.base.err.hint, cases[i].hint));
        assert_true(scripted_session_was_called("persist\nkeep first\n"));
    }
}

/* existing: keep. What is there is not touched. */
static void test_keeps_what_is_there(void **state)
{
    struct create_attempt attempt OWNED(create_attempt_release);
    (void)state;

    create_attempt_init(&attempt);
    attempt.base.settings.existing = EXISTING_KEEP;
    scripted_session_finds(create_one_there);
    assert_true(create_attempt_run(&attempt));
    create_attempt_call("creating 1 over");
    assert_false(scripted_session_was_called("\"circ_gw1\""));
    assert_int_equal(attempt.outcome.statuses[0], CREATE_CREATED);
    assert_int_equal(attempt.outcome.statuses[1], CREATE_KEPT);
    assert_int_equal(attempt.outcome.elapsed_ms[1], 0);
}

/* What a killed run left behind goes as well, its name is free again at once, and its own trouble
 * is not the create's. */
static void test_sweeps_what_a_dead_run_left(void **state)
{
    static const char *const left[TABLE_SETS] = {
        [LOOK_DATABASES] = FIXTURE_DATABASES
        "old_gw7|" FIXTURE_MARK("circ", "\"r1\"", "gw7", CREATE_DEAD_LEASE) "|f|f|0|~\n"};
    static const bool refused[] = {false, true};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct create_attempt attempt OWNED(create_attempt_release);
        char *said OWNED(memory_free_string) = NULL;
        bool done;

        create_attempt_init(&attempt);
        scripted_session_finds(left);
        if (refused[i])
            scripted_session_fails("DROP DATABASE", ERROR_SERVER, "55006", 1);
        caught_log_begin(LOG_VERBOSE);
        done = create_attempt_run(&attempt);
        said = caught_log_end();
        assert_true(done);
        assert_int_equal(strstr(said, "pgclone: swept database \"old_gw7\" (0 ms)\n") != NULL,
                         !refused[i]);
        assert_true(create_attempt_call("look old_gw7") < create_attempt_call("creating 3 over"));
        assert_true(create_attempt_call("DROP DATABASE IF EXISTS \"old_gw7\"") <
                    create_attempt_call("unlock old_gw7"));
        assert_false(scripted_session_was_called("persist\nkeep first\n"));
    }
}

/* --dry-run: the statements, and no more than a look. */
static void test_dry_run_changes_nothing(void **state)
{
    struct create_attempt attempt OWNED(create_attempt_release);
    struct strbuf plan OWNED(strbuf_release) = {0};
    (void)state;

    create_attempt_init(&attempt);
    scripted_session_finds(create_one_there);
    assert_true(
        create_databases(&attempt.base.session, &plan, &attempt.outcome, &attempt.base.err));
    assert_string_equal(scripted_session_calls(), "open\nlook circ_gw0 circ_gw1\n");
    assert_non_null(strstr(plan.data, "DROP DATABASE IF EXISTS \"circ_gw1\" WITH (FORCE);\n"));
    assert_non_null(strstr(plan.data, "RENAME TO \"circ_gw1\";\n"));
}

static const char *const superuser[TABLE_SETS] = {
    [LOOK_SERVER] = "pid|role|superuser|createdb|recovery|fsync|free_connections\n"
                    "7|postgres|t|t|f|t|90\n",
    [LOOK_TEMPLATE] = "owner|owned|is_template|connection_limit|has_grants|folder|size\n"
                      "app|t|f|-1|f|base/16384|200000000\n"};

/* A server that does not tell about its files, though it may: databases are made all the same. But
 * one that is gone is gone. */
static void test_a_refused_look_at_files_is_no_reason(void **state)
{
    static const enum error_kind kinds[] = {ERROR_PRIVILEGE, ERROR_SERVER, ERROR_CONNECTION,
                                            ERROR_INTERRUPTED};
    (void)state;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct create_attempt attempt OWNED(create_attempt_release);

        create_attempt_init(&attempt);
        scripted_session_finds(superuser);
        scripted_session_fails("query: look at the template's files", kinds[i], "58P01", 1);
        assert_int_equal(create_attempt_run(&attempt), i < 2);
        assert_int_equal(scripted_session_was_called("RENAME TO \"circ_gw1\""), i < 2);
    }
}

#define FILES "files|file_system\n300|"

/* Files are cloned where server, service and file system can, and nothing is refused where they
 * cannot. */
static void test_clones_where_it_can(void **state)
{
    static const struct {
        int version;
        const char *files;
        enum error_kind refused; /* ERROR_NONE: sessions may have files cloned */
        bool clones;
    } cases[] = {
        {180000, FILES "xfs\n", ERROR_NONE, true},
        {180000, FILES "ext4\n", ERROR_NONE, false},
        {180000, FILES "~\n", ERROR_NONE, true}, /* not Linux */
        {180000, FILES "xfs\n", ERROR_SERVER, false},
        {180000, FILES "xfs\n", ERROR_PRIVILEGE, false},
        {170000, FILES "~\n", ERROR_NONE, false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct create_attempt attempt OWNED(create_attempt_release);

        create_attempt_init(&attempt);
        scripted_session_finds(superuser);
        scripted_session_is(cases[i].version, cases[i].files);
        if (cases[i].refused != ERROR_NONE)
            scripted_session_fails("query: have files cloned", cases[i].refused, "22023", 1);
        assert_true(create_attempt_run(&attempt));
        assert_string_equal(attempt.outcome.strategy, cases[i].clones ? "clone" : "file_copy");
        assert_int_equal(scripted_session_was_called("query: have files cloned"),
                         cases[i].version >= 180000);
    }
}

/* --strategy clone where there are none: nothing is begun. */
static void test_clones_that_are_set_must_be_possible(void **state)
{
    struct create_attempt attempt OWNED(create_attempt_release);
    (void)state;

    create_attempt_init(&attempt);
    attempt.base.settings.strategy = STRATEGY_CLONE;
    scripted_session_is(180000, FILES "~\n");
    scripted_session_fails("query: have files cloned", ERROR_SERVER, "22023", 1);
    assert_false(create_attempt_run(&attempt));
    assert_int_equal(attempt.base.err.kind, ERROR_USAGE);
    assert_false(scripted_session_was_called("CREATE"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_makes_all_and_then_publishes_all),
        cmocka_unit_test(test_one_failure_publishes_none),
        cmocka_unit_test(test_every_failure_is_told),
        cmocka_unit_test(test_codes_are_explained),
        cmocka_unit_test(test_keeps_what_is_there),
        cmocka_unit_test(test_sweeps_what_a_dead_run_left),
        cmocka_unit_test(test_dry_run_changes_nothing),
        cmocka_unit_test(test_a_refused_look_at_files_is_no_reason),
        cmocka_unit_test(test_clones_where_it_can),
        cmocka_unit_test(test_clones_that_are_set_must_be_possible),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
