/* Dealings with a server: what is waited for, what is ended, and what is taken back. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_engine.c
// links: scripted_clock.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/log.h"
#include "pgclone/provision/session.h"
#include "provision_fixture.h"
#include "scripted_clock.h"
#include "scripted_engine.h"

#define LOOK "look at the catalog\n"
#define END_OWN "persists\nkeep first\nlook for sessions of this run\n"

/* Of a process that is dead: its session key, INT64_MIN + 177, is held and its lease is not. */
#define DEAD_LEASE "00000000000000b1"
#define DEAD_SESSION_KEY "-9223372036854775631"

struct attempt {
    struct settings settings;
    struct scope scope;
    struct session session;
    struct inventory inventory;
    struct error err;
    int64_t began_ms;
};

static const struct sql_look look_at_all = {.all_marked = true};

/* The session's lease is the fixture's. */
static void attempt_init(struct attempt *attempt)
{
    log_set_level(LOG_QUIET);
    scripted_engine_begin();
    scripted_clock_reset();
    *attempt = (struct attempt){0};
    fixture_settings(&attempt->settings);
    fixture_scope(&attempt->settings, &attempt->scope);
    assert_true(session_open(&attempt->scope, LEASE_CREATE, &attempt->session, NULL));
    attempt->session.lease.key = lease_key_of(FIXTURE_LEASE);
    memcpy(attempt->session.lease.text, FIXTURE_LEASE, LEASE_TEXT_SIZE);
    attempt->began_ms = clock_now_ms();
}

static void attempt_release(struct attempt *attempt)
{
    session_close(&attempt->session);
    inventory_release(&attempt->inventory);
    scope_release(&attempt->scope);
    settings_release(&attempt->settings);
    error_release(&attempt->err);
    scripted_engine_end();
}

static int64_t attempt_ms(const struct attempt *attempt)
{
    return clock_now_ms() - attempt->began_ms;
}

static bool was_called(const char *part)
{
    return strstr(scripted_engine_calls(), part) != NULL;
}

/* ---------------------------------------------------------------------------------------- looks */

static const char *const behind_proxy[TABLE_SETS] = {
    [LOOK_SERVER] = "pid|role|superuser|createdb|recovery|fsync|free_connections\n"
                    "99|app|f|t|f|t|90\n"};

/* A proxy between us: two connections that one backend serves cannot hold locks. What the set-up
 * has left in the pool's session is put back. */
static void test_refuses_a_proxy_that_pools_transactions(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_engine_finds(behind_proxy);
    scripted_engine_gives("proxy", "pid\n99\n", 1);
    assert_false(session_look(&attempt.session, &look_at_all, &attempt.inventory, &attempt.err));
    assert_int_equal(attempt.err.kind, ERROR_SERVER);
    assert_non_null(strstr(attempt.err.message, "proxy"));
    assert_non_null(strstr(attempt.err.hint, "pool_mode = session"));
    assert_string_equal(scripted_engine_calls(),
                        LOOK "look for a proxy\nput back a pooled session\n");
}

/* One that gives each client a backend of its own is as good as none; it is asked about once. */
static void test_takes_a_proxy_that_pools_sessions(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_engine_finds(behind_proxy);
    scripted_engine_gives("proxy", "pid\n98\n", 1);
    for (int i = 0; i < 2; i++)
        assert_true(session_look(&attempt.session, &look_at_all, &attempt.inventory, &attempt.err));
    assert_string_equal(scripted_engine_calls(), LOOK "look for a proxy\n" LOOK);
}

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
    scripted_engine_finds(with_orphan);
    scripted_engine_finds(settled);
    assert_true(
        session_look_settled(&attempt.session, &look_at_all, &attempt.inventory, &attempt.err));
    assert_true(was_called("pg_terminate_backend(pid) AS ended FROM unnest(ARRAY[55]"));
    assert_int_equal(inventory_orphans(&attempt.inventory, NULL, 0), 0);
}

/* Another role's are out of our reach, and so is what they make: no reason to stop, nor to wait. */
static void test_leaves_sessions_that_it_may_not_end(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_engine_finds(with_orphan);
    scripted_engine_fails("end sessions", ERROR_PRIVILEGE, 1);
    assert_true(
        session_look_settled(&attempt.session, &look_at_all, &attempt.inventory, &attempt.err));
    assert_int_equal(attempt_ms(&attempt), 0);
}

