/* Engines as sources of a loop: several at work at once, beside signals, and work that is added. */
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
#include "pgclone/base/loop.h"
#include "scripted_clock.h"
#include "scripted_libpq.h"

static void prepare(void *context, struct poll_set *set)
{
    engine_prepare(context, set);
}

static void turn(void *context, const struct poll_set *set)
{
    engine_turn(context, set);
}

static void add_engine(struct loop *loop, struct engine *engine)
{
    loop_add(loop, &(struct loop_source){.prepare = prepare, .turn = turn, .context = engine});
}

static void fill_queue(struct job_queue *queue, struct engine_jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++)
        job_queue_add(queue, &jobs->items[i]);
}

/* Two servers: neither waits for the other, so both are done when the slower one is. */
static void test_two_engines_at_work_in_one_loop(void **state)
{
    struct engine *slow OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine *quick OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs slow_jobs OWNED(engine_jobs_release) = {0};
    struct engine_jobs quick_jobs OWNED(engine_jobs_release) = {0};
    struct job_queue slow_queue = {0};
    struct job_queue quick_queue = {0};
    struct loop loop OWNED(loop_release) = {0};
    struct error err OWNED(error_release) = {0};
    int64_t before = clock_now_ms();
    int64_t quick_ms = 0;
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "SLOW", .delay_ms = 100});
    scripted_answer((struct scripted_answer){.sql = "QUICK1", .sqlstate = "53100"});
    scripted_answer((struct scripted_answer){.sql = "QUICK", .delay_ms = 10});
    engine_jobs_init(&slow_jobs, 8, "SLOW%zu");
    engine_jobs_init(&quick_jobs, 8, "QUICK%zu");
    fill_queue(&slow_queue, &slow_jobs);
    fill_queue(&quick_queue, &quick_jobs);
    add_engine(&loop, slow);
    add_engine(&loop, quick);
    engine_begin(slow, &slow_queue, 2);
    engine_begin(quick, &quick_queue, 3);
    while (engine_is_running(slow) || engine_is_running(quick)) {
        loop_turn(&loop);
        if (!engine_is_running(quick) && quick_ms == 0)
            quick_ms = clock_now_ms() - before;
    }
    assert_true(quick_ms < 100);
    assert_in_range(clock_now_ms() - before, 800, 850);
    assert_int_equal(scripted_widest(), 5);
    assert_true(engine_end(slow, &err));
    assert_true(engine_jobs_all_done(&slow_jobs));
    assert_false(engine_end(quick, &err));
    assert_string_equal(err.message, "could not do QUICK1: refused: QUICK1");
}

/* Work that comes while the engine runs is taken up by it. */
static void test_jobs_may_be_added_meanwhile(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct job_queue queue = {0};
    struct loop loop OWNED(loop_release) = {0};
    size_t added = 1;
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "A", .delay_ms = 20});
    engine_jobs_init(&jobs, 40, "A%zu");
    add_engine(&loop, engine);
    job_queue_add(&queue, &jobs.items[0]);
    engine_begin(engine, &queue, 4);
    while (engine_is_running(engine)) {
        loop_turn(&loop);
        if (added < jobs.count)
            job_queue_add(&queue, &jobs.items[added++]);
    }
    assert_true(engine_end(engine, NULL));
    assert_true(engine_jobs_all_done(&jobs));
    assert_int_equal(scripted_widest(), 4);
}

static void leave(const struct interrupt_event *event, void *context)
{
    struct error reason OWNED(error_release) = {0};

    assert_int_equal(event->signal, SIGTERM);
    error_set(&reason, ERROR_INTERRUPTED, "no longer wanted");
    engine_leave(context, &reason);
}

/* In a loop a signal is whose the loop says: here a lost lease is being taken again, and the
 * command is to get the signal at once. What was asked goes on in the server, and nobody waits for
 * it. */
static void test_a_query_is_left_at_once(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct results results OWNED(results_release) = {0};
    struct loop loop OWNED(loop_release) = {.signal = leave, .context = engine};
    struct error err OWNED(error_release) = {0};
    int64_t before = clock_now_ms();
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "LOOK", .never = true, .times = 1});
    scripted_clock_raise(SIGTERM, before + 1000);
    add_engine(&loop, engine);
    engine_begin_query(engine, "LOOK", "look", 1);
    while (engine_is_running(engine))
        loop_turn(&loop);
    assert_int_equal(clock_now_ms() - before, 1000);
    assert_false(engine_end_query(engine, &results, &err));
    assert_string_equal(err.message, "no longer wanted");
    assert_int_equal(scripted_open(), 0);
    interrupt_reset();
    assert_true(engine_query(engine, "LOOK", "look", 1, &results, NULL));
}

static void cancel(const struct interrupt_event *event, void *context)
{
    struct error reason OWNED(error_release) = {0};

    assert_int_equal(event->signal, SIGTERM);
    error_set(&reason, ERROR_INTERRUPTED, "no longer wanted");
    engine_cancel(context, &reason);
    scripted_end_idle(1);
}

/* Why a run was cancelled stays its failure, and so the exit code, whatever is lost meanwhile. */
static void test_a_loss_does_not_hide_why_it_was_cancelled(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_resting_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct results results OWNED(results_release) = {0};
    struct job_queue queue = {0};
    struct loop loop OWNED(loop_release) = {.signal = cancel, .context = engine};
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_true(engine_query(engine, "LOOK", "look", 1, &results, NULL));
    scripted_answer((struct scripted_answer){.sql = "A", .delay_ms = 1000});
    scripted_clock_raise(SIGTERM, clock_now_ms() + 30);
    engine_jobs_init(&jobs, 1, "A%zu");
    fill_queue(&queue, &jobs);
    add_engine(&loop, engine);
    engine_begin(engine, &queue, 1);
    while (engine_is_running(engine))
        loop_turn(&loop);
    assert_false(engine_is_connected(engine));
    assert_false(engine_end(engine, &err));
    assert_string_equal(err.message, "no longer wanted");
}

/* A signal that the loop passes on is nothing to an engine: it goes on. */
static void test_signals_are_not_the_engines_in_a_loop(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct job_queue queue = {0};
    struct loop loop OWNED(loop_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "A", .delay_ms = 20});
    scripted_clock_raise(SIGTERM, clock_now_ms() + 30);
    engine_jobs_init(&jobs, 8, "A%zu");
    fill_queue(&queue, &jobs);
    add_engine(&loop, engine);
    engine_begin(engine, &queue, 2);
    while (engine_is_running(engine))
        loop_turn(&loop);
    assert_true(engine_end(engine, NULL));
    assert_true(engine_jobs_all_done(&jobs));
}

#define TEST(name)                                                                                 \
    cmocka_unit_test_setup_teardown(name, engine_jobs_setup_signals, engine_jobs_teardown_signals)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_two_engines_at_work_in_one_loop),
        TEST(test_jobs_may_be_added_meanwhile),
        TEST(test_a_query_is_left_at_once),
        TEST(test_a_loss_does_not_hide_why_it_was_cancelled),
        TEST(test_signals_are_not_the_engines_in_a_loop),
    };

    return cmocka_run_group_tests(tests, engine_jobs_install_signals, NULL);
}
