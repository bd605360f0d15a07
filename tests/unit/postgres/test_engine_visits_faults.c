/* Jobs in other databases that are cancelled, left, or hit by a failing call at any point. */
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

#include "engine_jobs.h"
#include "pgclone/base/clock.h"
#include "pgclone/base/interrupt.h"
#include "scripted_clock.h"
#include "scripted_libpq.h"

static void begin_anew(void)
{
    interrupt_reset();
    scripted_end();
    scripted_begin();
}

/* Six jobs: two in "a", one in "b", and three in the engine's own database. */
static void init_mixed(struct engine_jobs *jobs)
{
    scripted_answer((struct scripted_answer){.sql = "A", .delay_ms = 3, .flushes = 1});
    engine_jobs_init(jobs, 6, "A%zu B%zu");
    job_in(&jobs->items[0], "a");
    job_in(&jobs->items[2], "b");
    job_in(&jobs->items[3], "a");
}

static bool run_with_fault(int call, enum scripted_fault fault, size_t width)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(1000);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    bool done;

    begin_anew();
    scripted_fail_at(call, fault);
    init_mixed(&jobs);
    done = engine_run(engine, jobs.items, jobs.count, width, &err);
    assert_int_equal(done, engine_jobs_all_done(&jobs));
    assert_int_equal(done, !error_is_set(&err));
    engine_jobs_assert_outcomes(&jobs);
    for (size_t i = 0; i < jobs.count && !done; i++)
        if (jobs.items[i].state == JOB_FAILED && jobs.items[i].database != NULL)
            for (size_t other = 0; other < jobs.count; other++)
                assert_true(other == i || jobs.items[other].state == JOB_DONE);
    return scripted_hit() != NULL;
}

/* Whatever fails, wherever: the run ends and claims nothing that is not so, and a job elsewhere
 * that fails is the only one. */
static void test_each_call_failing(void **state)
{
    (void)state;
    for (size_t width = 1; width < 4; width++)
        for (enum scripted_fault fault = FAULT_BROKEN; fault < FAULT_COUNT; fault++) {
            int call = 1;

            while (run_with_fault(call, fault, width))
                call++;
            assert_true(call > 60);
        }
}

static bool run_with_signal(int call)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(1000);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    bool done;

    begin_anew();
    scripted_answer((struct scripted_answer){.sql = "VISIT", .delay_ms = 3});
    scripted_raise_at(call, SIGTERM);
    init_mixed(&jobs);
    done = engine_run(engine, jobs.items, jobs.count, 2, &err);
    engine_jobs_assert_outcomes(&jobs);
    if (scripted_hit() == NULL) {
        assert_true(done);
        return false;
    }
    assert_false(done);
    assert_int_equal(err.kind, ERROR_INTERRUPTED);
    return true;
}

static void test_signal_at_each_call(void **state)
{
    int call = 1;
    (void)state;

    while (run_with_signal(call))
        call++;
    assert_true(call > 60);
}

/* A job whose connection is not there yet: nothing is waited for, neither the connect, nor a wait
 * between two tries, nor the set-up. */
static void test_a_signal_while_connecting(void **state)
{
    (void)state;
    for (int phase = 0; phase < 3; phase++) {
        struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(60000);
        struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
        struct error err OWNED(error_release) = {0};
        int64_t before;

        begin_anew();
        before = clock_now_ms();
        for (int attempt = 1; attempt < 100; attempt++)
            scripted_connect(attempt,
                             (struct scripted_connect){.silent = phase == 0,
                                                       .sqlstate = phase == 1 ? "53300" : NULL});
        scripted_answer((struct scripted_answer){.sql = "VISIT", .never = true});
        scripted_clock_raise(SIGTERM, before + 1000);
        init_mixed(&jobs);
        assert_false(engine_run(engine, jobs.items, jobs.count, 1, &err));
        assert_int_equal(err.kind, ERROR_INTERRUPTED);
        assert_int_equal(clock_now_ms() - before, 1000);
        assert_int_equal(scripted_count(scripted_sent(), "cancel"), 0);
        assert_int_equal(scripted_open(), 0);
        assert_int_equal(jobs.ended, 1);
        for (size_t i = 0; i < jobs.count; i++)
            assert_int_equal(jobs.items[i].state, JOB_SKIPPED);
    }
}

/* What is at work there is cancelled as elsewhere, and the connection kept. */
static void test_a_signal_in_the_middle(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "A0", .never = true});
    scripted_clock_raise(SIGTERM, clock_now_ms() + 1000);
    init_mixed(&jobs);
    assert_false(engine_run(engine, jobs.items, jobs.count, 1, &err));
    assert_int_equal(err.kind, ERROR_INTERRUPTED);
    assert_int_equal(scripted_count(scripted_sent(), "[1] cancel"), 1);
    assert_int_equal(jobs.items[0].state, JOB_SKIPPED);
    assert_int_equal(scripted_open(), 1);
}

/* Left, a job that waits for its connection is skipped like one at work. */
static void test_left_while_connecting(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct poll_set set OWNED(poll_set_release) = {0};
    struct job_queue queue = {0};
    struct error reason OWNED(error_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    init_mixed(&jobs);
    for (size_t i = 0; i < jobs.count; i++)
        job_queue_add(&queue, &jobs.items[i]);
    engine_begin(engine, &queue, 2);
    engine_prepare(engine, &set);
    assert_int_equal(jobs.items[0].state, JOB_RUNNING);
    assert_int_equal(scripted_open(), 2);
    error_set(&reason, ERROR_SERVER, "no longer wanted");
    engine_leave(engine, &reason);
    assert_int_equal(scripted_open(), 0);
    assert_false(engine_end(engine, &err));
    assert_string_equal(err.message, "no longer wanted");
    for (size_t i = 0; i < jobs.count; i++)
        assert_int_equal(jobs.items[i].state, JOB_SKIPPED);
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, engine_jobs_setup_signals, engine_jobs_teardown_signals)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_call_failing),         TEST(test_signal_at_each_call),
        TEST(test_a_signal_while_connecting), TEST(test_a_signal_in_the_middle),
        TEST(test_left_while_connecting),
    };

    return cmocka_run_group_tests(tests, engine_jobs_install_signals, NULL);
}
