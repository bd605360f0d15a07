/* Runs that are interrupted at every point, and runs in which each libpq call fails. */
// links: scripted_libpq.c
// links: scripted_world.c
// links: scripted_clock.c
// links: engine_jobs.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>

#include "engine_jobs.h"
#include "pgclone/base/clock.h"
#include "pgclone/base/interrupt.h"
#include "scripted_clock.h"
#include "scripted_libpq.h"

/* ---------------------------------------------------------------------------- failing libpq calls
 */

static bool run_with_fault(int call, enum scripted_fault fault, size_t width)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(1000);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    bool done;

    scripted_answer((struct scripted_answer){.sql = "A", .delay_ms = 3, .flushes = 1});
    scripted_fail_at(call, fault);
    engine_jobs_init(&jobs, 4, "A%zu B%zu");
    done = engine_run(engine, jobs.items, jobs.count, width, &err);
    assert_int_equal(done, engine_jobs_all_done(&jobs));
    assert_int_equal(done, !error_is_set(&err));
    engine_jobs_assert_outcomes(&jobs);
    if (scripted_hit() == NULL) {
        assert_true(done);
        return false;
    }
    if (!done)
        assert_int_equal(err.kind, ERROR_CONNECTION);
    else if (width == 1)
        fail_msg("%s (call %d, fault %d) failed unnoticed", scripted_hit(), call, fault);
    return true;
}

/* Whatever fails, wherever: the run ends, leaks nothing, and claims nothing that is not so. */
static void test_each_call_failing(void **state)
{
    (void)state;
    for (size_t width = 1; width < 4; width++)
        for (enum scripted_fault fault = FAULT_BROKEN; fault < FAULT_COUNT; fault++) {
            int call = 1;

            while (run_with_fault(call, fault, width)) {
                scripted_end();
                scripted_begin();
                call++;
            }
            scripted_end();
            scripted_begin();
            assert_true(call > 40);
        }
}

/* ----------------------------------------------------------------------------------------- signals
 */

/* Runs with a signal at one call, then takes back as a create does. */
static bool run_with_signal(int call)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(1000);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct engine_jobs back OWNED(engine_jobs_release) = {0};
    struct results results OWNED(results_release) = {0};
    struct error err OWNED(error_release) = {0};
    bool done;

    interrupt_reset();
    scripted_answer((struct scripted_answer){.sql = "A", .delay_ms = 3, .flushes = 1});
    scripted_answer((struct scripted_answer){.sql = "B1", .sqlstate = "55006", .times = 2});
    scripted_raise_at(call, SIGTERM);
    engine_jobs_init(&jobs, 4, "A%zu B%zu");
    done = engine_run(engine, jobs.items, jobs.count, 2, &err);
    engine_jobs_assert_outcomes(&jobs);
    if (scripted_hit() == NULL) {
        assert_true(done);
        return false;
    }
    assert_false(done);
    assert_int_equal(err.kind, ERROR_INTERRUPTED);
    assert_int_equal(err.signal, SIGTERM);

    scripted_raise_at(0, 0);
    engine_persist(engine, 20000);
    engine_keep_first(engine);
    assert_true(engine_query(engine, "LOOK", "look", 1, &results, NULL));
    engine_jobs_init(&back, 2, "T%zu");
    assert_true(engine_run(engine, back.items, back.count, 2, NULL));
    assert_true(engine_jobs_all_done(&back));
    return true;
}

/* Ctrl-C at any moment: never a hang, never a success, and the engine can still take back. */
static void test_signal_at_each_call(void **state)
{
    int call = 1;
    (void)state;

    while (run_with_signal(call)) {
        scripted_end();
        scripted_begin();
        call++;
    }
    assert_true(call > 40);
}

/* A signal between the last look at it and the wait: what would never end must end. */
static void test_signal_before_an_endless_wait(void **state)
{
    (void)state;
    for (int call = 1;; call++) {
        struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
        struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
        struct error err OWNED(error_release) = {0};

        interrupt_reset();
        scripted_end();
        scripted_begin();
        scripted_answer((struct scripted_answer){.sql = "A", .never = true});
        scripted_raise_at(call, SIGTERM);
        engine_jobs_init(&jobs, 1, "A%zu");
        assert_false(engine_run(engine, jobs.items, jobs.count, 1, &err));
        assert_int_equal(err.kind, ERROR_INTERRUPTED);
        if (scripted_count(scripted_sent(), "] A0") == 1 && strcmp(scripted_hit(), "PQflush") == 0)
            return; /* the last call before the wait */
    }
}

