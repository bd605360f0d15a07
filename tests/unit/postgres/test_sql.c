/* Statements: names and values of any characters go in, one statement comes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql.h"

/* Compares an owned statement. */
static void assert_sql(char *sql, const char *expected)
{
    assert_string_equal(sql, expected);
    free(sql);
}

/* ---------------------------------------------------------------------------------------- quoting
 */

static const char *const odd_texts[] = {
    "",
    "plain",
    "UPPER and space",
    "'",
    "''",
    "\"",
    "\"\"\"",
    "\\",
    "\\\\",
    "\\'",
    "'\\",
    "it's \\n \"x\"; DROP DATABASE postgres; --",
    "/* */ $$ $1 %s %n {}",
    "D\xc3\xbcsseldorf \xf0\x9f\x90\x98",
    "tab\tnew\nline\r",
    "\x01\x7f",
    "\xe0\x81\x27",
};

/* libpq's own quoting decides what is right, for texts that are valid in the encoding. */
static void assert_quoted_like_libpq(PGconn *conn, const char *text)
{
    struct strbuf identifier OWNED(strbuf_release) = {0};
    struct strbuf literal OWNED(strbuf_release) = {0};
    char *libpq_identifier = PQescapeIdentifier(conn, text, strlen(text));
    char *libpq_literal = PQescapeLiteral(conn, text, strlen(text));

    sql_identifier(&identifier, text);
    sql_literal(&literal, text);
    assert_non_null(libpq_identifier);
    assert_non_null(libpq_literal);
    assert_string_equal(identifier.data, libpq_identifier);
    assert_string_equal(literal.data, libpq_literal);
    PQfreemem(libpq_identifier);
    PQfreemem(libpq_literal);
}

/* A name with a quote in it would end the statement early and run the rest of the name. */
static void test_quoting_is_libpqs(void **state)
{
    PGconn *conn =
        PQconnectStart("port=none"); /* never connects; libpq quotes for it all the same */
    (void)state;

    for (size_t i = 0; i < sizeof odd_texts / sizeof odd_texts[0]; i++)
        assert_quoted_like_libpq(conn, odd_texts[i]);
    for (int one = 1; one < 256; one++)
        for (int two = 1; two < 256; two++) {
            const char text[] = {(char)one, (char)two, '\0'};

            assert_quoted_like_libpq(conn, text);
        }
    PQfinish(conn);
}

/* ------------------------------------------------------------------------------------- statements
 */

#define ODD "a\"b'c\\d"
#define ODD_NAME "\"a\"\"b'c\\d\""
#define ODD_TEXT " E'a\"b''c\\\\d'"

/* Each statement with a name that hurts. */
static void test_statements(void **state)
{
    (void)state;
    assert_sql(sql_comment(ODD, ODD), "COMMENT ON DATABASE " ODD_NAME " IS " ODD_TEXT);
    assert_sql(sql_rename(ODD, "x y"), "ALTER DATABASE " ODD_NAME " RENAME TO \"x y\"");
    assert_sql(sql_drop(ODD), "DROP DATABASE IF EXISTS " ODD_NAME " WITH (FORCE)");
    assert_sql(sql_drop_unforced(ODD), "DROP DATABASE IF EXISTS " ODD_NAME);
    assert_sql(sql_grant_all("d", ODD), "GRANT ALL PRIVILEGES ON DATABASE \"d\" TO " ODD_NAME);
    assert_sql(sql_revoke_public(ODD),
               "REVOKE ALL PRIVILEGES ON DATABASE " ODD_NAME " FROM PUBLIC");
    assert_sql(sql_grant(ODD, "CONNECT", "r", false),
               "GRANT CONNECT ON DATABASE " ODD_NAME " TO \"r\"");
    assert_sql(sql_grant("d", "TEMPORARY", NULL, false),
               "GRANT TEMPORARY ON DATABASE \"d\" TO PUBLIC");
    assert_sql(sql_grant("d", "CREATE", "PUBLIC", true),
               "GRANT CREATE ON DATABASE \"d\" TO \"PUBLIC\" WITH GRANT OPTION");
    assert_sql(sql_connection_limit(ODD, 7), "ALTER DATABASE " ODD_NAME " CONNECTION LIMIT 7");
    assert_sql(sql_role_password(ODD, ODD), "ALTER ROLE " ODD_NAME " PASSWORD " ODD_TEXT);
    assert_sql(sql_role_password(ODD, NULL), "ALTER ROLE " ODD_NAME " PASSWORD NULL");
}

/* A word too many is a syntax error on servers that do not know it. */
static void test_create_database(void **state)
{
    struct sql_create create = {.name = ODD, .template_name = "template0"};
    (void)state;

    assert_sql(sql_create_database(&create), "CREATE DATABASE " ODD_NAME " TEMPLATE \"template0\"");
    create.strategy = "wal_log";
    assert_sql(sql_create_database(&create),
               "CREATE DATABASE " ODD_NAME " TEMPLATE \"template0\" STRATEGY wal_log");
    create.owner = "Owner";
    assert_sql(sql_create_database(&create),
               "CREATE DATABASE " ODD_NAME
               " TEMPLATE \"template0\" STRATEGY wal_log OWNER \"Owner\"");
}

