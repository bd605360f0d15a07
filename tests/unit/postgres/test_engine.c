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

static void assert_run_succeeds(struct engine *engine, struct engine_jobs *jobs, size_t width)
{
    struct error err OWNED(error_release) = {0};

    if (!engine_run(engine, jobs->items, jobs->count, width, &err))
        fail_msg("%s", err.message);
    assert_false(error_is_set(&err));
    for (size_t i = 0; i < jobs->count; i++)
        assert_int_equal(jobs->items[i].state, JOB_DONE);
}

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
    assert_run_succeeds(engine, &jobs, 8);
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
    assert_run_succeeds(engine, &jobs, 16);
    assert_int_equal(scripted_attempts(), 3);
    assert_true(engine_run(engine, NULL, 0, 16, NULL));
    assert_int_equal(scripted_attempts(), 3);
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
        assert_run_succeeds(engine, &jobs, 2);
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
        assert_run_succeeds(engine, &jobs, 3);
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
    assert_run_succeeds(engine, &jobs, 2);
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

/* A session whose limits could not be lifted must not be worked with: it may be ended half-way. */
static void test_refused_setup_is_a_refused_connection(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "SETUP", .sqlstate = "42501"});
    engine_jobs_init(&jobs, 3, "A%zu");
    assert_false(engine_run(engine, jobs.items, jobs.count, 2, &err));
    assert_string_equal(err.sqlstate, "42501");
    assert_int_equal(scripted_count(scripted_sent(), "A"), 0);
}

/* One database that cannot be made is no reason to leave the others unmade, and each is told. */
static void test_failed_job_does_not_stop_the_others(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "A2", .sqlstate = "53100"});
    engine_jobs_init(&jobs, 5, "A%zu B%zu");
    assert_false(engine_run(engine, jobs.items, jobs.count, 2, &err));
    assert_string_equal(err.message, "could not do A2: refused: A2");
    assert_string_equal(err.sqlstate, "53100");
    for (size_t i = 0; i < jobs.count; i++)
        assert_int_equal(jobs.items[i].state, i == 2 ? JOB_FAILED : JOB_DONE);
    assert_int_equal(scripted_count(scripted_sent(), "B2"), 0);
    assert_int_equal(jobs.ended, 5);
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

/* A setting that only a superuser may copy is a warning; anything else is still a failure. */
static void test_tolerated_sqlstate_goes_on(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "A0", .sqlstate = "42501"});
    scripted_answer((struct scripted_answer){.sql = "A1", .sqlstate = "42704"});
    engine_jobs_init(&jobs, 2, "A%zu B%zu");
    jobs.items[0].statements[0].tolerated = "42501";
    jobs.items[1].statements[0].tolerated = "42501";
    assert_false(engine_run(engine, jobs.items, jobs.count, 1, &err));
    assert_int_equal(jobs.items[0].state, JOB_DONE);
    assert_int_equal(jobs.items[1].state, JOB_FAILED);
    assert_string_equal(err.sqlstate, "42704");
    assert_int_equal(scripted_count(scripted_sent(), "B0"), 1);
    assert_int_equal(scripted_count(scripted_sent(), "B1"), 0);
}

/* FORCE is refused while autovacuum is in the database; without it, autovacuum goes. */
static void test_what_is_refused_is_done_otherwise(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "A1", .sqlstate = "42501"});
    engine_jobs_init(&jobs, 3, "A%zu");
    for (size_t i = 0; i < jobs.count; i++)
        job_otherwise(&jobs.items[i], "42501", memory_copy_string("OTHERWISE"));
    assert_run_succeeds(engine, &jobs, 1);
    assert_int_equal(scripted_count(scripted_done(), "OTHERWISE"), 1);
}

/* Where that fails, too, the first refusal is the one that says why; nothing is tried a third time,
 * and what is refused for another reason is not tried otherwise. */
static void test_what_fails_otherwise_too_has_its_first_reason(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(10000);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "A1", .sqlstate = "42501"});
    scripted_answer((struct scripted_answer){.sql = "A2", .sqlstate = "53100"});
    scripted_answer((struct scripted_answer){.sql = "OTHERWISE", .sqlstate = "55006"});
    engine_jobs_init(&jobs, 4, "A%zu");
    for (size_t i = 0; i < jobs.count; i++)
        job_otherwise(&jobs.items[i], "42501", memory_copy_string("OTHERWISE"));
    assert_false(engine_run(engine, jobs.items, jobs.count, 1, NULL));
    assert_string_equal(jobs.items[1].error.sqlstate, "42501");
    assert_string_equal(jobs.items[2].error.sqlstate, "53100");
    assert_int_equal(jobs.items[3].state, JOB_DONE);
    assert_int_equal(scripted_count(scripted_sent(), "OTHERWISE"), 1);
}