/* A CREATE of minutes is cancelled, not waited for; what has not begun does not begin. */
static void test_signal_cancels_and_drains(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    int64_t before = clock_now_ms();
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "A1", .ignores_cancel = true, .delay_ms = 90});
    scripted_answer(
        (struct scripted_answer){.sql = "A2", .raises = SIGTERM, .results = 9, .delay_ms = 20});
    scripted_answer((struct scripted_answer){.sql = "A", .never = true});
    engine_jobs_init(&jobs, 8, "A%zu B%zu");
    assert_false(engine_run(engine, jobs.items, jobs.count, 3, &err));
    assert_int_equal(err.kind, ERROR_INTERRUPTED);
    assert_int_equal(error_exit_code(&err), 128 + SIGTERM);
    assert_int_equal(scripted_count(scripted_sent(), "cancel"), 3);
    assert_int_equal(scripted_helping(), 0);
    assert_int_equal(scripted_count(scripted_sent(), "] A"), 3);
    assert_int_equal(scripted_count(scripted_sent(), "] B"), 0);
    assert_int_equal(scripted_open(), 3);
    assert_true(clock_now_ms() - before < 1000);
    assert_int_equal(scripted_count(scripted_done(), "] A1"), 1);
    for (size_t i = 0; i < jobs.count; i++)
        assert_int_equal(jobs.items[i].state, JOB_SKIPPED);
}

/* One connection is lost, the others work on for minutes: Ctrl-C must still get through. */
static void test_signal_after_a_lost_connection(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    int64_t before = clock_now_ms();
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "A0", .lost = true, .delay_ms = 10});
    scripted_answer((struct scripted_answer){.sql = "A1", .delay_ms = 60000});
    scripted_answer(
        (struct scripted_answer){.sql = "A2", .raises = SIGTERM, .results = 2, .delay_ms = 20});
    engine_jobs_init(&jobs, 3, "A%zu");
    assert_false(engine_run(engine, jobs.items, jobs.count, 3, &err));
    assert_int_equal(jobs.items[0].state, JOB_FAILED);
    assert_int_equal(err.kind, ERROR_INTERRUPTED);
    assert_null(err.next); /* after Ctrl-C there is only that to say */
    assert_true(clock_now_ms() - before < 1000);
}

/* A server that does not react to cancel requests: the program ends nevertheless. */
static void test_cancel_without_an_answer(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    int64_t before = clock_now_ms();
    (void)state;

    scripted_answer((struct scripted_answer){
        .sql = "A", .raises = SIGTERM, .delay_ms = 60000, .results = 9, .ignores_cancel = true});
    engine_jobs_init(&jobs, 2, "A%zu");
    assert_false(engine_run(engine, jobs.items, jobs.count, 1, &err));
    assert_int_equal(err.kind, ERROR_INTERRUPTED);
    assert_int_equal(jobs.items[0].state, JOB_SKIPPED);
    assert_int_equal(clock_now_ms() - before, 70000);
    assert_int_equal(scripted_open(), 0);
}

/* A server that is frozen, or cut off, takes not even the cancel requests: they are on their way
 * all at once, and given up all at once. */
static void test_cancel_requests_that_block(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    int64_t before = clock_now_ms();
    (void)state;

    scripted_helpers(-1);
    scripted_answer((struct scripted_answer){.sql = "A", .never = true, .ignores_cancel = true});
    scripted_clock_raise(SIGTERM, before + 1000);
    engine_jobs_init(&jobs, 8, "A%zu");
    assert_false(engine_run(engine, jobs.items, jobs.count, 4, &err));
    assert_int_equal(err.kind, ERROR_INTERRUPTED);
    assert_int_equal(scripted_count(scripted_sent(), "cancel"), 4);
    assert_int_equal(clock_now_ms() - before, 11000);
    assert_int_equal(scripted_open() + scripted_helping(), 0);
}

