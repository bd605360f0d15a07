/* Runs beside a first connection that rests: it holds the lease, and must be seen to be idle. */
// links: scripted_libpq.c
// links: scripted_world.c
// links: scripted_clock.c
// links: engine_jobs.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "engine_jobs.h"
#include "scripted_clock.h"
#include "scripted_libpq.h"

static void look(struct engine *engine, size_t prewarm)
{
    struct results results OWNED(results_release) = {0};

    assert_true(engine_query(engine, "LOOK", "look", prewarm, &results, NULL));
}

/* A process that is killed in the middle of its jobs is known to be dead at once: the server sees
 * the end of an idle connection, and not that of one at work. */
static void test_the_first_takes_no_jobs(void **state)
{
    (void)state;

    for (size_t width = 1; width < 5; width++) {
        struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_resting_engine(0);
        struct engine_jobs jobs OWNED(engine_jobs_release) = {0};

        scripted_end();
        scripted_begin();
        scripted_answer((struct scripted_answer){.sql = "A", .delay_ms = 5});
        look(engine, 1);
        engine_jobs_init(&jobs, 8, "A%zu B%zu");
        assert_true(engine_run(engine, jobs.items, jobs.count, width, NULL));
        assert_int_equal(scripted_count(scripted_sent(), "[1] A"), 0);
        assert_int_equal(scripted_attempts(), (int)width + 1);
        assert_int_equal(scripted_widest(), (int)width);
    }
}

/* What the first one takes when it is made (the lease), no other may have before it. */
static void test_no_other_is_begun_before_the_first_is_ready(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_resting_engine(0);
    (void)state;

    scripted_connect(1, (struct scripted_connect){.polls = "rrro", .delay_ms = 20});
    scripted_answer((struct scripted_answer){.sql = "SETUP", .delay_ms = 20, .times = 1});
    scripted_answer((struct scripted_answer){.sql = "LOOK", .delay_ms = 20});
    look(engine, 4);
    assert_int_equal(scripted_attempts(), 4);
    assert_int_equal(strncmp(scripted_done(), "[1] SETUP\n", 10), 0);
}

/* A server that has only one connection left is enough, as it is without the resting. */
static void test_the_first_works_where_no_other_can_be_had(void **state)
{
    static const struct scripted_connect refusals[] = {
        {.sqlstate = "53300"}, {.polls = "f"}, {.bad_at_once = true}};
    (void)state;

    for (size_t i = 0; i < 3; i++)
        for (int64_t wait_ms = 0; wait_ms < 2000; wait_ms += 1000) {
            struct engine *engine OWNED(engine_jobs_free_engine) =
                engine_jobs_new_resting_engine(wait_ms);
            struct engine_jobs jobs OWNED(engine_jobs_release) = {0};

            scripted_end();
            scripted_begin();
            for (int attempt = 2; attempt < 100; attempt++)
                scripted_connect(attempt, refusals[i]);
            look(engine, 1);
            engine_jobs_init(&jobs, 4, "A%zu");
            assert_true(engine_run(engine, jobs.items, jobs.count, 3, NULL));
            assert_int_equal(scripted_count(scripted_done(), "[1] A"), 4);
        }
}

/* With the lease's connection goes what the jobs rely on: no more of them is begun. */
static void test_the_loss_of_the_first_stops_the_run(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_resting_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    look(engine, 1);
    scripted_end_idle(1);
    scripted_answer((struct scripted_answer){.sql = "A", .delay_ms = 20});
    engine_jobs_init(&jobs, 8, "A%zu B%zu");
    assert_false(engine_run(engine, jobs.items, jobs.count, 2, &err));
    assert_int_equal(err.kind, ERROR_CONNECTION);
    assert_int_equal(jobs.items[7].state, JOB_SKIPPED);
    assert_int_equal(scripted_count(scripted_sent(), "A7"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, engine_jobs_setup, engine_jobs_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_first_takes_no_jobs),
        TEST(test_no_other_is_begun_before_the_first_is_ready),
        TEST(test_the_first_works_where_no_other_can_be_had),
        TEST(test_the_loss_of_the_first_stops_the_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
