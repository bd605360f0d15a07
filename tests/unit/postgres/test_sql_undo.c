/* What is sent for databases that note their changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql_undo.h"

/* Without this a template named with a quote or a wildcard is another one's, or nobody's. */
static void test_facts(void **state)
{
    char *sql OWNED(memory_free_string) = sql_undo_facts("it's", "it's_50%");
    const char *second;
    (void)state;

    assert_non_null(strstr(sql, "WHERE d.datname = 'it''s';\n"));
    second = strstr(sql, ";\nSELECT d.datname AS name");
    assert_non_null(second);
    assert_non_null(strstr(second, "starts_with(d.datname::text, 'it''s_50%' || '_')"));
    for (const char *const *column =
             (const char *const[]){"facts", "busy", "may_replay", "role", NULL};
         *column != NULL; column++)
        assert_non_null(strstr(sql, *column));
}

/* Without this a template that was changed, or whose counters are new, is taken for the same. */
static void test_facts_tell_a_change(void **state)
{
    static const char *const parts[] = {"d.oid", "s.sessions", "stats_reset", "datacl",
                                        "setconfig"};
    char *sql OWNED(memory_free_string) = sql_undo_facts("t", "t");
    (void)state;

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        assert_non_null(strstr(sql, parts[i]));
}

/* The build has the whole file in it, as one text; what it calls is there. */
static void test_schema(void **state)
{
    (void)state;

    assert_non_null(strstr(sql_undo_schema, "CREATE SCHEMA pgclone;"));
    assert_non_null(strstr(sql_undo_schema, "CREATE FUNCTION pgclone.begin("));
    assert_non_null(strstr(sql_undo_schema, "CREATE FUNCTION pgclone.undo("));
    assert_int_equal(sql_undo_schema[strlen(sql_undo_schema) - 1], '\n');
    assert_non_null(strstr(sql_undo_begin, "pgclone.begin()"));
    assert_non_null(strstr(sql_undo, "SELECT outcome, reason, detail, vacuum FROM pgclone.undo()"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_facts_tell_a_change),
        cmocka_unit_test(test_schema),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
