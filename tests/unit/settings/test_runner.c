/* The runners' worker ids, as the runners themselves give them out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/settings/runner.h"

static const struct {
    const char *name;
    const char *ids[3];
    const char *variable;
} contract[] = {
    {"pytest-xdist", {"gw0", "gw1", "gw2"}, "PYTEST_XDIST_WORKER"},
    {"jest", {"1", "2", "3"}, "JEST_WORKER_ID"},
    {"vitest", {"1", "2", "3"}, "VITEST_POOL_ID"},
    {"mocha", {"0", "1", "2"}, "MOCHA_WORKER_ID"},
    {"nextest", {"0", "1", "2"}, "NEXTEST_TEST_GLOBAL_SLOT"},
    {"paratest", {"1", "2", "3"}, "TEST_TOKEN"},
    {"mix", {"1", "2", "3"}, "MIX_TEST_PARTITION"},
    {"parallel-tests", {"", "2", "3"}, "TEST_ENV_NUMBER"},
    {"django", {"1", "2", "3"}, NULL},
};

#define CONTRACT_COUNT (sizeof contract / sizeof contract[0])

static void assert_current(const char *runner, const char *id)
{
    char *current = runner_current_worker(runner_find(runner));

    assert_string_equal(current, id);
    free(current);
}

/* An id that the runner does not use is a database that no test ever finds. */
static void test_ids_are_the_contracts(void **state)
{
    (void)state;
    for (size_t i = 0; i < CONTRACT_COUNT; i++) {
        const struct runner *runner = runner_find(contract[i].name);

        assert_non_null(runner);
        assert_string_equal(runner->name, contract[i].name);
        if (contract[i].variable == NULL)
            assert_null(runner->variable);
        else
            assert_string_equal(runner->variable, contract[i].variable);
        for (int worker = 0; worker < 3; worker++) {
            char *id = runner_worker_id(runner, worker);

            assert_string_equal(id, contract[i].ids[worker]);
            free(id);
        }
    }
}

/* Help, completion and the message for a wrong name read this list; a runner missing is hidden. */
static void test_names_are_the_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < CONTRACT_COUNT; i++)
        assert_string_equal(runner_names[i], contract[i].name);
    assert_null(runner_names[CONTRACT_COUNT]);
    assert_null(runner_find("pytest"));
    assert_null(runner_find(""));
    assert_null(runner_find("Jest"));
}

/* With a wrong current worker, two test processes share one database. */
static void test_current_worker_is_the_variables(void **state)
{
    (void)state;
    for (size_t i = 0; i < CONTRACT_COUNT; i++) {
        if (contract[i].variable == NULL)
            continue;
        unsetenv(contract[i].variable);
        assert_current(contract[i].name, contract[i].ids[0]);
        setenv(contract[i].variable, "", 1);
        assert_current(contract[i].name, contract[i].ids[0]);
        setenv(contract[i].variable, contract[i].ids[2], 1);
        assert_current(contract[i].name, contract[i].ids[2]);
    }
    assert_current("django", "1");
}

/* `master` is what pytest-xdist says without -n, and only it: others may have such an id. */
static void test_master_is_the_first_worker(void **state)
{
    (void)state;
    setenv("PYTEST_XDIST_WORKER", "master", 1);
    assert_current("pytest-xdist", "gw0");
    setenv("JEST_WORKER_ID", "master", 1);
    assert_current("jest", "master");
}

/* What serial mode asks, so that parallel tests do not share a database. */
static void test_the_number_of_workers(void **state)
{
    static const struct {
        const char *name;
        const char *variable;
    } counting[] = {{"pytest-xdist", "PYTEST_XDIST_WORKER_COUNT"},
                    {"nextest", "NEXTEST_TEST_THREADS"},
                    {"parallel-tests", "PARALLEL_TEST_GROUPS"}};
    (void)state;

    for (size_t i = 0; i < sizeof counting / sizeof counting[0]; i++) {
        const struct runner *runner = runner_find(counting[i].name);

        assert_string_equal(runner->count_variable, counting[i].variable);
        unsetenv(counting[i].variable);
        assert_null(runner_worker_count(runner));
        setenv(counting[i].variable, "", 1);
        assert_null(runner_worker_count(runner));
        setenv(counting[i].variable, "4", 1);
        assert_string_equal(runner_worker_count(runner), "4");
        unsetenv(counting[i].variable);
    }
    assert_null(runner_worker_count(runner_find("jest")));
}

/* Names of databases and variables must not end in an empty part. */
static void test_label(void **state)
{
    (void)state;
    assert_string_equal(runner_worker_label(""), "1");
    assert_string_equal(runner_worker_label("2"), "2");
    assert_string_equal(runner_worker_label("gw0"), "gw0");
}

/* The number is not a digit. */
static void test_many_workers(void **state)
{
    char *id = runner_worker_id(runner_find("pytest-xdist"), 4095);

    (void)state;
    assert_string_equal(id, "gw4095");
    free(id);
}

/* pytest-xdist replaces a worker that crashed by one with a higher number; what is none of its ids
 * is a mistake, which must not make a database. */
static void test_ids_that_a_runner_gives(void **state)
{
    static const struct {
        const char *runner;
        const char *given[4];
        const char *others[10];
    } cases[] = {
        {"pytest-xdist",
         {"gw0", "gw9", "gw10", "gw123456789"},
         {"", "gw", "gw01", "gw00", "0", "gw-1", "gw1x", "GW1", "master", "gw1234567890"}},
        {"jest", {"1", "2", "10"}, {"", "0", "01", "gw1", " 1", "1 ", "-1", "+1", "1.0"}},
        {"mocha", {"0", "1", "22"}, {"", "00", "x"}},
        {"parallel-tests", {"", "2", "3"}, {"1", "0", "02"}},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct runner *runner = runner_find(cases[i].runner);

        for (size_t j = 0; j < 4 && cases[i].given[j] != NULL; j++)
            if (!runner_gives(runner, cases[i].given[j]))
                fail_msg("%s gives \"%s\"", cases[i].runner, cases[i].given[j]);
        for (size_t j = 0; j < 10 && cases[i].others[j] != NULL; j++)
            if (runner_gives(runner, cases[i].others[j]))
                fail_msg("%s does not give \"%s\"", cases[i].runner, cases[i].others[j]);
    }
    for (size_t i = 0; i < CONTRACT_COUNT; i++)
        for (size_t j = 0; j < 3; j++)
            assert_true(runner_gives(runner_find(contract[i].name), contract[i].ids[j]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids_are_the_contracts),
        cmocka_unit_test(test_names_are_the_tables),
        cmocka_unit_test(test_current_worker_is_the_variables),
        cmocka_unit_test(test_master_is_the_first_worker),
        cmocka_unit_test(test_the_number_of_workers),
        cmocka_unit_test(test_label),
        cmocka_unit_test(test_many_workers),
        cmocka_unit_test(test_ids_that_a_runner_gives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
