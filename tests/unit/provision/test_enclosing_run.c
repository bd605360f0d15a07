/* The run that a process is in: what a run writes is read again, and nothing else is. */
// links: provision_fixture.c
// links: table_results.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/base/memory.h"
#include "pgclone/provision/enclosing_run.h"
#include "provision_fixture.h"

static void test_round_trip(void **state)
{
    static const char *const projects[] = {"circ", "", "a:b", "it's \"x\"", "D\xc3\xbcsseldorf"};
    struct lease lease;
    (void)state;

    assert_true(lease_make(LEASE_RUN, &lease, NULL));
    for (size_t i = 0; i < sizeof projects / sizeof projects[0]; i++) {
        struct enclosing_run run OWNED(enclosing_run_release) = {0};
        char *variable OWNED(memory_free_string) = enclosing_run_variable(&lease, projects[i]);
        size_t length = strlen(ENCLOSING_RUN_VARIABLE "=");

        assert_int_equal(strncmp(variable, ENCLOSING_RUN_VARIABLE "=", length), 0);
        assert_true(enclosing_run_read(variable + length, &run, NULL));
        assert_true(run.lease.key == lease.key);
        assert_string_equal(run.lease.text, lease.text);
        assert_string_equal(run.project, projects[i]);
    }
}

static void test_outside_a_run(void **state)
{
    static const char *const values[] = {NULL, ""};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct enclosing_run run OWNED(enclosing_run_release) = {0};

        assert_true(enclosing_run_read(values[i], &run, NULL));
        assert_null(run.project);
        assert_true(run.lease.key == 0);
    }
}

/* A mark with a broken lease or text would make a database that pgclone never drops. */
static void test_what_no_run_has_set(void **state)
{
    static const char *const values[] = {
        "circ",
        FIXTURE_RUN_LEASE,
        FIXTURE_RUN_LEASE "circ",
        FIXTURE_RUN_LEASE "0:circ",
        "00000000000000A1:circ",
        "0000000000000000:circ",
        "8000000000000001:circ",
        "a1:circ",
        ":circ",
        FIXTURE_RUN_LEASE ":\xff",
    };
    (void)state;

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct enclosing_run run OWNED(enclosing_run_release) = {0};
        struct error err OWNED(error_release) = {0};

        if (enclosing_run_read(values[i], &run, &err))
            fail_msg("taken for a run: %s", values[i]);
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_non_null(strstr(err.message, ENCLOSING_RUN_VARIABLE));
        assert_non_null(err.hint);
        assert_null(run.project);
    }
}

/* A run that is dead or at its end, or lives on another server, is joined by nobody. */
static void test_only_where_the_run_lives(void **state)
{
    static const char *const alive[TABLE_SETS] = {[LOOK_LEASES] = FIXTURE_OPEN_RUN};
    static const char *const ending[TABLE_SETS] = {
        [LOOK_LEASES] = FIXTURE_LEASES FIXTURE_HOLDER(FIXTURE_RUN_KEY, "1")};
    struct enclosing_run run OWNED(enclosing_run_release) = {0};
    struct inventory found OWNED(inventory_release) = {0};
    (void)state;

    assert_true(enclosing_run_read(FIXTURE_RUN_LEASE ":circ", &run, NULL));
    table_inventory(alive, NULL, NULL, &found);
    assert_ptr_equal(enclosing_run_on(&run, &found), &run);
    assert_null(enclosing_run_on(NULL, &found));
    inventory_release(&found);
    table_inventory(ending, NULL, NULL, &found);
    assert_null(enclosing_run_on(&run, &found));
    inventory_release(&found);
    assert_null(enclosing_run_on(&run, &found));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_outside_a_run),
        cmocka_unit_test(test_what_no_run_has_set),
        cmocka_unit_test(test_only_where_the_run_lives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