/* A second Ctrl-C means "now"; the same one over again, as a parent passes it on, does not. */
static void test_a_signal_that_insists_ends_the_draining(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    int64_t before = clock_now_ms();
    (void)state;

    scripted_helpers(-1);
    scripted_answer((struct scripted_answer){.sql = "A", .never = true, .ignores_cancel = true});
    scripted_clock_raise(SIGINT, before + 500);
    scripted_clock_raise(SIGTERM, before + 900);
    scripted_clock_raise(SIGHUP, before + 2000);
    scripted_clock_raise(SIGINT, before + 3000);
    engine_jobs_init(&jobs, 3, "A%zu");
    assert_false(engine_run(engine, jobs.items, jobs.count, 2, &err));
    assert_int_equal(err.signal, SIGINT);
    assert_int_equal(clock_now_ms() - before, 3000);
    assert_int_equal(scripted_open() + scripted_helping(), 0);
    for (size_t i = 0; i < jobs.count; i++)
        assert_int_equal(jobs.items[i].state, JOB_SKIPPED);
}

/* ------------------------------------------------------------------------------------ taking back
 */

/* What has come in time is kept; what is at work when time is up is left, and said. */
static void test_a_silent_server_ends_the_patience(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_resting_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct results results OWNED(results_release) = {0};
    struct error err OWNED(error_release) = {0};
    int64_t before = clock_now_ms();
    (void)state;

    engine_persist(engine, 20000);
    assert_true(engine_query(engine, "LOOK", "look", 1, &results, NULL));
    scripted_answer((struct scripted_answer){.sql = "A2", .never = true});
    scripted_answer((struct scripted_answer){.sql = "A", .delay_ms = 7500});
    engine_jobs_init(&jobs, 5, "A%zu");
    assert_false(engine_run(engine, jobs.items, jobs.count, 2, &err));
    assert_string_equal(err.message, "the server did not answer for 20 s");
    assert_int_equal(clock_now_ms() - before, 15000 * 3 + 20000);
    assert_int_equal(scripted_count(scripted_done(), "] A"), 4);
    assert_int_equal(jobs.items[2].state, JOB_SKIPPED);
    assert_int_equal(scripted_count(scripted_sent(), "cancel"), 0);
    assert_true(engine_query(engine, "LOOK", "look", 1, &results, NULL));
    assert_int_equal(scripted_open(), 2);
}

/* One signal does not take back the taking back; one that insists ends it and all that follows. */
static void test_a_signal_that_insists_ends_the_taking_back(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct results results OWNED(results_release) = {0};
    struct error err OWNED(error_release) = {0};
    int64_t before = clock_now_ms();
    (void)state;

    engine_persist(engine, 20000);
    scripted_answer((struct scripted_answer){.sql = "A", .never = true});
    scripted_clock_raise(SIGTERM, before + 1000);
    scripted_clock_raise(SIGTERM, before + 1500);
    scripted_clock_raise(SIGTERM, before + 4000);
    engine_jobs_init(&jobs, 1, "A%zu");
    assert_false(engine_run(engine, jobs.items, jobs.count, 1, &err));
    assert_int_equal(err.kind, ERROR_INTERRUPTED);
    assert_int_equal(clock_now_ms() - before, 4000);
    assert_int_equal(scripted_open(), 0);
    assert_false(engine_query(engine, "LOOK", "look", 1, &results, &err));
    assert_int_equal(scripted_attempts(), 1);
    interrupt_recount();
    assert_true(engine_query(engine, "LOOK", "look", 1, &results, NULL));
}

/* A signal that came before the run: nothing is begun at all. */
static void test_signal_before_the_run(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_int_equal(raise(SIGTERM), 0);
    engine_jobs_init(&jobs, 2, "A%zu");
    assert_false(engine_run(engine, jobs.items, jobs.count, 1, &err));
    assert_int_equal(err.kind, ERROR_INTERRUPTED);
    assert_int_equal(scripted_attempts(), 0);
    assert_int_equal(jobs.items[0].state, JOB_SKIPPED);
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, engine_jobs_setup_signals, engine_jobs_teardown_signals)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_call_failing),
        TEST(test_signal_at_each_call),
        TEST(test_signal_before_an_endless_wait),
        TEST(test_signal_cancels_and_drains),
        TEST(test_signal_after_a_lost_connection),
        TEST(test_cancel_without_an_answer),
        TEST(test_cancel_requests_that_block),
        TEST(test_a_signal_that_insists_ends_the_draining),
        TEST(test_signal_before_the_run),
        TEST(test_a_silent_server_ends_the_patience),
        TEST(test_a_signal_that_insists_ends_the_taking_back),
    };

    return cmocka_run_group_tests(tests, engine_jobs_install_signals, NULL);
}
