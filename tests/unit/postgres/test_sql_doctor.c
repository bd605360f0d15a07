/* What `doctor` asks, and the statements that it tells its user to send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/postgres/sql_doctor.h"

static void assert_has(const char *sql, const char *part, bool expected)
{
    if ((strstr(sql, part) != NULL) != expected)
        fail_msg("%s in: %s", part, sql);
}

static int count_statements(const char *sql)
{
    int count = 0;

    for (; (sql = strstr(sql, ";\n")) != NULL; sql++)
        count++;
    return count;
}

/* A function that a version lacks would fail all of it. */
static void test_versions(void **state)
{
    char *now OWNED(memory_free_string) = sql_doctor("it's", 150000);
    char *before OWNED(memory_free_string) = sql_doctor("it's", 140000);
    (void)state;

    assert_has(now, "pg_database_collation_actual_version", true);
    assert_has(now, "has_parameter_privilege", true);
    assert_has(now, "'it''s'", true);
    assert_has(before, "pg_database_collation_actual_version", false);
    assert_has(before, "has_parameter_privilege", false);
}

/* There are as many result sets, whether or not there is a template. */
static void test_sets(void **state)
{
    char *with OWNED(memory_free_string) = sql_doctor("circ", 150000);
    char *without OWNED(memory_free_string) = sql_doctor(NULL, 150000);
    (void)state;

    assert_int_equal(count_statements(with), DOCTOR_INVALID + 1);
    assert_int_equal(count_statements(without), DOCTOR_INVALID + 1);
}

static void test_fixes(void **state)
{
    char *drop OWNED(memory_free_string) = sql_fix(SQL_FIX_DROP, "a\"b");
    char *setting OWNED(memory_free_string) = sql_fix(SQL_FIX_SYSTEM, "fsync", "off");
    char *rollback OWNED(memory_free_string) = sql_fix(SQL_FIX_ROLL_BACK, "a", "b'c");
    (void)state;

    assert_string_equal(drop, "DROP DATABASE \"a\"\"b\";");
    assert_string_equal(setting, "ALTER SYSTEM SET fsync = 'off';\nSELECT pg_reload_conf();");
    assert_string_equal(rollback, "\\connect \"a\"\nROLLBACK PREPARED 'b''c';");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_sets),
        cmocka_unit_test(test_fixes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
