/* Jobs: what they own and how they are filled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pgclone/base/memory.h"
#include "pgclone/postgres/job.h"

/* The statements are sent in the order in which they were added; the purpose is in every message.
 */
static void test_statements_in_order(void **state)
{
    struct job job OWNED(job_release) = {0};
    (void)state;

    job_init(&job, "circ_gw0");
    assert_string_equal(job.label, "circ_gw0");
    assert_int_equal(job.state, JOB_WAITING);
    assert_int_equal(job.count, 0);
    job_add(&job, memory_copy_string("ONE"), NULL, "do %d of \"%s\"", 1, "100 %s");
    job_add(&job, memory_copy_string("TWO"), "42501", "do two");
    assert_int_equal(job.count, 2);
    assert_int_equal(job.next, 0);
    assert_string_equal(job.statements[0].sql, "ONE");
    assert_string_equal(job.statements[0].purpose, "do 1 of \"100 %s\"");
    assert_null(job.statements[0].tolerated);
    assert_string_equal(job.statements[1].sql, "TWO");
    assert_string_equal(job.statements[1].tolerated, "42501");
}

/* It keeps the name itself, and the last one holds. */
static void test_a_job_in_another_database(void **state)
{
    struct job job OWNED(job_release) = {0};
    char name[] = "circ_gw1";
    (void)state;

    job_init(&job, "circ_gw0");
    assert_null(job.database);
    job_in(&job, "circ_gw0");
    job_in(&job, name);
    name[0] = 'x';
    assert_string_equal(job.database, "circ_gw1");
}

/* Everything that a job came to hold is given back (the leak checker looks), also twice. */
static void test_release(void **state)
{
    struct job job = {0};
    (void)state;

    job_release(&job);
    job_init(&job, "one");
    job_in(&job, "circ_gw0");
    job_add(&job, memory_copy_string("ONE"), NULL, "do one");
    results_add(&job.results, PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK));
    error_set(&job.error, ERROR_SERVER, "no");
    job_release(&job);
    assert_null(job.label);
    assert_null(job.statements);
    assert_int_equal(job.count, 0);
    assert_false(error_is_set(&job.error));
    job_release(&job);
}

static void init_jobs(struct job *jobs, struct job_queue *queue, size_t count)
{
    static const char *const labels[] = {"a", "b", "c"};

    for (size_t i = 0; i < count; i++) {
        job_init(&jobs[i], labels[i]);
        job_queue_add(queue, &jobs[i]);
    }
}

/* Jobs are taken in the order in which they came, also those that came when all had been taken. */
static void test_a_queue_keeps_its_order(void **state)
{
    struct job jobs[3];
    struct job later OWNED(job_release) = {0};
    struct job_queue queue = {0};
    (void)state;

    assert_null(job_queue_take(&queue, 5));
    init_jobs(jobs, &queue, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(queue.waiting, 3 - i);
        assert_ptr_equal(job_queue_take(&queue, 5), &jobs[i]);
        assert_int_equal(jobs[i].state, JOB_RUNNING);
        assert_int_equal(jobs[i].started_ms, 5);
    }
    assert_null(job_queue_take(&queue, 5));
    job_init(&later, "later");
    job_queue_add(&queue, &later);
    assert_ptr_equal(job_queue_take(&queue, 5), &later);
    for (size_t i = 0; i < 3; i++)
        job_release(&jobs[i]);
}

/* What nobody took is skipped, and is why the whole did not succeed, though there is no failure. */
static void test_skipped_jobs_are_no_success(void **state)
{
    struct job jobs[3];
    struct job_queue queue = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_true(job_queue_succeeded(&queue, &err));
    init_jobs(jobs, &queue, 3);
    job_queue_take(&queue, 5)->state = JOB_DONE;
    jobs[2].optional = true;
    job_queue_skip(&queue);
    assert_int_equal(jobs[0].state, JOB_DONE);
    assert_int_equal(jobs[1].state, JOB_SKIPPED);
    assert_int_equal(jobs[2].state, JOB_SKIPPED);
    assert_false(job_queue_succeeded(&queue, &err));
    assert_false(error_is_set(&err));
    jobs[1].state = JOB_DONE;
    assert_true(job_queue_succeeded(&queue, &err));
    for (size_t i = 0; i < 3; i++)
        job_release(&jobs[i]);
}

/* Every failure is told, in the jobs' order, and none that nobody needs to know of. */
static void test_every_failure_is_told(void **state)
{
    struct job jobs[3];
    struct job_queue queue = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    init_jobs(jobs, &queue, 3);
    for (size_t i = 0; i < 3; i++) {
        jobs[i].state = JOB_FAILED;
        error_set(&jobs[i].error, ERROR_SERVER, "no %zu", i);
    }
    jobs[1].optional = true;
    assert_false(job_queue_succeeded(&queue, &err));
    assert_string_equal(err.message, "no 0");
    assert_string_equal(err.next->message, "no 2");
    assert_null(err.next->next);
    for (size_t i = 0; i < 3; i++)
        job_release(&jobs[i]);
}

/* A job that was pushed is freed when it has ended, while others of its queue are at work. */
static void test_a_job_that_has_ended_can_leave(void **state)
{
    struct job jobs[3];
    struct job later OWNED(job_release) = {0};
    struct job_queue queue = {0};
    (void)state;

    for (size_t gone = 0; gone < 3; gone++) {
        queue = (struct job_queue){0};
        init_jobs(jobs, &queue, 3);
        for (size_t i = 0; i < 3; i++)
            job_queue_take(&queue, 5)->state = JOB_DONE;
        jobs[(gone + 1) % 3].state = JOB_FAILED;
        job_queue_remove(&queue, &jobs[gone]);
        job_queue_remove(&queue, &jobs[gone]); /* one that is not in it changes nothing */
        job_release(&jobs[gone]);
        assert_false(job_queue_succeeded(&queue, NULL));
        job_init(&later, "later");
        job_queue_add(&queue, &later);
        assert_ptr_equal(job_queue_take(&queue, 5), &later);
        assert_null(job_queue_take(&queue, 5));
        for (size_t i = 0; i < 3; i++) {
            job_queue_remove(&queue, &jobs[i]);
            job_release(&jobs[i]);
        }
        assert_ptr_equal(queue.first, &later);
        assert_ptr_equal(queue.last, &later);
        job_release(&later);
    }
}

/* What was skipped will not go on either: whoever waits for it must be told. */
static void test_what_has_ended(void **state)
{
    static const struct {
        enum job_state state;
        bool ended;
    } cases[] = {{JOB_WAITING, false},
                 {JOB_RUNNING, false},
                 {JOB_DONE, true},
                 {JOB_FAILED, true},
                 {JOB_SKIPPED, true}};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct job job = {.state = cases[i].state};

        assert_int_equal(job_has_ended(&job), cases[i].ended);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statements_in_order),
        cmocka_unit_test(test_a_job_in_another_database),
        cmocka_unit_test(test_release),
        cmocka_unit_test(test_a_queue_keeps_its_order),
        cmocka_unit_test(test_skipped_jobs_are_no_success),
        cmocka_unit_test(test_every_failure_is_told),
        cmocka_unit_test(test_a_job_that_has_ended_can_leave),
        cmocka_unit_test(test_what_has_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
