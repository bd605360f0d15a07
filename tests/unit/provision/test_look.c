/* Looks: what is waited for, what is ended, and that the last one is as whole as the first. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
// links: scripted_clock.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/log.h"
#include "pgclone/provision/look.h"
#include "provision_fixture.h"
#include "scripted_clock.h"
#include "scripted_session.h"

/* Of a process that is dead: its session key, INT64_MIN + 177, is held and its lease is not. */
#define DEAD_SESSION_KEY "-9223372036854775631"

struct attempt {
    struct scripted_attempt base;
    int64_t began_ms;
};

static void attempt_init(struct attempt *attempt)
{
    log_set_level(LOG_QUIET);
    scripted_attempt_init(&attempt->base, 2);
    scripted_clock_reset();
    attempt->began_ms = clock_now_ms();
}

static void attempt_release(struct attempt *attempt)
{
    scripted_attempt_release(&attempt->base);
}

static int64_t attempt_ms(const struct attempt *attempt)
{
    return clock_now_ms() - attempt->began_ms;
}

static bool attempt_take(struct attempt *attempt, const struct look_request *request)
{
    return look_take(&attempt->base.session, request, &attempt->base.inventory, &attempt->base.err);
}

/* --------------------------------------------------------------- what dead processes left at work
 */

static const struct look_request settling = {.catalog = {.all_marked = true}, .settle = true};
static const char *const with_orphan[TABLE_SETS] = {
    [LOOK_MAKERS] = FIXTURE_LEASES FIXTURE_HOLDER(DEAD_SESSION_KEY, "55")};
static const char *const settled[TABLE_SETS] = {[LOOK_MAKERS] = FIXTURE_LEASES};

/* What a dead process's session still makes would come to life after the look: it is ended first.
 */
static void test_ends_sessions_of_dead_processes(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_finds(with_orphan);
    scripted_session_finds(settled);
    assert_true(attempt_take(&attempt, &settling));
    assert_string_equal(scripted_session_calls(), "look\nterminate 55\nlook\n");
    assert_int_equal(inventory_orphans(&attempt.base.inventory, NULL, 0), 0);
}

/* Another role's are out of our reach, and so is what they make: no reason to stop, nor to wait. */
static void test_leaves_sessions_that_it_may_not_end(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_finds(with_orphan);
    scripted_session_fails("terminate", ERROR_PRIVILEGE, "42501", 1);
    assert_true(attempt_take(&attempt, &settling));
    assert_int_equal(attempt_ms(&attempt), 0);
}

/* One that does not end holds nobody up for ever. */
static void test_waits_some_seconds_for_sessions_to_end(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_finds(with_orphan);
    assert_true(attempt_take(&attempt, &settling));
    assert_in_range(attempt_ms(&attempt), 5000, 30000);
}

/* --------------------------------------------------------------------------------------- judging
 */

static enum look_verdict look_for_a_second(struct look *look, int64_t elapsed_ms, struct error *err)
{
    (void)look;
    (void)err;
    return elapsed_ms < 1000 ? LOOK_AGAIN : LOOK_IS_ENOUGH;
}

/* A look is taken again for as long as the judge says, and the last one counts. */
static void test_looks_again_for_as_long_as_told(void **state)
{
    static const struct look_request request = {.judge = look_for_a_second};
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    assert_true(attempt_take(&attempt, &request));
    assert_in_range(attempt_ms(&attempt), 1000, 1100);
    assert_true(scripted_session_was_called("look\nlook\nlook\n"));
}

/* While another look is waited for, the server goes away: that is what is said. */
static void test_a_lost_server_ends_the_looking(void **state)
{
    static const struct look_request request = {.judge = look_for_a_second};
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_fails("look", ERROR_CONNECTION, "", 1);
    assert_false(attempt_take(&attempt, &request));
    assert_int_equal(attempt.base.err.kind, ERROR_CONNECTION);
}

/* ------------------------------------------------------------- what the choice of a strategy needs
 */

#define FILES "files|file_system\n300|"

static const char *const superuser[TABLE_SETS] = {
    [LOOK_SERVER] = "pid|role|superuser|createdb|recovery|fsync|free_connections\n"
                    "7|postgres|t|t|f|t|90\n",
    [LOOK_TEMPLATE] = "owner|owned|is_template|connection_limit|has_grants|folder|size\n"
                      "app|t|f|-1|f|base/16384|200000000\n"};

static const struct look_request for_strategy = {
    .catalog = {.template_name = "circ", .template_size = true},
    .strategy = true,
    .judge = look_for_a_second};

/* A template that is busy at first: the server must not be taken for one that cannot clone files
 * because it had to be looked at again. It is asked once. */
static void test_looking_again_forgets_nothing(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_finds(superuser);
    scripted_session_is(180000, FILES "xfs\n");
    assert_true(attempt_take(&attempt, &for_strategy));
    assert_true(attempt.base.inventory.clones);
    assert_int_equal(attempt.base.inventory.source.files, 300);
    assert_true(scripted_session_was_called("look\nquery: have files cloned\nlook\nlook\n"));
    assert_true(scripted_session_was_called("look\nquery: look at the template's files\n"));
}

/* A size that cannot be had (a file that even a superuser may not see) is no reason to fail. */
static void test_a_refused_size_is_no_reason(void **state)
{
    static const enum error_kind kinds[] = {ERROR_PRIVILEGE, ERROR_SERVER, ERROR_CONNECTION,
                                            ERROR_INTERRUPTED};
    (void)state;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct attempt attempt OWNED(attempt_release);

        attempt_init(&attempt);
        scripted_session_fails("look", kinds[i], "58P01", 1);
        assert_int_equal(attempt_take(&attempt, &for_strategy), i < 2);
        assert_int_equal(scripted_session_was_called("look\nlook\n"), i < 2);
    }
}

static const struct look_request with_sizes = {.catalog = {.all_marked = true, .sizes = true}};

/* A database that is dropped while its size is measured fails the statement, not the list. */
static void test_a_database_that_vanishes_is_no_failure(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_fails("look", ERROR_SERVER, "3D000", 2);
    assert_true(attempt_take(&attempt, &with_sizes));
    assert_string_equal(scripted_session_calls(),
                        "look with sizes\nlook with sizes\nlook with sizes\n");
}

/* Where one always vanishes, the list is there without sizes. */
static void test_sizes_are_given_up_at_last(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_fails("with sizes", ERROR_SERVER, "3D000", 100);
    assert_true(attempt_take(&attempt, &with_sizes));
    assert_true(scripted_session_was_called("look with sizes\nlook\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends_sessions_of_dead_processes),
        cmocka_unit_test(test_leaves_sessions_that_it_may_not_end),
        cmocka_unit_test(test_waits_some_seconds_for_sessions_to_end),
        cmocka_unit_test(test_looks_again_for_as_long_as_told),
        cmocka_unit_test(test_a_lost_server_ends_the_looking),
        cmocka_unit_test(test_looking_again_forgets_nothing),
        cmocka_unit_test(test_a_refused_size_is_no_reason),
        cmocka_unit_test(test_a_database_that_vanishes_is_no_failure),
        cmocka_unit_test(test_sizes_are_given_up_at_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
