/* Whose advisory locks are pgclone's. */
// links: provision_fixture.c
// links: table_results.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pgclone/base/cleanup.h"
#include "pgclone/provision/holders.h"
#include "provision_fixture.h"

static void read_locks(const char *table, struct holders *out)
{
    struct results results OWNED(results_release) = {0};

    holders_release(out);
    results_add(&results, table_result(table));
    holders_read(&results, 0, out);
}

/* Another application's lock of the same number keeps a dead run's databases for ever, or has its
 * session ended as a dead process's. */
static void test_only_sessions_with_the_mark_count(void **state)
{
    struct holders holders OWNED(holders_release) = {0};
    (void)state;

    read_locks(FIXTURE_LEASES FIXTURE_LOCK("5", "1", "10") FIXTURE_LOCK("6", "2", "11")
                   FIXTURE_LOCK("8099551774651711489", "1", "10") FIXTURE_HOLDER("7", "12")
                       FIXTURE_LOCK("-9", "1", "12"),
               &holders);
    assert_int_equal(holders.count, 2);
    assert_false(holders_have(&holders, 5));
    assert_false(holders_have(&holders, 6));
    assert_true(holders_have(&holders, 7));
    assert_true(holders_have(&holders, -9));
    assert_int_equal(holders.items[0].pid, 12);
    assert_int_equal(holders_pid(&holders, -9), 12);
    assert_int_equal(holders_pid(&holders, 5), 0);
}

/* Otherwise a living run's databases look like a dead one's, by the order that locks are read in.
 */
static void test_order_does_not_matter(void **state)
{
    struct holders holders OWNED(holders_release) = {0};
    (void)state;

    read_locks(FIXTURE_LEASES FIXTURE_HOLDER("7", "12") FIXTURE_HOLDER("8", "12")
                   FIXTURE_LOCK("9", "1", "12"),
               &holders);
    assert_int_equal(holders.count, 3);
    assert_true(holders_have(&holders, 7) && holders_have(&holders, 8) &&
                holders_have(&holders, 9));
}

/* The lease of a mark that cannot be read is 0: nobody holds it. */
static void test_none(void **state)
{
    struct holders holders OWNED(holders_release) = {0};
    (void)state;

    read_locks(NULL, &holders);
    assert_int_equal(holders.count, 0);
    read_locks(FIXTURE_LEASES FIXTURE_HOLDER("0", "12"), &holders);
    assert_false(holders_have(&holders, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_sessions_with_the_mark_count),
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
