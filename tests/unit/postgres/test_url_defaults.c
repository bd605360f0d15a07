/* What libpq's environment variables and service file add to the server URL. */
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

#include "pgclone/base/memory.h"
#include "pgclone/postgres/url.h"
#include "service_file.h"

static void assert_known(const struct url *url, const char *keyword, const char *value)
{
    const char *known = url_get(url, keyword);

    if (value == NULL)
        assert_null(known);
    else if (known == NULL)
        fail_msg("%s is not known", keyword);
    else
        assert_string_equal(known, value);
}

static void assert_printed(const struct url *url, const char *expected)
{
    char *printed OWNED(memory_free_string) = url_for_database(url, "d", URL_PASSWORD_SHOWN);

    assert_string_equal(printed, expected);
}

/* Who configured nothing gets nothing made up: libpq's fall-backs (the operating system's user) are
 * not what a test in a container would connect with. */
static void test_nothing_configured(void **state)
{
    static const char *const texts[] = {NULL, "", "postgresql://"};
    (void)state;

    for (size_t i = 0; i < 3; i++) {
        struct url url OWNED(url_release) = {0};

        assert_true(url_parse(texts[i], &url, NULL));
        assert_known(&url, "user", NULL);
        assert_known(&url, "dbname", NULL);
        assert_known(&url, "host", NULL);
        assert_printed(&url, "postgresql:///d");
    }
}

/* The tests are to reach the server that psql would reach in the same shell. */
static void test_environment_fills_in(void **state)
{
    struct url url OWNED(url_release) = {0};
    (void)state;

    setenv("PGHOST", "env.example", 1);
    setenv("PGPORT", "6000", 1);
    setenv("PGUSER", "eu", 1);
    setenv("PGPASSWORD", "e:p", 1);
    setenv("PGDATABASE", "edb", 1);
    setenv("PGSSLMODE", "disable", 1);
    assert_true(url_parse("", &url, NULL));
    assert_known(&url, "dbname", "edb");
    assert_printed(&url, "postgresql://eu:e%3Ap@env.example:6000/d");
}

/* What stands in the URL is meant, whatever the shell has. */
static void test_url_wins_over_environment(void **state)
{
    struct url url OWNED(url_release) = {0};
    (void)state;

    setenv("PGHOST", "env.example", 1);
    setenv("PGPORT", "6000", 1);
    setenv("PGUSER", "eu", 1);
    setenv("PGDATABASE", "edb", 1);
    assert_true(url_parse("postgresql://u@h/x", &url, NULL));
    assert_known(&url, "dbname", "x");
    assert_printed(&url, "postgresql://u@h:6000/d");
}

/* An empty variable is none, as in libpq, and so is an empty part of the URL. */
static void test_empty_is_unset(void **state)
{
    struct url url OWNED(url_release) = {0};
    (void)state;

    setenv("PGDATABASE", "", 1);
    setenv("PGUSER", "", 1);
    assert_true(url_parse("postgresql://h/", &url, NULL));
    assert_known(&url, "dbname", NULL);
    assert_known(&url, "user", NULL);
}

/* Drivers without libpq know no service files: what stands there goes into the URL. */
static void test_service_in_the_url(void **state)
{
    static const char *const texts[] = {"service=one", "postgresql:///?service=one"};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct url url OWNED(url_release) = {0};

        assert_true(url_parse(texts[i], &url, NULL));
        assert_known(&url, "dbname", "sdb");
        assert_int_equal(url_connect_timeout_ms(&url), 4000);
        assert_printed(&url, "postgresql://su:sp@service.example:6543/d?connect_timeout=4");
        assert_null(getenv("PGSERVICE"));
    }
}

/* The same for PGSERVICE, and the URL's own parts still win. */
static void test_service_in_the_environment(void **state)
{
    struct url url OWNED(url_release) = {0};
    (void)state;

    setenv("PGSERVICE", "one", 1);
    assert_true(url_parse("host=h dbname=x", &url, NULL));
    assert_known(&url, "dbname", "x");
    assert_printed(&url, "postgresql://su:sp@h:6543/d?connect_timeout=4");
}

/* The URL's service counts, and the environment is afterwards what it was. */
static void test_service_of_the_url_wins(void **state)
{
    struct url url OWNED(url_release) = {0};
    (void)state;

    setenv("PGSERVICE", "one", 1);
    assert_true(url_parse("service=two user=u", &url, NULL));
    assert_printed(&url, "postgresql://u@/d?host=%2Ftmp");
    assert_string_equal(getenv("PGSERVICE"), "one");
}

/* The service wins over the environment, also where it says what libpq does anyway: a printed URL
 * without its port leads whoever has PGPORT to another server. */
static void test_what_a_service_says_again(void **state)
{
    struct url url OWNED(url_release) = {0};
    (void)state;

    setenv("PGPORT", "6000", 1);
    setenv("PGSSLMODE", "require", 1);
    assert_true(url_parse("service=plain", &url, NULL));
    assert_printed(&url, "postgresql://pu@plain.example:5432/d?sslmode=prefer");
}

/* libpq takes the service from the connection string: our values must not be sent as well. */
static void test_service_is_left_to_libpq_when_connecting(void **state)
{
    struct url_connection connection OWNED(url_connection_release) = {0};
    struct url url OWNED(url_release) = {0};
    (void)state;

    assert_true(url_parse("service=one", &url, NULL));
    url_connection_init(&url, "postgres", &connection);
    assert_string_equal(connection.keywords[0], "service");
    assert_string_equal(connection.values[0], "one");
    for (size_t i = 0; connection.keywords[i] != NULL; i++)
        assert_string_not_equal(connection.keywords[i], "password");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, service_file_setup, service_file_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_configured),
        TEST(test_environment_fills_in),
        TEST(test_url_wins_over_environment),
        TEST(test_empty_is_unset),
        TEST(test_service_in_the_url),
        TEST(test_service_in_the_environment),
        TEST(test_what_a_service_says_again),
        TEST(test_service_of_the_url_wins),
        TEST(test_service_is_left_to_libpq_when_connecting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
