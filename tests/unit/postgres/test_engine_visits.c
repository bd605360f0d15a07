/* Jobs in other databases than the engine's own: which connections they are sent over, and that one
 * that cannot be had, or is lost, is the failure of nothing else. */
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
#include "scripted_libpq.h"

/* A job for each letter of `databases`, in the database of that name; "-" is the engine's own. */
static void init_in(struct engine_jobs *jobs, const char *databases, const char *pattern)
{
    engine_jobs_init(jobs, strlen(databases), pattern);
    for (size_t i = 0; i < jobs->count; i++) {
        const char name[] = {databases[i], '\0'};

        if (databases[i] != '-')
            job_in(&jobs->items[i], name);
    }
}

static void assert_run_succeeds(struct engine *engine, const char *databases, size_t width)
{
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};

    init_in(&jobs, databases, "A%zu B%zu");
    engine_jobs_assert_run_succeeds(engine, &jobs, width);
}

/* The databases of all attempts to connect so far, as init_in() has them. */
static void assert_connected(const char *databases)
{
    assert_int_equal(scripted_attempts(), strlen(databases));
    for (int i = 0; databases[i] != '\0'; i++) {
        const char *name = scripted_database(i + 1);

        assert_int_equal(strcmp(name, "own") == 0 ? '-' : name[0], databases[i]);
    }
}

static void look(struct engine *engine)
{
    struct results results OWNED(results_release) = {0};

    assert_true(engine_query(engine, "LOOK", "look", 1, &results, NULL));
}

/* ----------------------------------------------------------------------------------- which lane */

/* Connecting costs more than undoing: a database that is worked in again needs no new connection,
 * also where the run is narrower than the one that made it. */
static void test_a_connection_is_kept_for_its_database(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_resting_engine(0);
    (void)state;

    look(engine);
    scripted_answer((struct scripted_answer){.sql = "A", .delay_ms = 5});
    assert_run_succeeds(engine, "ab", 2);
    for (int again = 0; again < 3; again++) {
        assert_run_succeeds(engine, "a", 1);
        assert_run_succeeds(engine, "b", 1);
        assert_run_succeeds(engine, "ba", 2);
    }
    assert_connected("-ab");
    assert_int_equal(scripted_count(scripted_sent(), "VISIT"), 2);
    assert_int_equal(scripted_count(scripted_sent(), "SETUP"), 1);
    assert_int_equal(scripted_count(scripted_sent(), "[1] A"), 0);
}

/* With more databases than connections it is made anew; nothing is sent in the wrong one. */
static void test_one_connection_for_many_databases(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    (void)state;

    assert_run_succeeds(engine, "aba", 1);
    assert_connected("aba");
    assert_int_equal(scripted_open(), 1);
    assert_string_equal(scripted_done(), "[1] VISIT\n[1] A0\n[1] B0\n[2] VISIT\n[2] A1\n[2] B1\n"
                                         "[3] VISIT\n[3] A2\n[3] B2\n");
    assert_run_succeeds(engine, "aa-", 1);
    assert_connected("aba-");
    assert_int_equal(scripted_count(scripted_done(), "[4] SETUP\n[4] A2\n"), 1);
}

/* An unused lane is taken before one is sent elsewhere, and the width holds for all together. */
static void test_lanes_without_a_connection_come_first(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "A", .delay_ms = 5});
    assert_run_succeeds(engine, "-", 1);
    assert_run_succeeds(engine, "abc", 2);
    assert_int_equal(scripted_widest(), 2);
    assert_int_equal(scripted_open(), 2);
    assert_run_succeeds(engine, "a-b-c-a-b-c-", 3);
    assert_int_equal(scripted_widest(), 3);
    assert_int_equal(scripted_open(), 3);
    assert_run_succeeds(engine, "abcabc", 1);
    assert_int_equal(scripted_widest(), 3);
}

/* What another run has left in some database is not where a query, or a DROP DATABASE, belongs. */
static void test_the_own_database_is_gone_back_to(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    (void)state;

    assert_run_succeeds(engine, "a", 1);
    look(engine);
    assert_true(engine_is_connected(engine));
    assert_connected("a-");
    assert_int_equal(scripted_count(scripted_done(), "[2] SETUP\n[2] LOOK\n"), 1);
}

