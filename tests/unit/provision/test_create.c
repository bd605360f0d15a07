/* The course of a create: what comes after what, and what is left when something goes wrong. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
// links: scripted_clock.c
// links: caught_log.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "caught_log.h"
#include "pgclone/base/memory.h"
#include "pgclone/provision/create.h"
#include "provision_fixture.h"
#include "scripted_session.h"

#define DEAD_LEASE "00000000000000b1"

struct attempt {
    struct scripted_attempt base;
    struct create_outcome outcome;
};

static void attempt_init(struct attempt *attempt)
{
    scripted_attempt_init(&attempt->base, 2);
    attempt->outcome = (struct create_outcome){0};
    assert_true(session_open(&attempt->base.scope, LEASE_CREATE, &attempt->base.session, NULL));
}

static bool attempt_run(struct attempt *attempt)
{
    return create_databases(&attempt->base.session, NULL, &attempt->outcome, &attempt->base.err);
}

static void attempt_release(struct attempt *attempt)
{
    create_outcome_release(&attempt->outcome);
    scripted_attempt_release(&attempt->base);
}

/* Where a line that begins so stands among the calls; fails the test if there is none. */
static const char *call(const char *begin)
{
    const char *at = strstr(scripted_session_calls(), begin);

    if (at == NULL)
        fail_msg("no \"%s\" in:\n%s", begin, scripted_session_calls());
    return at;
}

/* Every database is whole under a scratch name before one of them bears a worker's. */
static void test_makes_all_and_then_publishes_all(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    assert_true(attempt_run(&attempt));
    assert_true(call("look circ_gw0 circ_gw1") < call("creating 2 over"));
    assert_true(call("GRANT ALL PRIVILEGES") < strstr(call("creating 2 over") + 1, "creating 2"));
    assert_true(strstr(call("RENAME TO \"circ_gw0\""), "RENAME TO \"circ_gw1\"") != NULL);
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
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_fails("_1\" TEMPLATE", ERROR_SERVER, "53100", 1);
    assert_false(attempt_run(&attempt));
    assert_int_equal(attempt.base.err.kind, ERROR_SERVER);
    assert_null(attempt.base.err.next);
    assert_false(scripted_session_was_called("RENAME"));
    assert_true(scripted_session_was_called("persist\nkeep first\n"));
    assert_null(attempt.outcome.statuses);
}

/* Both fail: both are told. */
static void test_every_failure_is_told(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_fails("CREATE DATABASE", ERROR_SERVER, "53100", 2);
    assert_false(attempt_run(&attempt));
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
        struct attempt attempt OWNED(attempt_release);

        attempt_init(&attempt);
        scripted_session_fails(cases[i].statement, cases[i].kind, cases[i].sqlstate, 1);
        assert_false(attempt_run(&attempt));
        assert_int_equal(attempt.base.err.kind, cases[i].told);
        assert_non_null(strstr(attempt.base.err.hint, cases[i].hint));
        assert_true(scripted_session_was_called("persist\nkeep first\n"));
    }
}

static const char *const one_there[TABLE_SETS] = {
    [LOOK_DATABASES] =
        FIXTURE_DATABASES "circ_gw1|" FIXTURE_MARK("circ", "null", "gw1", DEAD_LEASE) "|f|f|0|~\n"};

static const char *const foreign_there[TABLE_SETS] = {[LOOK_DATABASES] =
                                                          FIXTURE_DATABASES "circ_gw1|~|f|f|0|~\n"};

/* What is replaced goes last, after a second look at whose it is. */
static void test_replaces_after_a_second_look(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_finds(one_there);
    assert_true(attempt_run(&attempt));
    assert_true(call("GRANT ALL PRIVILEGES") < call("look\n"));
    assert_true(call("look\n") < call("DROP DATABASE IF EXISTS \"circ_gw1\""));
    assert_false(scripted_session_was_called("DROP DATABASE IF EXISTS \"circ_gw0\""));
    assert_int_equal(attempt.outcome.statuses[0], CREATE_CREATED);
    assert_int_equal(attempt.outcome.statuses[1], CREATE_REPLACED);
}

/* Meanwhile another program has put a database of its own there: it is left alone. */
static void test_does_not_replace_what_came_meanwhile(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_finds(one_there);
    scripted_session_finds(foreign_there);
    assert_false(attempt_run(&attempt));
    assert_int_equal(attempt.base.err.kind, ERROR_GUARD);
    assert_non_null(strstr(attempt.base.err.message, "circ_gw1"));
    assert_false(scripted_session_was_called("DROP"));
    assert_false(scripted_session_was_called("RENAME"));
    assert_true(scripted_session_was_called("persist\nkeep first\n"));
}

/* A foreign database of that name, seen in the first look: nothing is begun. */
static void test_guards_come_first(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_finds(foreign_there);
    assert_false(attempt_run(&attempt));
    assert_int_equal(attempt.base.err.kind, ERROR_GUARD);
    assert_string_equal(scripted_session_calls(), "open\nlook circ_gw0 circ_gw1\n");
}

