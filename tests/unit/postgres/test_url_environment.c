/* What a build's programs are told of the database: all that pgclone itself connects with. */
// links: clean_environment.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "clean_environment.h"
#include "pgclone/base/memory.h"
#include "pgclone/postgres/url_environment.h"

static int setup(void **state)
{
    (void)state;
    clean_environment();
    return 0;
}

static void environment(const char *text, struct strings *out)
{
    struct url url OWNED(url_release) = {0};
    struct error err OWNED(error_release) = {0};

    if (!url_parse(text, &url, &err))
        fail_msg("%s: %s", text, err.message);
    url_environment(&url, "scratch", "me", out);
}

/* Without this psql meets another server than the command does, or asks for a password. */
static void test_all_of_it(void **state)
{
    static const char *const expected[] = {
        "PGUSER=app",
        "PGPASSWORD=s 3cret",
        "PGDATABASE=scratch",
        "PGHOST=db",
        "PGPORT=5433",
        "PGSSLMODE=disable",
        "PGOPTIONS=-c a=b",
        "DATABASE_URL=postgresql+psycopg2://app:s%203cret@db:5433/"
        "scratch?options=-c%20a%3Db&keepalives=0&sslmode=disable",
    };
    struct strings out OWNED(strings_release) = {0};
    (void)state;

    environment("postgresql+psycopg2://app:s%203cret@db:5433/"
                "circ?sslmode=disable&options=-c%20a%3Db&keepalives=0",
                &out);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        if (!strings_contain(&out, expected[i]))
            fail_msg("%s is missing", expected[i]);
    assert_int_equal(out.count, sizeof expected / sizeof expected[0]);
}

/* Without this a tool that takes no defaults of libpq's (a driver of its own) finds no port or
 * user; and a host that nobody named is not made up. */
static void test_what_nobody_named(void **state)
{
    struct strings out OWNED(strings_release) = {0};
    (void)state;

    environment("", &out);
    assert_int_equal(out.count, 4);
    assert_true(strings_contain(&out, "PGUSER=me"));
    assert_true(strings_contain(&out, "PGPORT=5432"));
    assert_true(strings_contain(&out, "PGDATABASE=scratch"));
    assert_true(strings_contain(&out, "DATABASE_URL=postgresql:///scratch"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_all_of_it, setup),
        cmocka_unit_test_setup(test_what_nobody_named, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
