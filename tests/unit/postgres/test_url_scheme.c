/* URLs as applications have them: with their driver's name in the scheme. */
// links: clean_environment.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "clean_environment.h"
#include "pgclone/base/memory.h"
#include "pgclone/postgres/url.h"
#include "pgclone/postgres/url_scheme.h"

static int setup(void **state)
{
    (void)state;
    clean_environment();
    return 0;
}

/* The tests' driver is chosen by the scheme, so it has to come back; libpq must not see it. */
static void test_scheme_comes_back(void **state)
{
    static const struct {
        const char *text;
        const char *printed;
    } cases[] = {
        {"postgres://u:p%40@h:5433/x", "postgres://u:p%40@h:5433/d"},
        {"postgresql+psycopg2://u:p%40@h:5433/x?sslmode=disable",
         "postgresql+psycopg2://u:p%40@h:5433/d?sslmode=disable"},
        {"postgresql+asyncpg://h", "postgresql+asyncpg://h/d"},
        {"postgres+psycopg://h", "postgres+psycopg://h/d"},
        {"postgresql+psycopg2_cffi://", "postgresql+psycopg2_cffi:///d"},
        {"postgresql+pg8000:///x?host=/tmp", "postgresql+pg8000:///d?host=%2Ftmp"},
        /* No URLs, whatever stands in their values. */
        {"host=h", "postgresql://h/d"},
        {"host=h application_name=a://b", "postgresql://h/d?application_name=a%3A%2F%2Fb"},
        {"", "postgresql:///d"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct url url OWNED(url_release) = {0};
        struct error err OWNED(error_release) = {0};
        char *printed OWNED(memory_free_string) = NULL;

        if (!url_parse(cases[i].text, &url, &err))
            fail_msg("%s: %s", cases[i].text, err.message);
        printed = url_for_database(&url, "d", URL_PASSWORD_SHOWN);
        assert_string_equal(printed, cases[i].printed);
    }
}

/* A URL that only another program can read: what to write in its place must be said. */
static void test_foreign_schemes(void **state)
{
    static const struct {
        const char *text;
        const char *part; /* what the message quotes */
        const char *advice;
    } cases[] = {
        {"jdbc:postgresql://h/d?user=u&password=Zq7x", "\"jdbc:\"", "user and password before"},
        {"jdbc:postgresql:d", "\"jdbc:\"", "postgresql://USER"},
        {"mysql://u:Zq7x@h/d", "\"mysql://\"", "For a PostgreSQL server"},
        {"ecto://u:Zq7x@h/d", "\"ecto://\"", "\"postgresql://\" in its place"},
        {"postgis://u:Zq7x@h/d", "\"postgis://\"", "\"postgresql://\" in its place"},
        {"psql://u:Zq7x@h/d", "\"psql://\"", "\"postgresql://\" in its place"},
        {"postgresql+://h/d", "\"postgresql+://\"", "\"postgresql://\" in its place"},
        {"postgresqlx://h/d", "\"postgresqlx://\"", "\"postgresql://\" in its place"},
        {"aaaaaaaaaabbbbbbbbbbccccccccccdddddddddde://h", "ccdddddddddd://\"", "in its place"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct url url OWNED(url_release) = {0};
        struct error err OWNED(error_release) = {0};

        assert_false(url_parse(cases[i].text, &url, &err));
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_null(url.scheme);
        assert_non_null(strstr(err.message, cases[i].part));
        assert_non_null(strstr(err.hint, cases[i].advice));
        assert_null(strstr(err.message, "Zq7x"));
        assert_null(strstr(err.hint, "Zq7x"));
    }
}

/* A server of the run's own is reached by the same driver as the configured one. */
static void test_scheme_is_given_to_another_url(void **state)
{
    static const struct {
        const char *text;
        const char *given;
    } cases[] = {
        {"postgresql+asyncpg://u:p@h/x", "postgresql+asyncpg://me@/d?host=%2Ftmp"},
        {"postgres://", "postgres://me@/d?host=%2Ftmp"},
        {"host=h", "postgresql://me@/d?host=%2Ftmp"},
        {"", "postgresql://me@/d?host=%2Ftmp"},
        {NULL, "postgresql://me@/d?host=%2Ftmp"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *given OWNED(memory_free_string) =
            url_scheme_give(cases[i].text, "postgresql://me@/d?host=%2Ftmp");

        assert_string_equal(given, cases[i].given);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_scheme_comes_back, setup),
        cmocka_unit_test_setup(test_foreign_schemes, setup),
        cmocka_unit_test(test_scheme_is_given_to_another_url),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
