/* Dealings with one server: locks that are held once, pauses, losses, and failures that are told.
 */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_engine.c
// links: scripted_clock.c
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/provision/session.h"
#include "provision_fixture.h"
#include "scripted_clock.h"
#include "scripted_engine.h"
#include "scripted_libpq.h"

struct attempt {
    struct settings settings;
    struct scope scope;
    struct session session;
    struct results results;
    struct error err;
    int64_t began_ms;
};

/* The session's lease is the fixture's. */
static void attempt_init(struct attempt *attempt)
{
    log_set_level(LOG_QUIET);
    scripted_engine_begin();
    scripted_clock_reset();
    interrupt_reset();
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
    results_release(&attempt->results);
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

static bool look_with_locks(struct attempt *attempt, const char *const *names, size_t count)
{
    const struct sql_look look = {.names = names, .name_count = count, .lock_names = true};

    session_begin_look(&attempt->session, &look, 0);
    session_wait(&attempt->session);
    return session_finish(&attempt->session, &attempt->results, &attempt->err);
}

/* The server counts how often a lock is taken: looks that are taken again, while a template is
 * busy, must not leave locks behind that giving them up once does not free. */
static void test_a_name_is_locked_once(void **state)
{
    static const char *const sets[TABLE_SETS] = {[LOOK_LOCKS] =
                                                     "name|locked\ncirc_gw0|t\ncirc_gw1|t\n"};
    static const char *const names[] = {"circ_gw0", "circ_gw1"};
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_engine_finds(sets);
    assert_true(look_with_locks(&attempt, names, 2));
    assert_true(was_called("THEN true ELSE") == false);
    assert_true(look_with_locks(&attempt, names, 2));
    assert_true(was_called("name = ANY(ARRAY['circ_gw0','circ_gw1']::text[]) THEN true ELSE"));
    session_begin_unlock(&attempt.session, names, 1);
    assert_true(session_finish(&attempt.session, NULL, &attempt.err));
    assert_true(look_with_locks(&attempt, names, 2));
    assert_true(was_called("name = ANY(ARRAY['circ_gw1']::text[]) THEN true ELSE"));
}

/* What somebody else has locked is asked for again. */
static void test_a_lock_that_was_not_had_is_tried_again(void **state)
{
    static const char *const sets[TABLE_SETS] = {[LOOK_LOCKS] =
                                                     "name|locked\ncirc_gw0|f\ncirc_gw1|t\n"};
    static const char *const names[] = {"circ_gw0", "circ_gw1"};
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_engine_finds(sets);
    assert_true(look_with_locks(&attempt, names, 2));
    assert_true(look_with_locks(&attempt, names, 2));
    assert_true(was_called("name = ANY(ARRAY['circ_gw1']::text[]) THEN true ELSE"));
}

/* With the connection go its locks: after a loss all of them are taken again. */
static void test_locks_go_with_the_connection(void **state)
{
    static const char *const names[] = {"circ_gw0"};
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    assert_true(look_with_locks(&attempt, names, 1));
    assert_int_not_equal(session_connected_since_us(&attempt.session), INT64_MAX);
    scripted_engine_loses_first(true);
    assert_true(session_is_lost(&attempt.session));
    assert_true(session_connected_since_us(&attempt.session) == INT64_MAX);
    assert_true(look_with_locks(&attempt, names, 1));
    assert_false(was_called("THEN true ELSE"));
}

/* A pause takes its time, and a signal ends it, unless the session persists. */
static void test_a_pause_ends_with_a_signal(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    session_begin_pause(&attempt.session, 300);
    assert_true(session_is_busy(&attempt.session));
    session_wait(&attempt.session);
    assert_true(session_finish(&attempt.session, NULL, &attempt.err));
    assert_int_equal(attempt_ms(&attempt), 300);
    scripted_clock_raise(SIGTERM, clock_now_ms() + 100);
    session_begin_pause(&attempt.session, 5000);
    session_wait(&attempt.session);
    assert_false(session_is_busy(&attempt.session));
    assert_false(session_finish(&attempt.session, NULL, &attempt.err));
    assert_int_equal(attempt.err.kind, ERROR_INTERRUPTED);
    assert_int_equal(attempt_ms(&attempt), 400);
    session_persist(&attempt.session, 1000);
    session_begin_pause(&attempt.session, 100);
    session_wait(&attempt.session);
    assert_true(session_finish(&attempt.session, NULL, &attempt.err));
    assert_int_equal(attempt_ms(&attempt), 500);
}

/* In a loop the engine is watched while nothing is asked, too, and a pause ends in its time. */
static void test_is_a_source_also_while_idle(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    struct poll_set set OWNED(poll_set_release) = {0};
    struct loop_source source;
    (void)state;

    attempt_init(&attempt);
    source = session_source(&attempt.session);
    poll_set_clear(&set);
    source.prepare(source.context, &set);
    assert_true(set.until_ms == INT64_MAX);
    source.turn(source.context, &set);
    assert_string_equal(scripted_engine_calls(), "prepare\nturn\n");
    assert_false(session_take_loss(&attempt.session, &attempt.err));
    session_begin_pause(&attempt.session, 300);
    source.prepare(source.context, &set);
    assert_int_equal(set.until_ms - attempt.began_ms, 300);
    scripted_engine_loses_first(true);
    assert_true(session_take_loss(&attempt.session, &attempt.err));
    assert_string_equal(attempt.err.message, "lost");
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

/* Else what it makes is a dead process's, and swept by the next run. */
static void test_a_session_beside_works_under_the_same_lease(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    struct session beside OWNED(session_close) = {0};
    (void)state;

    attempt_init(&attempt);
    session_open_beside(&attempt.session, &beside);
    assert_true(beside.lease.key == attempt.session.lease.key);
    assert_string_equal(beside.lease.text, FIXTURE_LEASE);
    assert_ptr_equal(beside.scope, attempt.session.scope);
    assert_false(session_is_busy(&beside));
}

/* Its first jobs are planned before it has a connection that could tell the version: without it
 * they would be made as on the oldest server. */
static void test_a_session_beside_knows_the_version(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    struct session beside OWNED(session_close) = {0};
    (void)state;

    attempt_init(&attempt);
    assert_int_equal(scripted_engine_made_for(attempt.session.engine), 0);
    session_open_beside(&attempt.session, &beside);
    assert_int_equal(scripted_engine_made_for(beside.engine), SCRIPTED_VERSION);
}

/* What is sent in a worker's database must not take the lease, nor fire the application's triggers.
 */
static void test_another_database_is_set_up_without_locks(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    char *own OWNED(memory_free_string) = NULL;
    char *other OWNED(memory_free_string) = NULL;
    (void)state;

    attempt_init(&attempt);
    own = scripted_engine_setup(attempt.session.engine, NULL);
    other = scripted_engine_setup(attempt.session.engine, "circ_gw0");
    assert_non_null(strstr(own, "pg_try_advisory_lock"));
    assert_null(strstr(own, "session_replication_role"));
    assert_null(strstr(other, "advisory"));
    assert_non_null(strstr(other, "session_replication_role = replica"));
}

/* Each has its own outcome, and may be freed when it has ended; none of them is the session's. */
static void test_jobs_are_pushed_and_forgotten(void **state)
{
    static const char *const labels[] = {"a", "b"};
    struct attempt attempt OWNED(attempt_release);
    struct session beside OWNED(session_close) = {0};
    struct job jobs[2];
    (void)state;

    attempt_init(&attempt);
    session_open_beside(&attempt.session, &beside);
    fill_jobs(jobs, labels, 2);
    scripted_engine_fails("a", ERROR_SERVER, 1);
    for (size_t i = 0; i < 2; i++) {
        session_push(&beside, &jobs[i], 4);
        assert_true(job_has_ended(&jobs[i]));
    }
    assert_int_equal(jobs[0].state, JOB_FAILED);
    assert_int_equal(jobs[1].state, JOB_DONE);
    assert_true(was_called("run over 4: a\nrun over 4: b\n"));
    for (size_t i = 0; i < 2; i++) {
        session_forget(&beside, &jobs[i]);
        job_release(&jobs[i]);
    }
    assert_null(beside.jobs.first);
}

/* A test runner may itself have been started with signals ignored. */
static int install(void **state)
{
    (void)state;
    (void)signal(SIGTERM, SIG_DFL);
    return interrupt_install(NULL) ? 0 : -1;
}

/* Once, and only over the connection that may hold the key: a new one never takes it. */
static void test_joining_ends(void **state)
{
    static const struct {
        bool may_be_joined;
        bool lost;
        bool asks;
    } cases[] = {{true, false, true}, {true, true, false}, {false, false, false}};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct attempt attempt OWNED(attempt_release);

        attempt_init(&attempt);
        attempt.session.may_be_joined = cases[i].may_be_joined;
        assert_true(session_query(&attempt.session, "SELECT", "connect", NULL, &attempt.err));
        scripted_engine_loses_first(cases[i].lost);
        for (int again = 0; again < 2; again++)
            assert_true(session_end_joining(&attempt.session, &attempt.err));
        assert_false(attempt.session.may_be_joined);
        assert_int_equal(was_called("end the joining"), cases[i].asks);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_name_is_locked_once),
        cmocka_unit_test(test_a_lock_that_was_not_had_is_tried_again),
        cmocka_unit_test(test_locks_go_with_the_connection),
        cmocka_unit_test(test_a_pause_ends_with_a_signal),
        cmocka_unit_test(test_is_a_source_also_while_idle),
        cmocka_unit_test(test_every_failure_is_told),
        cmocka_unit_test(test_a_session_beside_works_under_the_same_lease),
        cmocka_unit_test(test_a_session_beside_knows_the_version),
        cmocka_unit_test(test_another_database_is_set_up_without_locks),
        cmocka_unit_test(test_jobs_are_pushed_and_forgotten),
        cmocka_unit_test(test_joining_ends),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
