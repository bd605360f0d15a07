#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/process.h"

/* Without this `--workers auto` in a container that may use one CPU starts as many workers as the
 * machine has. */
static void test_cpu_count_is_that_of_the_affinity_mask(void **state)
{
    cpu_set_t before;
    cpu_set_t one;
    int first = 0;
    (void)state;

    assert_int_equal(sched_getaffinity(0, sizeof before, &before), 0);
    assert_int_equal(process_cpu_count(), CPU_COUNT(&before));
    while (!CPU_ISSET((size_t)first, &before))
        first++;
    CPU_ZERO(&one);
    CPU_SET((size_t)first, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    assert_int_equal(process_cpu_count(), 1);
    assert_int_equal(sched_setaffinity(0, sizeof before, &before), 0);
}

/* Without this the message about a database that is held does not say where, or a long host name
 * runs past its room. */
static void test_host_name_fits(void **state)
{
    char whole[256];
    char expected[256];
    char cut[3] = {'x', 'x', 'x'};
    (void)state;

    assert_int_equal(gethostname(expected, sizeof expected), 0);
    process_host_name(whole, sizeof whole);
    assert_string_equal(whole, expected);
    assert_true(strlen(whole) > 0);
    process_host_name(cut, sizeof cut);
    assert_true(strlen(cut) <= 2);
}

/* Without this a child whose parent died a moment ago lives on for ever. */
static void test_dies_only_with_a_living_parent(void **state)
{
    (void)state;

    assert_false(process_die_with(getpid(), SIGCONT));
    assert_true(process_die_with(getppid(), SIGCONT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cpu_count_is_that_of_the_affinity_mask),
        cmocka_unit_test(test_host_name_fits),
        cmocka_unit_test(test_dies_only_with_a_living_parent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