/* Beside a query others are begun only where there is room: no worker's connection is given up. */
static void test_a_query_takes_no_connection_away(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_resting_engine(0);
    struct results results OWNED(results_release) = {0};
    (void)state;

    look(engine);
    assert_run_succeeds(engine, "a", 1);
    assert_true(engine_query(engine, "LOOK", "look", 4, &results, NULL));
    assert_run_succeeds(engine, "a", 1);
    assert_int_equal(scripted_count(scripted_sent(), "VISIT"), 1);
}

/* ------------------------------------------------------------------------------------- failures */

/* Databases that nobody can be connected to: only their jobs fail, and say why. */
static void test_a_database_that_cannot_be_had_fails_alone(void **state)
{
    static const struct scripted_connect refusals[] = {{.sqlstate = "3D000"},
                                                       {.sqlstate = "55000"},
                                                       {.polls = "f"},
                                                       {.bad_at_once = true},
                                                       {.silent = true}};
    (void)state;

    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++)
        for (size_t width = 1; width < 3; width++) {
            struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
            struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
            struct error err OWNED(error_release) = {0};

            scripted_end();
            scripted_begin();
            scripted_connect(1, refusals[i]);
            init_in(&jobs, "ab-b", "A%zu");
            assert_false(engine_run(engine, jobs.items, jobs.count, width, &err));
            assert_int_equal(strncmp(err.message, "could not do A0: could not connect: ", 36), 0);
            assert_null(err.next);
            for (size_t j = 0; j < jobs.count; j++)
                assert_int_equal(jobs.items[j].state, j == 0 ? JOB_FAILED : JOB_DONE);
            assert_int_equal(jobs.ended, 4);
        }
}

/* A set-up that is refused is a connection that cannot be had. */
static void test_a_refused_setup_fails_alone(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    scripted_answer((struct scripted_answer){.sql = "VISIT", .sqlstate = "42501", .times = 1});
    scripted_answer((struct scripted_answer){.sql = "VISIT", .lost = true, .times = 1});
    init_in(&jobs, "a-bb", "A%zu");
    assert_false(engine_run(engine, jobs.items, jobs.count, 1, &err));
    assert_string_equal(err.sqlstate, "42501");
    assert_int_equal(jobs.items[0].error.kind, ERROR_PRIVILEGE);
    assert_int_equal(jobs.items[1].state, JOB_DONE);
    assert_int_equal(jobs.items[2].error.kind, ERROR_CONNECTION);
    assert_int_equal(jobs.items[3].state, JOB_DONE);
    assert_int_equal(scripted_count(scripted_sent(), "A0"), 0);
}

/* A server that is full, or a database that is being copied, is tried again within the wait. */
static void test_a_refusal_that_passes_is_tried_again(void **state)
{
    static const char *const sqlstates[] = {"53300", "57P03", "55006"};
    (void)state;

    for (size_t i = 0; i < 3; i++) {
        struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(10000);

        scripted_end();
        scripted_begin();
        for (int attempt = 1; attempt < 4; attempt++)
            scripted_connect(attempt, (struct scripted_connect){.sqlstate = sqlstates[i]});
        assert_run_succeeds(engine, "a-", 1);
        assert_connected("aaaa-");
    }
}

/* A session that is ended in the middle of its statement costs that job: the lease is elsewhere. */
static void test_a_loss_in_the_middle_fails_alone(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_resting_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    look(engine);
    scripted_answer((struct scripted_answer){.sql = "B1", .lost = true, .delay_ms = 5});
    scripted_answer((struct scripted_answer){.sql = "A", .delay_ms = 5});
    init_in(&jobs, "aba-ab", "A%zu B%zu");
    assert_false(engine_run(engine, jobs.items, jobs.count, 2, &err));
    assert_int_equal(err.kind, ERROR_CONNECTION);
    assert_non_null(strstr(err.message, "could not do B1: lost the connection"));
    assert_null(err.next);
    for (size_t i = 0; i < jobs.count; i++)
        assert_int_equal(jobs.items[i].state, i == 1 ? JOB_FAILED : JOB_DONE);
    assert_true(engine_is_connected(engine));
}

/* The server has ended it (the database was swapped), and nobody has looked yet: no job is sent
 * into the void. */
