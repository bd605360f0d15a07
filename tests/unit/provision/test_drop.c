/* The course of a drop: what is looked at, locked, dropped and said. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
// links: scripted_clock.c
// links: caught_log.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "caught_log.h"
#include "pgclone/base/memory.h"
#include "pgclone/provision/drop.h"
#include "provision_fixture.h"
#include "scripted_session.h"

#define CREATED(name) name "|" FIXTURE_MARK("circ", "null", "gw0", FIXTURE_LEASE) "|f|f|0|~\n"
#define RUNS(name) name "|" FIXTURE_MARK("circ", "\"r1\"", "gw0", FIXTURE_RUN_LEASE) "|f|f|0|~\n"

static const char run_alive[] = FIXTURE_LEASES FIXTURE_HOLDER(FIXTURE_RUN_KEY, "1");
static const struct selection all = {.all = true};

/* The locks are those on the names of what is dropped, in its order. */
static const char *const ten[TABLE_SETS] = {
    [LOOK_LOCKS] = "name|locked\ncirc_gw2|t\ncirc_gw10|t\n",
    [LOOK_DATABASES] = FIXTURE_DATABASES CREATED("circ_gw10") CREATED("circ_gw2") RUNS("circ_gw9"),
    [LOOK_LEASES] = run_alive};

/* Workers in the order in which people count, and what is kept among them. */
static void test_lines_are_in_natural_order(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct strbuf lines OWNED(strbuf_release) = {0};
    (void)state;

    scripted_attempt_init(&attempt, 3);
    scripted_session_finds(ten);
    assert_true(drop_databases(&attempt.scope, &all, false, &lines, &attempt.err));
    assert_string_equal(
        strbuf_text(&lines),
        "dropped circ_gw2\n"
        "kept circ_gw9: held by run \"r1\" that is alive on host \"build1\", process "
        "4711\n"
        "dropped circ_gw10\n");
}

/* Who reads "dropped" after a dry run believes that they are gone. */
static void test_a_dry_run_says_would_drop(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct strbuf lines OWNED(strbuf_release) = {0};
    (void)state;

    scripted_attempt_init(&attempt, 3);
    scripted_session_finds(ten);
    assert_true(drop_databases(&attempt.scope, &all, true, &lines, &attempt.err));
    assert_string_equal(
        strbuf_text(&lines),
        "would drop circ_gw2\n"
        "kept circ_gw9: held by run \"r1\" that is alive on host \"build1\", process "
        "4711\n"
        "would drop circ_gw10\n");
    assert_string_equal(scripted_session_calls(), "open\nlook\nlook\nclose\n");
}

/* A run of another project costs this one's teardown nothing; one of its own is looked at again,
 * since it may have been killed a moment ago. */
static void test_waits_only_for_who_holds_what_is_wanted(void **state)
{
    static const char *const others[TABLE_SETS] = {
        [LOOK_DATABASES] = FIXTURE_DATABASES
        "shop_gw0|" FIXTURE_MARK("shop", "\"r1\"", "gw0", FIXTURE_RUN_LEASE) "|f|f|0|~\n",
        [LOOK_LEASES] = run_alive};
    static const char *const own[TABLE_SETS] = {
        [LOOK_DATABASES] = FIXTURE_DATABASES RUNS("circ_gw0"), [LOOK_LEASES] = run_alive};
    static const char *const dead[TABLE_SETS] = {[LOOK_DATABASES] =
                                                     FIXTURE_DATABASES RUNS("circ_gw0")};
    (void)state;

    for (int is_own = 0; is_own < 2; is_own++) {
        struct scripted_attempt attempt OWNED(scripted_attempt_release);
        struct strbuf lines OWNED(strbuf_release) = {0};

        scripted_attempt_init(&attempt, 3);
        scripted_session_finds(is_own != 0 ? own : others);
        scripted_session_finds(dead);
        assert_true(drop_databases(&attempt.scope, &all, false, &lines, &attempt.err));
        assert_string_equal(strbuf_text(&lines), is_own != 0 ? "dropped circ_gw0\n" : "");
        assert_string_equal(scripted_session_calls(),
                            is_own != 0
                                ? "open\nlook\nlook\nlook circ_gw0\ndropping 1 over 1\n"
                                  "DROP DATABASE IF EXISTS \"circ_gw0\" WITH (FORCE)\nclose\n"
                                : "open\nlook\ndropping 0 over 0\nclose\n");
    }
}

