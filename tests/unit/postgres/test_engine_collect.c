/* What a statement, a set-up or a connect has come to: what goes on, what fails, and what stops the
 * feeding. */
// links: scripted_libpq.c
// links: scripted_world.c
// links: scripted_clock.c
// links: engine_jobs.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine_jobs.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "scripted_libpq.h"

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
    engine_jobs_assert_run_succeeds(engine, &jobs, 1);
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

/* What is said on standard error when a job fails that need not succeed. */
static void fails_and_says(bool quiet, char *said, size_t size)
{
    struct engine *engine OWNED(engine_jobs_free_engine) = engine_jobs_new_engine(0);
    struct engine_jobs jobs OWNED(engine_jobs_release) = {0};
    int kept = dup(STDERR_FILENO);
    FILE *file = tmpfile();

    assert_non_null(file);
    scripted_answer((struct scripted_answer){.sql = "A0", .sqlstate = "3D000"});
    engine_jobs_init(&jobs, 1, "A%zu");
    jobs.items[0].optional = true;
    jobs.items[0].quiet = quiet;
    log_set_level(LOG_NORMAL);
    assert_true(dup2(fileno(file), STDERR_FILENO) >= 0);
    assert_true(engine_run(engine, jobs.items, jobs.count, 1, NULL));
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    log_set_level(LOG_QUIET);
    (void)close(kept);
    rewind(file);
    said[fread(said, 1, size - 1, file)] = '\0';
    (void)fclose(file);
}

/* The mark of a copy that is gone already is nobody's loss, and no reason for a warning. */
static void test_quiet_job_fails_without_a_word(void **state)
{
    char said[200];
    (void)state;

    fails_and_says(false, said, sizeof said);
    assert_non_null(strstr(said, "could not do A0"));
    fails_and_says(true, said, sizeof said);
    assert_string_equal(said, "");
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, engine_jobs_setup, engine_jobs_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_tolerated_sqlstate_goes_on),
        TEST(test_what_is_refused_is_done_otherwise),
        TEST(test_what_fails_otherwise_too_has_its_first_reason),
        TEST(test_a_loss_while_trying_otherwise),
        TEST(test_optional_job_may_fail),
        TEST(test_quiet_job_fails_without_a_word),
        TEST(test_failed_job_does_not_stop_the_others),
        TEST(test_refused_setup_is_a_refused_connection),
        TEST(test_lost_connection_stops_the_feeding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