/* One that does not end holds nobody up for ever. */
static void test_waits_some_seconds_for_sessions_to_end(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_engine_finds(with_orphan);
    assert_true(
        session_look_settled(&attempt.session, &look_at_all, &attempt.inventory, &attempt.err));
    assert_in_range(attempt_ms(&attempt), 5000, 30000);
}

static bool never_enough(const struct session *session, const struct sql_look *look,
                         const struct inventory *found)
{
    (void)session;
    (void)look;
    (void)found;
    return true;
}

/* A look is taken again for as long as was said, and the last one counts, whatever it found. */
static void test_looks_again_for_as_long_as_told(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    assert_true(session_look_while(&attempt.session, &look_at_all, never_enough, 1000,
                                   &attempt.inventory, &attempt.err));
    assert_in_range(attempt_ms(&attempt), 1000, 1100);
    assert_true(was_called(LOOK LOOK LOOK));
}

/* ----------------------------------------------------------------------------------------- jobs */

static void fill_jobs(struct job *jobs, const char *const *labels, size_t count)
{
    for (size_t i = 0; i < count; i++)
        job_init(&jobs[i], labels[i]);
}

/* Every failure is told, in the jobs' order; one that nobody needs is not. */
static void test_every_failure_is_told(void **state)
{
    static const char *const labels[] = {"a", "b", "c", "d"};
    struct attempt attempt OWNED(attempt_release);
    struct job jobs[4];
    (void)state;

    attempt_init(&attempt);
    fill_jobs(jobs, labels, 4);
    jobs[1].optional = true;
    scripted_engine_fails("a", ERROR_SERVER, 1);
    scripted_engine_fails("b", ERROR_SERVER, 1);
    scripted_engine_fails("d", ERROR_BUSY, 1);
    assert_false(session_run(&attempt.session, "creating", jobs, 4, 2, &attempt.err));
    assert_string_equal(attempt.err.message, "refused a");
    assert_non_null(attempt.err.next);
    assert_string_equal(attempt.err.next->message, "refused d");
    assert_null(attempt.err.next->next);
    for (size_t i = 0; i < 4; i++)
        job_release(&jobs[i]);
}

/* After Ctrl-C there is only that to say. */
static void test_an_interruption_is_told_alone(void **state)
{
    static const char *const labels[] = {"a", "b"};
    struct attempt attempt OWNED(attempt_release);
    struct job jobs[2];
    (void)state;

    attempt_init(&attempt);
    fill_jobs(jobs, labels, 2);
    scripted_engine_fails("a", ERROR_INTERRUPTED, 1);
    scripted_engine_fails("b", ERROR_SERVER, 1);
    assert_false(session_run(&attempt.session, "creating", jobs, 2, 2, &attempt.err));
    assert_int_equal(attempt.err.kind, ERROR_INTERRUPTED);
    assert_null(attempt.err.next);
    for (size_t i = 0; i < 2; i++)
        job_release(&jobs[i]);
}

/* ---------------------------------------------------------------------------------- taking back */

/* In the order of their names: ours, another's, ours but not finished. */
static const char made[] = FIXTURE_DATABASES "circ_gw0|" FIXTURE_MARK(
    "circ", "null", "gw0",
    FIXTURE_LEASE) "|f|f|0|~\n"
                   "circ_gw1|" FIXTURE_MARK("circ", "null", "gw1",
                                            DEAD_LEASE) "|f|f|0|~\n"
                                                        "pgclone_scratch_" FIXTURE_LEASE
                                                        "_2|~|f|f|0|~\n";

static const char *const some_made[TABLE_SETS] = {[LOOK_DATABASES] = made};

/* All that bears our lease goes, finished or not; nothing else does. Sessions of ours that the
 * server believes to be alive are ended before, so that they make nothing more. */
