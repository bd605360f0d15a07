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

/* Everything that a job came to hold is given back (the leak checker looks), also twice. */
static void test_release(void **state)
{
    struct job job = {0};
    (void)state;

    job_release(&job);
    job_init(&job, "one");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statements_in_order),
        cmocka_unit_test(test_release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
