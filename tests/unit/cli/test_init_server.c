/* Where a project says which server it uses; no password is taken from there. */
// links: scratch_folder.c
// links: clean_environment.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "clean_environment.h"
#include "pgclone/cli/init_found.h"
#include "scratch_folder.h"

static int setup(void **state)
{
    clean_environment();
    (void)unsetenv("DATABASE_URL");
    return scratch_setup(state);
}

static struct init_folder here(void)
{
    return (struct init_folder){.path = scratch_folder()};
}

struct server_case {
    const char *variable; /* DATABASE_URL; NULL: not set */
    const char *tree;
    const char *server; /* NULL: none */
    const char *database;
    bool has_variable;
};

#define SERVICE(lines) "compose.yaml=services:\n  web:\n    image: x\n  db:\n" lines ";"

static const struct server_case cases[] = {
    {"postgresql://app:geheim@db:5433/shop?sslpassword=geheim", "", "postgresql://app@db:5433/shop",
     "shop", true},
    {"postgresql+psycopg2://app@/shop?host=/run/pg", "",
     "postgresql+psycopg2://app@/shop?host=%2Frun%2Fpg", "shop", true},
    {"mysql://app@db/shop", "", NULL, NULL, false},
    {"host=db dbname=shop", "", NULL, NULL, false},
    {NULL, ".env=# DATABASE_URL=no\nexport DATABASE_URL=\"postgres://a:b@h/d\" # c;",
     "postgres://a@h/d", "d", true},
    {NULL, ".env=DATABASE_URL=postgres://${USER}@h/d;", NULL, NULL, false},
    {NULL, ".env=DATABASE_URL='postgres://h/a%22b%7D%24%7Bx%7D';",
     "postgres://h/a%22b%7D%24%7Bx%7D", "a\"b}${x}", true},
    {NULL, ".env=DATABASE_URL=postgres://h/a%01b;", "postgres://h/a%01b", NULL, true},
    {"postgres://one/x", ".env=DATABASE_URL=postgres://two/y;", "postgres://one/x", "x", true},
    {NULL,
     SERVICE("    image: postgres:16-alpine\n    ports: [\"127.0.0.1:5433:5432\"]\n"
             "    environment:\n      - POSTGRES_USER=app\n      - \"POSTGRES_DB=shop\"\n"
             "      - POSTGRES_PASSWORD=geheim\n"),
     "postgresql://app@localhost:5433/shop", "shop", false},
    {NULL,
     SERVICE("    environment:\n      POSTGRES_USER: ${DB_USER}\n    image: \"postgis/postgis\"\n"
             "    ports:\n      - '5434:5432'\n"),
     "postgresql://postgres@localhost:5434/postgres", "postgres", false},
    {NULL, SERVICE("    image: postgres-exporter-of-somebody/x\n"), NULL, NULL, false},
    {NULL, "compose.yml=volumes:\n  db:\n    image: postgres\n;", NULL, NULL, false},
    {NULL, "", NULL, NULL, false},
};

static void assert_text(const char *found, const char *expected)
{
    if (expected == NULL)
        assert_null(found);
    else
        assert_string_equal(found, expected);
}

static void check_case(const struct server_case *one)
{
    const struct init_folder folder = here();
    struct init_found found OWNED(init_found_release) = {0};

    if (one->variable != NULL)
        assert_int_equal(setenv("DATABASE_URL", one->variable, 1), 0);
    /* What libpq knows by itself is not the project's. */
    assert_int_equal(setenv("PGPASSWORD", "geheim", 1), 0);
    assert_int_equal(setenv("PGPORT", "7777", 1), 0);
    scratch_make_tree(one->tree);
    init_find(&folder, &found);
    assert_text(found.server, one->server);
    assert_text(found.database, one->database);
    assert_int_equal(found.has_variable, one->has_variable);
}

static void test_servers(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(setup(state), 0);
        check_case(&cases[i]);
        assert_int_equal(scratch_teardown(state), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_servers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
