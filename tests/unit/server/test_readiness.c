/* Whether a throw-away server could be started on this machine. */
// links: scratch_folder.c
// links: clean_environment.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "clean_environment.h"
#include "pgclone/server/readiness.h"
#include "scratch_folder.h"

static int setup(void **state)
{
    clean_environment();
    return scratch_setup(state);
}

/* Where none is wanted its absence is worth a warning. */
static void test_no_programs(void **state)
{
    struct findings findings OWNED(findings_release) = {0};
    (void)state;

    readiness_examine(scratch_folder(), true, &findings);
    assert_int_equal(findings.count, 1);
    assert_string_equal(findings.items[0].check->id, "ephemeral");
    assert_int_equal(findings_exit_code(&findings), 2);
    findings_release(&findings);
    readiness_examine(scratch_folder(), false, &findings);
    assert_int_equal(findings.items[0].severity, FINDING_WARNING);
    assert_int_equal(findings_exit_code(&findings), 0);
}

/* Programs that only say their version are enough to try everything. */
static void test_programs(void **state)
{
    static const char printer[] = "#!/bin/sh\necho 'postgres (PostgreSQL) 15.8'\n";
    struct findings findings OWNED(findings_release) = {0};
    (void)state;

    scratch_make_folder("bin", 0755);
    scratch_make_file("bin/initdb", printer, 0755);
    scratch_make_file("bin/postgres", printer, 0755);
    readiness_examine(scratch_path("bin"), true, &findings);
    if (findings.count == 1) /* root's server runs as a user who cannot reach the folder */
        return;
    assert_int_equal(findings.count, 3);
    assert_non_null(strstr(findings.items[0].text, "PostgreSQL 15.8"));
    assert_string_equal(findings.items[1].check->id, "memory");
    assert_string_equal(findings.items[2].check->id, "overlay");
    assert_int_equal(findings_exit_code(&findings), 0);
}

static void test_rows(void **state)
{
    (void)state;
    assert_string_equal(readiness_check_at(0)->id, "ephemeral");
    assert_null(readiness_check_at(3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_programs),
        cmocka_unit_test(test_programs),
        cmocka_unit_test(test_rows),
    };

    return cmocka_run_group_tests(tests, setup, scratch_teardown);
}
