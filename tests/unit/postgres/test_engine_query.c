/* Queries over the first connection, and the others that are begun beside them. */
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
#include "scripted_libpq.h"

/* The look: all its result sets, over the first connection, while others are being made. */
static void test_query_prewarms_connections(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct results results OWNED(results_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "LOOK", .results = 9, .delay_ms = 2});
    scripted_answer((struct scripted_answer){.sql = "A", .delay_ms = 2});
    assert_true(engine_query(engine, "LOOK", "look", 4, &results, NULL));
    assert_int_equal(results.count, 9);
    assert_int_equal(scripted_attempts(), 4);
    assert_int_equal(scripted_count(scripted_done(), "[1] LOOK"), 1);
    assert_true(engine_query(engine, "AGAIN", "look", 1, &results, NULL));
    assert_int_equal(results.count, 1);
    assert_string_equal(results_text(&results, 0, 0, "sql"), "AGAIN");
    engine_jobs_init(&jobs, 8, "A%zu");
    assert_true(engine_run(engine, jobs.items, jobs.count, 4, NULL));
    assert_int_equal(scripted_attempts(), 4);
    assert_int_equal(scripted_widest(), 4);
}

/* Prewarmed connections that are still being made when the query ends: the run after it goes on
 * with them, whether it is narrower or not, and whatever becomes of them. */
static void test_prewarmed_connections_may_be_late(void **state)
{
    static const struct scripted_connect late[] = {
        {.polls = "rrro", .delay_ms = 40},
        {.polls = "rrrf", .delay_ms = 40},
        {.silent = true},
        {.sqlstate = "53300"},
        {.bad_at_once = true},
    };
    (void)state;

    for (size_t i = 0; i < sizeof late / sizeof late[0]; i++)
        for (size_t width = 1; width < 5; width++) {
            struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(100);
            struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
            struct results results OWNED(results_release) = {0};
            int first = scripted_attempts();

            scripted_connect(first + 2, late[i]);
            scripted_connect(first + 3, late[i]);
            scripted_answer((struct scripted_answer){.sql = "A", .delay_ms = 25});
            assert_true(engine_query(engine, "LOOK", "look", 3, &results, NULL));
            engine_jobs_init(&jobs, 8, "A%zu");
            assert_true(engine_run(engine, jobs.items, jobs.count, width, NULL));
            assert_true(engine_jobs_all_done(&jobs));
        }
}

/* A refused look says what it was for, and gives nothing. */
static void test_query_fails(void **state)
{
    static const struct scripted_answer answers[] = {
        {.sql = "LOOK", .sqlstate = "42501", .results = 3, .times = 1},
        {.sql = "LOOK", .lost = true, .times = 1},
        {.sql = "LOOK", .sqlstate = "55006", .times = 99},
    };
    static const enum error_kind kinds[] = {ERROR_PRIVILEGE, ERROR_CONNECTION, ERROR_BUSY};
    (void)state;

    for (size_t i = 0; i < 3; i++) {
        struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(300);
        struct results results OWNED(results_release) = {0};
        struct error err OWNED(error_release) = {0};

        scripted_answer(answers[i]);
        assert_false(engine_query(engine, "LOOK", "look about", 2, &results, &err));
        assert_int_equal(err.kind, kinds[i]);
        assert_int_equal(strncmp(err.message, "could not look about: ", 22), 0);
        assert_int_equal(results.count, 0);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, engine_jobs_setup, engine_jobs_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_query_prewarms_connections),
        TEST(test_prewarmed_connections_may_be_late),
        TEST(test_query_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
