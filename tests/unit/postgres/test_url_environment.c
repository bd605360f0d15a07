/* What a build's programs are told of the database: all that pgclone itself connects with. */
// links: clean_environment.c
// links: scratch_folder.c
// links: service_file.c
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
#include "service_file.h"

static int setup(void **state)
{
    (void)state;
    clean_environment();
    return 0;
}

/* Exactly these. */
static void assert_variables(const struct strings *out, const char *const *expected, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!strings_contain(out, expected[i]))
            fail_msg("%s is missing", expected[i]);
    assert_int_equal(out->count, count);
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
    assert_variables(&out, expected, sizeof expected / sizeof expected[0]);
}

/* Without this a tool that takes no defaults of libpq's (a driver of its own) finds no port or
 * user; and a host that nobody named is not made up. */
static void test_what_nobody_named(void **state)
{
    static const char *const expected[] = {"PGUSER=me", "PGPORT=5432", "PGDATABASE=scratch",
                                           "DATABASE_URL=postgresql:///scratch"};
    struct strings out OWNED(strings_release) = {0};
    (void)state;

    environment("", &out);
    assert_variables(&out, expected, sizeof expected / sizeof expected[0]);
}

/* Without this the programs are led by the service to the database that it names, or, as drivers of
 * their own do, to none: they know no service files. */
static void test_service_in_the_url(void **state)
{
    static const char *const texts[] = {"service=one", "postgresql:///circ?service=one"};
    static const char *const expected[] = {
        "PGUSER=su",
        "PGPASSWORD=sp",
        "PGDATABASE=scratch",
        "PGHOST=service.example",
        "PGPORT=6543",
        "PGCONNECT_TIMEOUT=4",
        "DATABASE_URL=postgresql://su:sp@service.example:6543/scratch?connect_timeout=4",
    };
    (void)state;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct strings out OWNED(strings_release) = {0};

        environment(texts[i], &out);
        assert_variables(&out, expected, sizeof expected / sizeof expected[0]);
    }
}

/* Without this a variable of the caller's wins over the service in the programs, but not in
 * pgclone, and the two meet different servers. */
static void test_service_that_says_what_libpq_does_anyway(void **state)
{
    static const char *const expected[] = {
        "PGUSER=pu",
        "PGDATABASE=scratch",
        "PGHOST=plain.example",
        "PGPORT=5432",
        "PGSSLMODE=prefer",
        "DATABASE_URL=postgresql://pu@plain.example:5432/scratch?sslmode=prefer",
    };
    struct strings out OWNED(strings_release) = {0};
    (void)state;

    setenv("PGPORT", "6000", 1);
    setenv("PGSSLMODE", "require", 1);
    environment("service=plain", &out);
    assert_variables(&out, expected, sizeof expected / sizeof expected[0]);
}

int main(void)
{
#define SERVICE_TEST(name)                                                                         \
    cmocka_unit_test_setup_teardown(name, service_file_setup, service_file_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_all_of_it, setup),
        cmocka_unit_test_setup(test_what_nobody_named, setup),
        SERVICE_TEST(test_service_in_the_url),
        SERVICE_TEST(test_service_that_says_what_libpq_does_anyway),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