/* What failed is said to be still there, with the server's reason; the others are gone. */
static void test_a_failure_keeps_its_database_only(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct strbuf lines OWNED(strbuf_release) = {0};
    (void)state;

    scripted_attempt_init(&attempt, 3);
    scripted_session_finds(ten);
    scripted_session_fails("\"circ_gw2\"", ERROR_SERVER, "55006", 1);
    assert_false(drop_databases(&attempt.scope, &all, false, &lines, &attempt.err));
    assert_memory_equal(strbuf_text(&lines), "kept circ_gw2: refused\n", 23);
}

/* Another process replaced one in between: that one is somebody's, and stays. */
static void test_what_was_replaced_in_between_is_kept(void **state)
{
    static const char *const replaced[TABLE_SETS] = {
        [LOOK_LOCKS] = "name|locked\ncirc_gw2|f\ncirc_gw10|t\n",
        [LOOK_DATABASES] = FIXTURE_DATABASES RUNS("circ_gw10") CREATED("circ_gw2")};
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct drop_work work OWNED(drop_work_release) = {0};
    struct inventory again OWNED(inventory_release) = {0};
    struct look_request request;
    (void)state;

    scripted_attempt_init(&attempt, 3);
    fixture_inventory(ten, &attempt.settings, &attempt.inventory);
    assert_true(selection_find(&attempt.inventory, &all, "circ", &work.selected, NULL));
    scripted_session_finds(replaced);
    request = drop_lock_request(&work);
    assert_int_equal(request.catalog.name_count, 2);
    assert_true(look_take(&attempt.session, &request, &again, NULL));
    drop_plan(&again, &work);
    assert_int_equal(work.job_count, 0);
    assert_string_equal(work.selected.items[0].kept, "another pgclone is at work on it");
    assert_string_equal(work.selected.items[2].kept, "it was replaced a moment ago");
}

/* Without this what a build's command has made a template stays for ever. */
static void test_a_scratch_database_that_is_a_template_is_unsealed(void **state)
{
    static const char *const found[TABLE_SETS] = {
        [LOOK_LOCKS] = "name|locked\nany|t\nother|t\n",
        [LOOK_DATABASES] = FIXTURE_DATABASES
        "pgclone_scratch_" FIXTURE_LEASE "_0|~|f|t|0|~\n"
        "circ_gw0|" FIXTURE_MARK("circ", "null", "gw0", FIXTURE_LEASE) "|f|t|0|~\n"};
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct strbuf lines OWNED(strbuf_release) = {0};
    (void)state;

    scripted_attempt_init(&attempt, 3);
    scripted_session_finds(found);
    assert_true(drop_databases(&attempt.scope, &all, false, &lines, &attempt.err));
    scripted_session_assert_order("\"pgclone_scratch_" FIXTURE_LEASE "_0\" IS_TEMPLATE false",
                                  "DROP DATABASE IF EXISTS \"pgclone_scratch_");
    assert_false(scripted_session_was_called("\"circ_gw0\" IS_TEMPLATE"));
}

/* With -v, and on standard error; a dry run has dropped nothing, nor has a job that failed. */
static void test_verbose_says_what_was_dropped(void **state)
{
    static const char *const expected[] = {
        "pgclone: dropped database \"circ_gw2\" (0 ms)\n",
        "",
        "",
    };
    (void)state;

    for (int i = 0; i < 3; i++) {
        struct scripted_attempt attempt OWNED(scripted_attempt_release);
        struct strbuf lines OWNED(strbuf_release) = {0};
        char *said OWNED(memory_free_string) = NULL;

        scripted_attempt_init(&attempt, 3);
        scripted_session_finds(ten);
        scripted_session_fails("DROP DATABASE IF EXISTS \"circ_gw10\"", ERROR_SERVER, "55006", 2);
        caught_log_begin(i < 2 ? LOG_VERBOSE : LOG_NORMAL);
        (void)drop_databases(&attempt.scope, &all, i == 1, &lines, &attempt.err);
        said = caught_log_end();
        assert_string_equal(said, expected[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_are_in_natural_order),
        cmocka_unit_test(test_a_dry_run_says_would_drop),
        cmocka_unit_test(test_waits_only_for_who_holds_what_is_wanted),
        cmocka_unit_test(test_a_failure_keeps_its_database_only),
        cmocka_unit_test(test_what_was_replaced_in_between_is_kept),
        cmocka_unit_test(test_a_scratch_database_that_is_a_template_is_unsealed),
        cmocka_unit_test(test_verbose_says_what_was_dropped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
