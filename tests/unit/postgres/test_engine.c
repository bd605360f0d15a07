/* Runs of jobs: feeding, order, width, results, what stops a run and what does not. Signals and
 * failing calls are in test_engine_faults.c. */
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
#include "pgclone/base/clock.h"
#include "pgclone/base/memory.h"
#include "scripted_clock.h"
#include "scripted_libpq.h"

/* Every worker's database is made once, all statements in order, over no more connections than
 * asked for and no fewer. */
static void test_64_jobs_over_8_connections(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "A", .delay_ms = 30});
    scripted_answer((struct scripted_answer){.sql = "B", .delay_ms = 2});
    engine_jobs_init(&jobs, 64, "A%zu B%zu");
    engine_jobs_assert_run_succeeds(engine, &jobs, 8);
    assert_int_equal(scripted_attempts(), 8);
    assert_int_equal(scripted_widest(), 8);
    assert_int_equal(scripted_count(scripted_done(), "SETUP"), 8);
    for (size_t i = 0; i < 64; i++)
        engine_jobs_assert_done_once(&jobs.items[i]);
    assert_int_equal(jobs.ended, 64);
}

/* More connections than jobs would take the server's for nothing. */
static void test_no_more_connections_than_jobs(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "A", .delay_ms = 30});
    engine_jobs_init(&jobs, 3, "A%zu");
    engine_jobs_assert_run_succeeds(engine, &jobs, 16);
    assert_int_equal(scripted_attempts(), 3);
    assert_true(engine_run(engine, NULL, 0, 16, NULL));
    assert_int_equal(scripted_attempts(), 3);
}

/* What another engine has learned of the server holds before the first connection. */
static void test_a_version_that_is_known_already(void **state)
{
    const struct engine_options options = {.server_version = 150018};
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_new(&options);
    (void)state;

    assert_int_equal(engine_server_version(engine), 150018);
}

/* Connecting costs more than most statements: what is open is used again, with its set-up. */
static void test_connections_are_kept_for_the_next_run(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "A", .delay_ms = 5});
    for (int run = 0; run < 3; run++) {
        struct engine_jobs jobs OWNED(engine_jobs_release) = {0};

        engine_jobs_init(&jobs, 4, "A%zu");
        engine_jobs_assert_run_succeeds(engine, &jobs, 2);
    }
    assert_int_equal(scripted_attempts(), 2);
    assert_int_equal(scripted_count(scripted_sent(), "SETUP"), 2);
    assert_int_equal(engine_server_version(engine), SCRIPTED_VERSION);
    engine_keep_first(engine);
    assert_int_equal(scripted_open(), 1);
}

/* A full server is no reason to fail while there is one connection: it only takes longer. */
static void test_refused_extra_connection_only_narrows(void **state)
{
    static const char *const polls[] = {"f", "rf", NULL};
    (void)state;

    for (size_t i = 0; i < 3; i++) {
        struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
        struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
        int first = scripted_attempts();

        scripted_connect(first + 2,
                         (struct scripted_connect){.polls = polls[i], .sqlstate = "53300"});
        scripted_connect(first + 3, (struct scripted_connect){.bad_at_once = true});
        scripted_answer((struct scripted_answer){.sql = "A", .delay_ms = 5});
        engine_jobs_init(&jobs, 6, "A%zu");
        engine_jobs_assert_run_succeeds(engine, &jobs, 3);
        assert_int_equal(scripted_attempts(), first + 3);
        assert_int_equal(scripted_widest(), 1);
    }
}

/* The other way round, too: the first is refused and the second takes all of the jobs. */
static void test_refused_first_connection_only_narrows(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    (void)state;

    scripted_connect(1, (struct scripted_connect){.polls = "f"});
    engine_jobs_init(&jobs, 3, "A%zu");
    engine_jobs_assert_run_succeeds(engine, &jobs, 2);
}