/* The connection may go in the middle of it. */
static void test_a_loss_while_trying_otherwise(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "A0", .sqlstate = "42501"});
    scripted_answer((struct scripted_answer){.sql = "OTHERWISE", .lost = true});
    engine_jobs_init(&jobs, 2, "A%zu");
    job_otherwise(&jobs.items[0], "42501", memory_copy_string("OTHERWISE"));
    assert_false(engine_run(engine, jobs.items, jobs.count, 1, &err));
    assert_int_equal(err.kind, ERROR_CONNECTION);
    assert_int_equal(jobs.items[0].state, JOB_FAILED);
}

/* What need not succeed (removing what others left behind) does not fail the run. */
static void test_optional_job_may_fail(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "A1", .sqlstate = "55006"});
    engine_jobs_init(&jobs, 3, "A%zu");
    jobs.items[1].optional = true;
    assert_true(engine_run(engine, jobs.items, jobs.count, 1, &err));
    assert_false(error_is_set(&err));
    assert_int_equal(jobs.items[1].state, JOB_FAILED);
    assert_int_equal(jobs.items[2].state, JOB_DONE);
}

/* A busy database is waited for as long as --wait says, while the others are made. */
static void test_busy_is_tried_again(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(10000);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "A0", .sqlstate = "55006", .times = 3});
    engine_jobs_init(&jobs, 4, "A%zu");
    assert_run_succeeds(engine, &jobs, 2);
    assert_string_equal(jobs.order, "A1 A2 A3 A0 ");
    assert_int_equal(scripted_count(scripted_sent(), "A0"), 4);
}

/* Once a connection is lost, nobody can say what became of its statement: no more is begun, what
 * is at work is waited for. */
static void test_lost_connection_stops_the_feeding(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "A1", .lost = true, .delay_ms = 5});
    scripted_answer((struct scripted_answer){.sql = "A", .delay_ms = 50});
    engine_jobs_init(&jobs, 6, "A%zu B%zu");
    assert_false(engine_run(engine, jobs.items, jobs.count, 2, &err));
    assert_int_equal(err.kind, ERROR_CONNECTION);
    assert_non_null(strstr(err.message, "could not do A1: lost the connection"));
    assert_int_equal(jobs.items[0].state, JOB_SKIPPED);
    assert_int_equal(jobs.items[1].state, JOB_FAILED);
    for (size_t i = 2; i < jobs.count; i++)
        assert_int_equal(jobs.items[i].state, JOB_SKIPPED);
    assert_int_equal(scripted_count(scripted_done(), "A0"), 1);
    assert_int_equal(scripted_count(scripted_sent(), "B"), 0);
    assert_int_equal(scripted_open(), 1);
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
    assert_run_succeeds(engine, &again, 1);
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
    assert_run_succeeds(engine, &again, 2);
    assert_int_equal(scripted_attempts(), 4);
}

/* The first connection holds the lease: that it was ended must be noticed, and said once. */
static void test_first_connection_is_looked_at(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_true(engine_is_alive(engine, &err));
    assert_int_equal(engine_descriptor(engine), -1);
    assert_int_equal(engine_backend_pid(engine), 0);
    engine_jobs_init(&jobs, 2, "A%zu");
    assert_run_succeeds(engine, &jobs, 2);
    assert_true(engine_is_alive(engine, &err));
    assert_true(engine_descriptor(engine) >= 0);
    assert_int_equal(engine_backend_pid(engine), 1001);
    scripted_end_idle(1);
    assert_false(engine_is_alive(engine, &err));
    assert_int_equal(err.kind, ERROR_CONNECTION);
    assert_int_equal(engine_descriptor(engine), -1);
    assert_true(engine_is_alive(engine, &err));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, engine_jobs_setup, engine_jobs_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_64_jobs_over_8_connections),
        TEST(test_no_more_connections_than_jobs),
        TEST(test_connections_are_kept_for_the_next_run),
        TEST(test_refused_extra_connection_only_narrows),
        TEST(test_refused_first_connection_only_narrows),
        TEST(test_all_connections_refused),
        TEST(test_refused_setup_is_a_refused_connection),
        TEST(test_failed_job_does_not_stop_the_others),
        TEST(test_first_failure_is_that_of_the_first_job),
        TEST(test_tolerated_sqlstate_goes_on),
        TEST(test_what_is_refused_is_done_otherwise),
        TEST(test_what_fails_otherwise_too_has_its_first_reason),
        TEST(test_a_loss_while_trying_otherwise),
        TEST(test_optional_job_may_fail),
        TEST(test_busy_is_tried_again),
        TEST(test_lost_connection_stops_the_feeding),
        TEST(test_run_after_a_lost_connection),
        TEST(test_refused_connections_are_tried_in_the_next_run),
        TEST(test_first_connection_is_looked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
