/* What is connected with. Wrong URLs are in test_url_secrets.c, the environment and services in
 * test_url_defaults.c. */
// links: clean_environment.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "clean_environment.h"
#include "pgclone/postgres/url.h"

static int setup(void **state)
{
    (void)state;
    clean_environment();
    return 0;
}

static void parse(const char *text, struct url *url)
{
    struct error err OWNED(error_release) = {0};

    if (!url_parse(text, url, &err))
        fail_msg("%s: %s", text, err.message);
}

static const char *value_of(const struct url_connection *connection, const char *keyword)
{
    const char *found = NULL;

    for (size_t i = 0; connection->keywords[i] != NULL; i++)
        if (strcmp(connection->keywords[i], keyword) == 0) {
            assert_null(found);
            found = connection->values[i];
        }
    return found;
}

/* Connected to the wrong database, or with names in another encoding, the wrong ones are dropped.
 */
static void test_what_is_connected_with(void **state)
{
    struct url_connection connection OWNED(url_connection_release) = {0};
    struct url url OWNED(url_release) = {0};
    (void)state;

    setenv("PGUSER", "from_environment", 1);
    parse("postgresql://h:5433/app?client_encoding=LATIN1&application_name=mine&sslmode=disable",
          &url);
    unsetenv("PGUSER");
    url_connection_init(&url, "postgres", &connection);
    assert_string_equal(value_of(&connection, "dbname"), "postgres");
    assert_string_equal(value_of(&connection, "client_encoding"), "UTF8");
    assert_string_equal(value_of(&connection, "host"), "h");
    assert_string_equal(value_of(&connection, "port"), "5433");
    assert_string_equal(value_of(&connection, "sslmode"), "disable");
    assert_string_equal(value_of(&connection, "application_name"), "mine");
    assert_string_equal(value_of(&connection, "fallback_application_name"), "pgclone");
    assert_null(value_of(&connection, "user")); /* libpq finds it by itself */
}

/* A name that the user gave to the session is not covered by ours. */
static void test_own_fallback_name_stays(void **state)
{
    struct url_connection connection OWNED(url_connection_release) = {0};
    struct url url OWNED(url_release) = {0};
    (void)state;

    parse("fallback_application_name=mine", &url);
    url_connection_init(&url, "postgres", &connection);
    assert_string_equal(value_of(&connection, "fallback_application_name"), "mine");
}

/* A server that does not answer is given up after what connect_timeout says, as libpq reads it. */
static void test_connect_timeout(void **state)
{
    static const struct {
        const char *text;
        const char *environment;
        int timeout_ms;
    } cases[] = {
        {"", NULL, 10000},
        {"", "7", 7000},
        {"connect_timeout=3", "7", 3000},
        {"connect_timeout=2", NULL, 2000},
        {"connect_timeout=1", NULL, 2000},
        {"connect_timeout=0", NULL, 3600000},
        {"connect_timeout=-1", NULL, 3600000},
        {"connect_timeout=999999999999", NULL, 3600000},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct url url OWNED(url_release) = {0};

        if (cases[i].environment != NULL)
            setenv("PGCONNECT_TIMEOUT", cases[i].environment, 1);
        parse(cases[i].text, &url);
        assert_int_equal(url_connect_timeout_ms(&url), cases[i].timeout_ms);
        unsetenv("PGCONNECT_TIMEOUT");
    }
}

/* A secret that is not in the list shows in the log of a CI job. */
static void test_secrets(void **state)
{
    struct strings secrets OWNED(strings_release) = {0};
    struct url url OWNED(url_release) = {0};
    (void)state;

    parse("postgresql://u:p%40@h/d?sslpassword=of%20key&sslmode=disable", &url);
    url_add_secrets(&url, &secrets);
    assert_int_equal(secrets.count, 2);
    assert_true(strings_contain(&secrets, "p@"));
    assert_true(strings_contain(&secrets, "of key"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_what_is_connected_with, setup),
        cmocka_unit_test_setup(test_own_fallback_name_stays, setup),
        cmocka_unit_test_setup(test_connect_timeout, setup),
        cmocka_unit_test_setup(test_secrets, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