static void test_an_idle_connection_that_was_ended_is_made_anew(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_resting_engine(0);
    (void)state;

    look(engine);
    assert_run_succeeds(engine, "ab", 2);
    scripted_end_idle(2);
    assert_run_succeeds(engine, "ba", 1);
    assert_connected("-aba");
    scripted_end_idle(4);
    scripted_end_idle(3);
    assert_run_succeeds(engine, "ab", 2);
    assert_connected("-abaab");
    assert_int_equal(scripted_open(), 3);
}

/* The lease's connection stays where it is: where the server has no other, a job that is to be
 * sent elsewhere fails for the same reason, and those of the own database are done. */
static void test_the_resting_connection_is_not_sent_elsewhere(void **state)
{
    static const struct scripted_connect refusals[] = {{.sqlstate = "53300"}, {.polls = "f"}};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_resting_engine(500);
        struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
        struct error err OWNED(error_release) = {0};

        scripted_end();
        scripted_begin();
        for (int attempt = 2; attempt < 100; attempt++)
            scripted_connect(attempt, refusals[i]);
        look(engine);
        init_in(&jobs, "--a-b", "A%zu");
        assert_false(engine_run(engine, jobs.items, jobs.count, 2, &err));
        assert_int_equal(scripted_count(scripted_done(), "[1] A"), 3);
        assert_non_null(strstr(jobs.items[2].error.message, "could not do A2: could not connect"));
        assert_non_null(strstr(jobs.items[4].error.message, "could not do A4: could not connect"));
        assert_string_equal(err.message, jobs.items[2].error.message);
        assert_int_equal(jobs.ended, 5);
        assert_string_equal(scripted_database(1), "own");
        assert_int_equal(scripted_open(), 1);
    }
}

/* That the engine's own connection is lost stops what is begun elsewhere, too. */
static void test_the_loss_of_the_first_stops_the_visits(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_resting_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    look(engine);
    scripted_end_idle(1);
    scripted_connect(3, (struct scripted_connect){.delay_ms = 20});
    scripted_answer((struct scripted_answer){.sql = "A", .delay_ms = 5});
    init_in(&jobs, "abab", "A%zu B%zu");
    assert_false(engine_run(engine, jobs.items, jobs.count, 2, &err));
    assert_int_equal(err.kind, ERROR_CONNECTION);
    for (size_t i = 0; i < jobs.count; i++)
        assert_int_equal(jobs.items[i].state, JOB_SKIPPED);
    assert_int_equal(scripted_count(scripted_sent(), "A"), 0);
}

/* Nor is a connection waited for that is not there yet. */
static void test_a_run_that_drains_does_not_wait_for_connections(void **state)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(60000);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    struct error err OWNED(error_release) = {0};
    int64_t before = clock_now_ms();
    (void)state;

    for (int attempt = 1; attempt < 100; attempt++)
        scripted_connect(attempt, (struct scripted_connect){.sqlstate = "53300"});
    scripted_connect(1, (struct scripted_connect){0});
    assert_run_succeeds(engine, "-", 1);
    scripted_answer((struct scripted_answer){.sql = "A0", .lost = true, .delay_ms = 500});
    init_in(&jobs, "-ab", "A%zu");
    assert_false(engine_run(engine, jobs.items, jobs.count, 2, &err));
    assert_non_null(strstr(err.message, "could not do A0: lost the connection"));
    assert_int_equal(clock_now_ms() - before, 500);
    assert_int_equal(jobs.items[1].state, JOB_SKIPPED);
    assert_int_equal(jobs.items[2].state, JOB_SKIPPED);
    assert_int_equal(scripted_open(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, engine_jobs_setup, engine_jobs_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_connection_is_kept_for_its_database),
        TEST(test_one_connection_for_many_databases),
        TEST(test_lanes_without_a_connection_come_first),
        TEST(test_the_own_database_is_gone_back_to),
        TEST(test_a_query_takes_no_connection_away),
        TEST(test_a_database_that_cannot_be_had_fails_alone),
        TEST(test_a_refused_setup_fails_alone),
        TEST(test_a_refusal_that_passes_is_tried_again),
        TEST(test_a_loss_in_the_middle_fails_alone),
        TEST(test_an_idle_connection_that_was_ended_is_made_anew),
        TEST(test_the_resting_connection_is_not_sent_elsewhere),
        TEST(test_the_loss_of_the_first_stops_the_visits),
        TEST(test_a_run_that_drains_does_not_wait_for_connections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
