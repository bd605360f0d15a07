/* The statements by which templates are looked for, published and dropped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql.h"

/* Without this a template named with a wildcard or a quote finds others, or nothing. */
static void test_facts(void **state)
{
    char *sql OWNED(memory_free_string) = sql_template_facts("it's_50%");
    (void)state;

    assert_non_null(strstr(sql, "starts_with(d.datname::text, 'it''s_50%' || '_')"));
    assert_non_null(strstr(sql, " AS server FROM pg_database d WHERE d.datname = 'template0'"));
}

static void test_publishing(void **state)
{
    char *first OWNED(memory_free_string) = sql_template_publish("s", "a\"b", "it's", NULL);
    char *second OWNED(memory_free_string) = sql_template_publish("s", "t", "m", "o");
    char *unsealed OWNED(memory_free_string) = sql_template_unseal("a\"b");
    (void)state;

    assert_string_equal(first, "ALTER DATABASE \"s\" IS_TEMPLATE true; "
                               "ALTER DATABASE \"s\" RENAME TO \"a\"\"b\"; "
                               "COMMENT ON DATABASE \"a\"\"b\" IS 'it''s'");
    assert_string_equal(second, "ALTER DATABASE \"t\" IS_TEMPLATE false; "
                                "ALTER DATABASE \"t\" RENAME TO \"o\"; "
                                "ALTER DATABASE \"s\" IS_TEMPLATE true; "
                                "ALTER DATABASE \"s\" RENAME TO \"t\"; "
                                "COMMENT ON DATABASE \"t\" IS 'm'");
    assert_string_equal(unsealed, "ALTER DATABASE \"a\"\"b\" IS_TEMPLATE false");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_publishing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
