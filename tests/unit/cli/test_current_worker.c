/* Which worker a command is about. */
// links: clean_environment.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "clean_environment.h"
#include "pgclone/base/memory.h"
#include "pgclone/cli/current_worker.h"

static int setup(void **state)
{
    (void)state;
    clean_environment();
    return unsetenv("PYTEST_XDIST_WORKER");
}

static void assert_worker(struct invocation *invocation, const char *expected)
{
    char *worker OWNED(memory_free_string) = NULL;

    assert_true(current_worker(invocation, &worker, NULL));
    assert_string_equal(worker, expected);
    invocation_release(invocation);
}

/* The one that is named, else the runner's variable, else the first. */
static void test_named_current_or_first(void **state)
{
    struct invocation invocation = {0};
    (void)state;

    assert_worker(&invocation, "gw0");
    assert_int_equal(setenv("PYTEST_XDIST_WORKER", "gw2", 1), 0);
    assert_worker(&invocation, "gw2");
    strings_add(&invocation.operands, "gw7");
    assert_worker(&invocation, "gw7");
    assert_int_equal(setenv("PGCLONE_RUNNER", "jest", 1), 0);
    assert_int_equal(setenv("JEST_WORKER_ID", "3", 1), 0);
    assert_worker(&invocation, "3");
}

/* Which worker this is cannot be told by a runner that there is none of. */
static void test_an_unknown_runner_is_an_error(void **state)
{
    struct invocation invocation = {0};
    struct error err OWNED(error_release) = {0};
    char *worker = NULL;
    (void)state;

    assert_int_equal(setenv("PGCLONE_RUNNER", "nunit", 1), 0);
    assert_false(current_worker(&invocation, &worker, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_null(worker);
    invocation_release(&invocation);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_named_current_or_first, setup),
        cmocka_unit_test_setup(test_an_unknown_runner_is_an_error, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