/* All refused: the reason is said, nothing hangs, no job looks done. */
static void test_all_connections_refused(void **state)
{
    static const struct scripted_connect refusals[] = {
        {.bad_at_once = true}, {.no_memory = true}, {.polls = "f"},   {.sqlstate = "28P01"},
        {.sqlstate = "53300"}, {.silent = true},    {.polls = "rwf"}, {.sqlstate = "57P03"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(500);
        struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
        struct error err OWNED(error_release) = {0};
        int64_t before = clock_now_ms();

        scripted_end();
        scripted_begin();
        for (int attempt = 1; attempt < 100; attempt++)
            scripted_connect(attempt, refusals[i]);
        engine_jobs_init(&jobs, 3, "A%zu");
        assert_false(engine_run(engine, jobs.items, jobs.count, 2, &err));
        assert_int_equal(err.kind, ERROR_CONNECTION);
        assert_int_equal(strncmp(err.message, "could not connect: ", 19), 0);
        for (size_t j = 0; j < jobs.count; j++)
            assert_int_equal(jobs.items[j].state, JOB_SKIPPED);
        assert_int_equal(scripted_open(), 0);
        assert_true(clock_now_ms() - before <= (refusals[i].silent ? 10000 : 500));
    }
}

/* The exit code is that of the first worker's failure, whichever came first in time. */
static void test_first_failure_is_that_of_the_first_job(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "A3", .sqlstate = "53100", .delay_ms = 1});
    scripted_answer((struct scripted_answer){.sql = "A1", .sqlstate = "42501", .delay_ms = 90});
    scripted_answer((struct scripted_answer){.sql = "A", .delay_ms = 30});
    engine_jobs_init(&jobs, 4, "A%zu");
    assert_false(engine_run(engine, jobs.items, jobs.count, 4, &err));
    assert_string_equal(jobs.order, "A3 A0 A2 A1 ");
    assert_int_equal(err.kind, ERROR_PRIVILEGE);
    assert_string_equal(err.message, "could not do A1: refused: A1");
}

/* A busy database is waited for as long as --wait says, while the others are made. */
static void test_busy_is_tried_again(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(10000);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "A0", .sqlstate = "55006", .times = 3});
    engine_jobs_init(&jobs, 4, "A%zu");
    engine_jobs_assert_run_succeeds(engine, &jobs, 2);
    assert_string_equal(jobs.order, "A1 A2 A3 A0 ");
    assert_int_equal(scripted_count(scripted_sent(), "A0"), 4);
}

/* After a loss the engine connects anew, for taking back what was half made. */
static void test_run_after_a_lost_connection(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct engine_jobs again OWNED(engine_jobs_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "A0", .lost = true});
    engine_jobs_init(&jobs, 1, "A%zu");
    assert_false(engine_run(engine, jobs.items, jobs.count, 1, NULL));
    engine_jobs_init(&again, 2, "B%zu");
    engine_jobs_assert_run_succeeds(engine, &again, 1);
    assert_int_equal(scripted_count(scripted_done(), "[2] SETUP"), 1);
}

/* A refusal holds for one run: the server that was full a moment ago is asked again. */
static void test_refused_connections_are_tried_in_the_next_run(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct engine_jobs again OWNED(engine_jobs_release) = {0};
    (void)state;

    scripted_connect(1, (struct scripted_connect){.polls = "f"});
    scripted_connect(2, (struct scripted_connect){.polls = "f"});
    engine_jobs_init(&jobs, 2, "A%zu");
    assert_false(engine_run(engine, jobs.items, jobs.count, 2, NULL));
    engine_jobs_init(&again, 2, "B%zu");
    engine_jobs_assert_run_succeeds(engine, &again, 2);
    assert_int_equal(scripted_attempts(), 4);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, engine_jobs_setup, engine_jobs_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_64_jobs_over_8_connections),
        TEST(test_no_more_connections_than_jobs),
        TEST(test_a_version_that_is_known_already),
        TEST(test_connections_are_kept_for_the_next_run),
        TEST(test_refused_extra_connection_only_narrows),
        TEST(test_refused_first_connection_only_narrows),
        TEST(test_all_connections_refused),
        TEST(test_first_failure_is_that_of_the_first_job),
        TEST(test_busy_is_tried_again),
        TEST(test_run_after_a_lost_connection),
        TEST(test_refused_connections_are_tried_in_the_next_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