/* existing: keep. What is there is not touched. */
static void test_keeps_what_is_there(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    attempt.base.settings.existing = EXISTING_KEEP;
    scripted_session_finds(one_there);
    assert_true(attempt_run(&attempt));
    call("creating 1 over");
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
        "old_gw7|" FIXTURE_MARK("circ", "\"r1\"", "gw7", DEAD_LEASE) "|f|f|0|~\n"};
    static const bool refused[] = {false, true};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct attempt attempt OWNED(attempt_release);
        char *said OWNED(memory_free_string) = NULL;
        bool done;

        attempt_init(&attempt);
        scripted_session_finds(left);
        if (refused[i])
            scripted_session_fails("DROP DATABASE", ERROR_SERVER, "55006", 1);
        caught_log_begin(LOG_VERBOSE);
        done = attempt_run(&attempt);
        said = caught_log_end();
        assert_true(done);
        assert_int_equal(strstr(said, "pgclone: swept database \"old_gw7\" (0 ms)\n") != NULL,
                         !refused[i]);
        assert_true(call("look old_gw7") < call("creating 3 over"));
        assert_true(call("DROP DATABASE IF EXISTS \"old_gw7\"") < call("unlock old_gw7"));
        assert_false(scripted_session_was_called("persist\nkeep first\n"));
    }
}

/* Somebody has replaced it in between: it stays, and its name is theirs again, which a run would
 * else keep from them for as long as it lives. */
static void test_gives_up_the_name_of_what_it_does_not_sweep(void **state)
{
    static const char *const left[TABLE_SETS] = {
        [LOOK_DATABASES] = FIXTURE_DATABASES
        "old_gw7|" FIXTURE_MARK("circ", "\"r1\"", "gw7", DEAD_LEASE) "|f|f|0|~\n"};
    static const char *const replaced[TABLE_SETS] = {
        [LOOK_DATABASES] = FIXTURE_DATABASES
        "old_gw7|" FIXTURE_MARK("circ", "null", "gw7", FIXTURE_LEASE) "|f|f|0|~\n"};
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_finds(left);
    scripted_session_finds(replaced);
    assert_true(attempt_run(&attempt));
    assert_false(scripted_session_was_called("DROP DATABASE"));
    assert_true(call("creating 2 over") < call("unlock old_gw7"));
}

/* A run that this process is in may regain its lease in a moment; where it does not, it lives on
 * another server or no more, and the databases are a plain create's. */
static void test_waits_for_the_lease_of_its_run(void **state)
{
    static const char *const alive[TABLE_SETS] = {[LOOK_LEASES] = FIXTURE_OPEN_RUN};
    static const char *const alone[TABLE_SETS] = {0};
    char project[] = "shop";
    struct enclosing_run run = {.project = project};
    (void)state;

    assert_true(lease_read(FIXTURE_RUN_LEASE, &run.lease));
    for (int regained = 0; regained < 2; regained++) {
        struct attempt attempt OWNED(attempt_release);

        attempt_init(&attempt);
        attempt.base.scope.enclosing = &run;
        scripted_session_finds(alone);
        scripted_session_finds(regained ? alive : alone);
        assert_true(attempt_run(&attempt));
        assert_true(scripted_session_was_called("look circ_gw0 circ_gw1\nlook circ_gw0"));
        assert_int_equal(scripted_session_was_called("\"lease\":\"" FIXTURE_RUN_LEASE "\""),
                         regained);
        assert_int_equal(scripted_session_was_called("\"inside\":\"shop\""), regained);
    }
}

/* --dry-run: the statements, and no more than a look. */
static void test_dry_run_changes_nothing(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    struct strbuf plan OWNED(strbuf_release) = {0};
    (void)state;

    attempt_init(&attempt);
    scripted_session_finds(one_there);
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
        struct attempt attempt OWNED(attempt_release);

        attempt_init(&attempt);
        scripted_session_finds(superuser);
        scripted_session_fails("query: look at the template's files", kinds[i], "58P01", 1);
        assert_int_equal(attempt_run(&attempt), i < 2);
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
        struct attempt attempt OWNED(attempt_release);

        attempt_init(&attempt);
        scripted_session_finds(superuser);
        scripted_session_is(cases[i].version, cases[i].files);
        if (cases[i].refused != ERROR_NONE)
            scripted_session_fails("query: have files cloned", cases[i].refused, "22023", 1);
        assert_true(attempt_run(&attempt));
        assert_string_equal(attempt.outcome.strategy, cases[i].clones ? "clone" : "file_copy");
        assert_int_equal(scripted_session_was_called("query: have files cloned"),
                         cases[i].version >= 180000);
    }
}

/* --strategy clone where there are none: nothing is begun. */
static void test_clones_that_are_set_must_be_possible(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    attempt.base.settings.strategy = STRATEGY_CLONE;
    scripted_session_is(180000, FILES "~\n");
    scripted_session_fails("query: have files cloned", ERROR_SERVER, "22023", 1);
    assert_false(attempt_run(&attempt));
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
        cmocka_unit_test(test_replaces_after_a_second_look),
        cmocka_unit_test(test_does_not_replace_what_came_meanwhile),
        cmocka_unit_test(test_guards_come_first),
        cmocka_unit_test(test_keeps_what_is_there),
        cmocka_unit_test(test_sweeps_what_a_dead_run_left),
        cmocka_unit_test(test_gives_up_the_name_of_what_it_does_not_sweep),
        cmocka_unit_test(test_waits_for_the_lease_of_its_run),
        cmocka_unit_test(test_dry_run_changes_nothing),
        cmocka_unit_test(test_a_refused_look_at_files_is_no_reason),
        cmocka_unit_test(test_clones_where_it_can),
        cmocka_unit_test(test_clones_that_are_set_must_be_possible),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
