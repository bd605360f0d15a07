/* Connections while no run is at work: how they are watched, kept and closed. */
// links: scripted_libpq.c
// links: scripted_world.c
// links: scripted_clock.c
// links: engine_jobs.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine_jobs.h"
#include "pgclone/base/clock.h"
#include "scripted_clock.h"
#include "scripted_libpq.h"

/* One turn of the loop that watches an engine while no run is at work. */
static void turn_once(struct engine *engine, int64_t until_ms)
{
    struct poll_set set OWNED(poll_set_release) = {0};

    poll_set_clear(&set);
    poll_set_until(&set, until_ms);
    engine_prepare(engine, &set);
    poll_set_wait(&set);
    engine_turn(engine, &set);
}

/* The first connection holds the lease: that it was ended must be noticed at once, and said once.
 */
static void test_first_connection_is_watched(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    turn_once(engine, 0);
    assert_false(engine_is_connected(engine));
    assert_false(engine_take_loss(engine, &err));
    assert_int_equal(engine_backend_pid(engine), 0);
    engine_jobs_init(&jobs, 2, "A%zu");
    engine_jobs_assert_run_succeeds(engine, &jobs, 2);
    turn_once(engine, 0);
    assert_false(engine_take_loss(engine, &err));
    assert_true(engine_is_connected(engine));
    assert_int_equal(engine_backend_pid(engine), 1001);
    scripted_end_idle(1);
    turn_once(engine, INT64_MAX);
    assert_false(engine_is_connected(engine));
    assert_true(engine_take_loss(engine, &err));
    assert_int_equal(err.kind, ERROR_CONNECTION);
    assert_false(engine_take_loss(engine, &err));
    turn_once(engine, 0);
    assert_false(engine_take_loss(engine, &err));
}

/* An idle connection that the server has ended costs no job: another one is made for it. */
static void test_an_idle_connection_that_was_ended_is_replaced(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct engine_jobs again OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    engine_jobs_init(&jobs, 2, "A%zu");
    engine_jobs_assert_run_succeeds(engine, &jobs, 2);
    scripted_end_idle(2);
    turn_once(engine, INT64_MAX);
    assert_true(engine_is_connected(engine));
    assert_false(engine_take_loss(engine, &err));
    engine_jobs_init(&again, 2, "B%zu");
    engine_jobs_assert_run_succeeds(engine, &again, 2);
    assert_int_equal(scripted_attempts(), 3);
}

/* Each of the jobs in its database, over as many connections as there are jobs. */
static void run_in(struct engine *engine, size_t count, const char *const *databases)
{
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};

    engine_jobs_init(&jobs, count, "A%zu");
    for (size_t i = 0; i < count; i++)
        job_in(&jobs.items[i], databases[i]);
    engine_jobs_assert_run_succeeds(engine, &jobs, count);
}

/* A worker's database that is swapped or dropped takes its idle connection with it: that is no loss
 * of the engine's, also where the connection is its first. */
static void test_the_end_of_a_connection_elsewhere_is_no_loss(void **state)
{
    static const char *const databases[] = {"a", "b"};
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct error err OWNED(error_release) = {0};
    (void)state;

    run_in(engine, 2, databases);
    assert_int_equal(engine_backend_pid(engine), 0);
    assert_false(engine_is_connected(engine));
    scripted_end_idle(1);
    turn_once(engine, INT64_MAX);
    assert_int_equal(scripted_open(), 1);
    assert_false(engine_take_loss(engine, &err));
    run_in(engine, 2, databases);
    assert_int_equal(scripted_attempts(), 3);
    assert_string_equal(scripted_database(3), "a");
}

/* That it is the same one says that the server has not crashed meanwhile, at the very moment. */
static void test_since_when_the_first_connection_is_there(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct engine_jobs again OWNED(engine_jobs_release) = {0};
    int64_t since_us;
    (void)state;

    assert_true(engine_connected_since_us(engine) == INT64_MAX);
    engine_jobs_init(&jobs, 1, "A%zu");
    engine_jobs_assert_run_succeeds(engine, &jobs, 1);
    since_us = engine_connected_since_us(engine);
    assert_true(since_us <= clock_now_us());
    scripted_clock_pass(1000);
    assert_true(engine_connected_since_us(engine) == since_us);
    scripted_end_idle(1);
    assert_true(engine_connected_since_us(engine) == INT64_MAX);
    turn_once(engine, INT64_MAX);
    assert_true(engine_connected_since_us(engine) == INT64_MAX);
    engine_jobs_init(&again, 1, "B%zu");
    engine_jobs_assert_run_succeeds(engine, &again, 1);
    assert_true(engine_connected_since_us(engine) >= since_us + 1000000);
    assert_true(engine_connected_since_us(engine) != INT64_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, engine_jobs_setup, engine_jobs_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_first_connection_is_watched),
        TEST(test_an_idle_connection_that_was_ended_is_replaced),
        TEST(test_the_end_of_a_connection_elsewhere_is_no_loss),
        TEST(test_since_when_the_first_connection_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