static void test_takes_back_what_is_its_own(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_engine_finds(some_made);
    scripted_engine_gives("sessions of this run", "pid\n31\n", 1);
    session_take_back(&attempt.session);
    assert_string_equal(scripted_engine_calls(),
                        END_OWN "SELECT pid, pg_terminate_backend(pid) AS ended FROM "
                                "unnest(ARRAY[31]::int[]) AS pid\n"
                                "look for sessions of this run\n" LOOK LOOK
                                "run over 2: circ_gw0 pgclone_scratch_" FIXTURE_LEASE "_2\n");
}

/* Others have taken us for dead since, and are at work on a name, or have a database of their own
 * there by now. */
static void test_leaves_what_others_have_taken_over(void **state)
{
    static const char *const locked[TABLE_SETS] = {
        [LOOK_LOCKS] = "name|locked\ncirc_gw0|f\npgclone_scratch_" FIXTURE_LEASE "_2|t\n",
        [LOOK_DATABASES] = made};
    static const char *const replaced[TABLE_SETS] = {
        [LOOK_DATABASES] = FIXTURE_DATABASES
        "circ_gw0|" FIXTURE_MARK("circ", "null", "gw0", DEAD_LEASE) "|f|f|0|~\n"
                                                                    "pgclone_scratch_" FIXTURE_LEASE
                                                                    "_2|~|f|f|0|~\n"};
    static const char *const *const then[] = {locked, replaced};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct attempt attempt OWNED(attempt_release);

        attempt_init(&attempt);
        scripted_engine_finds(some_made);
        scripted_engine_finds(then[i]);
        session_take_back(&attempt.session);
        assert_true(was_called(": pgclone_scratch_" FIXTURE_LEASE "_2\n"));
        assert_false(was_called(" circ_gw0"));
    }
}

/* The idle first connection may have been lost with the one that failed: a new one does. */
static void test_a_lost_connection_is_tried_again(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_engine_finds(some_made);
    scripted_engine_fails("sessions of this run", ERROR_CONNECTION, 1);
    session_take_back(&attempt.session);
    assert_true(was_called(END_OWN END_OWN));
    assert_true(was_called("run over 2: circ_gw0"));
}

/* But once, and only that: what is wrong with the server will not pass by itself. */
static void test_taking_back_is_given_up(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_engine_finds(some_made);
    scripted_engine_fails("sessions of this run", ERROR_SERVER, 1);
    session_take_back(&attempt.session);
    assert_string_equal(scripted_engine_calls(), END_OWN);
}

/* Sessions of ours that do not end: nothing may be dropped beside them, and it is said. */
static void test_sessions_that_do_not_end_are_told(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_engine_finds(some_made);
    scripted_engine_gives("sessions of this run", "pid\n31\n", 100000);
    assert_false(session_drop_own(&attempt.session, 20000, &attempt.err));
    assert_non_null(strstr(attempt.err.message, "did not end"));
    assert_false(was_called("run over"));
    assert_in_range(attempt_ms(&attempt), 10000, 60000);
}

/* The lease and the names again, at once or not at all: the command may end at any moment. */
static void test_regains_the_lease_without_waiting(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_engine_fails("look", ERROR_CONNECTION, 1);
    assert_false(session_regain(&attempt.session));
    assert_true(session_regain(&attempt.session));
    assert_string_equal(scripted_engine_calls(), "yields\n" LOOK "yields\n" LOOK);
    assert_int_equal(engine_get_options(attempt.session.engine)->wait_ms, 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuses_a_proxy_that_pools_transactions),
        cmocka_unit_test(test_takes_a_proxy_that_pools_sessions),
        cmocka_unit_test(test_ends_sessions_of_dead_processes),
        cmocka_unit_test(test_leaves_sessions_that_it_may_not_end),
        cmocka_unit_test(test_waits_some_seconds_for_sessions_to_end),
        cmocka_unit_test(test_looks_again_for_as_long_as_told),
        cmocka_unit_test(test_every_failure_is_told),
        cmocka_unit_test(test_an_interruption_is_told_alone),
        cmocka_unit_test(test_takes_back_what_is_its_own),
        cmocka_unit_test(test_leaves_what_others_have_taken_over),
        cmocka_unit_test(test_a_lost_connection_is_tried_again),
        cmocka_unit_test(test_taking_back_is_given_up),
        cmocka_unit_test(test_sessions_that_do_not_end_are_told),
        cmocka_unit_test(test_regains_the_lease_without_waiting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