struct set_case {
    const char *role;
    const char *variable;
    const char *value;
    const char *tail; /* what stands behind SET */
};

/* As pg_dump writes them; the values as pg_db_role_setting has them. */
static const struct set_case sets[] = {
    {NULL, "work_mem", "64MB", "\"work_mem\" TO '64MB'"},
    {NULL, "TimeZone", "Europe/Berlin", "\"TimeZone\" TO 'Europe/Berlin'"},
    {NULL, "application_name", "it's \\ x", "\"application_name\" TO  E'it''s \\\\ x'"},
    {NULL, "application_name", "", "\"application_name\" TO ''"},
    {NULL, "app.current.mode", "a=b", "\"app\".\"current\".\"mode\" TO 'a=b'"},
    {NULL, "DateStyle", "ISO, DMY", "\"DateStyle\" TO 'ISO, DMY'"},
    {NULL, "search_path", "public", "\"search_path\" TO 'public'"},
    {NULL, "search_path", "\"$user\", public", "\"search_path\" TO '$user', 'public'"},
    {NULL, "search_path", "\"a, b\", \"c\"\"d\", \"it's\"",
     "\"search_path\" TO 'a, b', 'c\"d', 'it''s'"},
    {NULL, "search_path", "\"\"", "\"search_path\" TO ''"},
    {NULL, "search_path", "\"back\\slash\", x", "\"search_path\" TO  E'back\\\\slash', 'x'"},
    {NULL, "Search_Path", "a, b", "\"Search_Path\" TO 'a', 'b'"},
    {NULL, "temp_tablespaces", "fast, \"slow disk\"",
     "\"temp_tablespaces\" TO 'fast', 'slow disk'"},
    {NULL, "session_preload_libraries", "a, \"$libdir/b\"",
     "\"session_preload_libraries\" TO 'a', '$libdir/b'"},
    {NULL, "local_preload_libraries", "a", "\"local_preload_libraries\" TO 'a'"},
    {"Some Role", "role", "none", "\"role\" TO 'none'"},
};

/* A search_path that is copied as one name makes every table of the clone invisible. */
static void test_settings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        struct strbuf expected OWNED(strbuf_release) = {0};

        if (sets[i].role != NULL)
            strbuf_printf(&expected, "ALTER ROLE \"%s\" IN DATABASE \"d\" SET %s", sets[i].role,
                          sets[i].tail);
        else
            strbuf_printf(&expected, "ALTER DATABASE \"d\" SET %s", sets[i].tail);
        assert_sql(sql_set("d", sets[i].role, sets[i].variable, sets[i].value), expected.data);
    }
}

/* Between the renames nobody finds the name without a database, nor a database without its mark. */
static void test_statements_of_swaps(void **state)
{
    (void)state;
    assert_sql(sql_allow_connections(ODD, false),
               "ALTER DATABASE " ODD_NAME " ALLOW_CONNECTIONS false");
    assert_sql(sql_allow_connections("d", true), "ALTER DATABASE \"d\" ALLOW_CONNECTIONS true");
    assert_sql(sql_swap("now", "old", ODD, ODD),
               "ALTER DATABASE \"now\" RENAME TO \"old\"; ALTER DATABASE " ODD_NAME
               " RENAME TO \"now\"; COMMENT ON DATABASE \"now\" IS " ODD_TEXT);
    assert_sql(sql_rename_and_comment("spare", ODD, "mark"),
               "ALTER DATABASE \"spare\" RENAME TO " ODD_NAME "; COMMENT ON DATABASE " ODD_NAME
               " IS 'mark'");
}

/* The statement that ends sessions is a program in a literal: a name like $pgclone$ would end one
 * in dollar quotes, and what stands behind it would be run. */
static void test_no_name_ends_the_statement_it_is_in(void **state)
{
    char *plain = sql_end_sessions("circ");
    char *odd = sql_end_sessions("$pgclone$; DROP DATABASE x; --");
    (void)state;

    assert_int_equal(strncmp(plain, "DO 'DECLARE leaving int[]; BEGIN ", 33), 0);
    assert_non_null(strstr(plain, "d.datname = ''circ'' AND"));
    assert_non_null(strstr(odd, "d.datname = ''$pgclone$; DROP DATABASE x; --'' AND"));
    assert_string_equal(odd + strlen(odd) - 10, "END LOOP; END'" + 4);
    free(plain);
    free(odd);
    plain = sql_end_sessions("it's \\");
    assert_int_equal(strncmp(plain, "DO  E'DECLARE", 13), 0);
    assert_non_null(strstr(plain, "d.datname =  E''it''''s \\\\\\\\'' AND"));
    free(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quoting_is_libpqs),
        cmocka_unit_test(test_statements),
        cmocka_unit_test(test_create_database),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_statements_of_swaps),
        cmocka_unit_test(test_no_name_ends_the_statement_it_is_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
