/* URLs that are printed: what libpq reads out of them is what was configured. */
// links: clean_environment.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "clean_environment.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
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

static char *print(const char *text, const char *database, enum url_password password)
{
    struct url url OWNED(url_release) = {0};

    parse(text, &url);
    return url_for_database(&url, database, password);
}

struct print_case {
    const char *text;
    const char *shown;
    const char *masked; /* NULL: as shown */
};

static const struct print_case prints[] = {
    {"", "postgresql:///d", NULL},
    {"postgresql://", "postgresql:///d", NULL},
    {"postgres://h", "postgres://h/d", NULL},
    {"postgresql://h/x", "postgresql://h/d", NULL},
    {"postgresql://u@h:5433/x", "postgresql://u@h:5433/d", NULL},
    {"postgresql://u:p@h", "postgresql://u:p@h/d", "postgresql://u:***@h/d"},
    {"postgresql://:p@h", "postgresql://:p@h/d", "postgresql://:***@h/d"},
    {"postgresql://u@/x", "postgresql://u@/d", NULL},
    {"postgresql://u:p%40%3a%2f@h", "postgresql://u:p%40%3A%2F@h/d", "postgresql://u:***@h/d"},
    {"postgresql://%C3%BC@h", "postgresql://%C3%BC@h/d", NULL},
    {"postgresql://h?sslmode=disable&connect_timeout=3",
     "postgresql://h/d?connect_timeout=3&sslmode=disable", NULL},
    {"postgresql://h/?options=-c%20a%3Db%26c", "postgresql://h/d?options=-c%20a%3Db%26c", NULL},
    {"postgresql://h/?sslpassword=s", "postgresql://h/d?sslpassword=s",
     "postgresql://h/d?sslpassword=***"},
    {"postgresql://h/?user=u&password=p", "postgresql://u:p@h/d", "postgresql://u:***@h/d"},
    /* IPv6, with a zone, too. */
    {"postgresql://[::1]:5433/x", "postgresql://[::1]:5433/d", NULL},
    {"postgresql://[fe80::1%25eth0]/x", "postgresql://[fe80::1%25eth0]/d", NULL},
    {"host=::1", "postgresql://[::1]/d", NULL},
    /* Several hosts. */
    {"postgresql://a:1,b:2,[::1]:3/x", "postgresql://a:1,b:2,[::1]:3/d", NULL},
    {"postgresql://a,b/x", "postgresql://a,b/d", NULL},
    {"postgresql://a:1,b/x", "postgresql://a:1,b/d", NULL},
    {"postgresql://a,b:2/x", "postgresql://a,b:2/d", NULL},
    {"host=a,b port=5433", "postgresql://a:5433,b:5433/d", NULL},
    {"host=a,b,c port=1,,3", "postgresql://a:1,b,c:3/d", NULL},
    /* Sockets, and hosts that cannot stand before the path. */
    {"host=/var/run/postgresql", "postgresql:///d?host=%2Fvar%2Frun%2Fpostgresql", NULL},
    {"postgresql://%2Ftmp:5433/x", "postgresql:///d?host=%2Ftmp&port=5433", NULL},
    {"postgresql:///x?host=/tmp&port=5433", "postgresql:///d?host=%2Ftmp&port=5433", NULL},
    {"host=@abstract user=u", "postgresql://u@/d?host=%40abstract", NULL},
    {"host=a,/tmp port=1,2", "postgresql:///d?host=a%2C%2Ftmp&port=1%2C2", NULL},
    {"host=a,,b", "postgresql:///d?host=a%2C%2Cb", NULL},
    {"hostaddr=192.0.2.1 host=h", "postgresql://h/d?hostaddr=192.0.2.1", NULL},
    {"hostaddr=192.0.2.1", "postgresql:///d?hostaddr=192.0.2.1", NULL},
    {"port=5433", "postgresql:///d?port=5433", NULL},
    /* key=value strings with quotes and backslashes. */
    {"host=h password='it\\'s \\\\ x' user = u", "postgresql://u:it%27s%20%5C%20x@h/d",
     "postgresql://u:***@h/d"},
    {"host=h user=\\'u\\'", "postgresql://%27u%27@h/d", NULL},
    {"host='' dbname='x'", "postgresql:///d", NULL},
    {"host=h fallback_application_name=f", "postgresql://h/d", NULL},
};

/* A URL that is printed wrong sends the tests to another server, or nowhere, or shows a password.
 */
static void test_printed_urls(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof prints / sizeof prints[0]; i++) {
        const struct print_case *one = &prints[i];
        char *shown OWNED(memory_free_string) = print(one->text, "d", URL_PASSWORD_SHOWN);
        char *masked OWNED(memory_free_string) = print(one->text, "d", URL_PASSWORD_MASKED);

        assert_string_equal(shown, one->shown);
        assert_string_equal(masked, one->masked != NULL ? one->masked : one->shown);
    }
}

/* ------------------------------------------------------------------------------------ round trip
 */

static const char *option(const PQconninfoOption *options, const char *keyword)
{
    for (; options->keyword != NULL; options++)
        if (strcmp(options->keyword, keyword) == 0)
            return options->val != NULL ? options->val : "";
    return "";
}

/* libpq reads the same out of what is printed as out of what was configured. */
static void assert_round_trip(const char *text, const char *database)
{
    static const char *const spelled_anew[] = {"dbname", "port", "fallback_application_name"};
    char *printed OWNED(memory_free_string) = print(text, database, URL_PASSWORD_SHOWN);
    PQconninfoOption *before = PQconninfoParse(text, NULL);
    PQconninfoOption *after = PQconninfoParse(printed, NULL);

    assert_non_null(before);
    if (after == NULL)
        fail_msg("libpq cannot read \"%s\"", printed);
    assert_string_equal(option(after, "dbname"), database);
    for (const PQconninfoOption *one = before; one->keyword != NULL; one++) {
        bool same = strcmp(option(after, one->keyword), one->val != NULL ? one->val : "") == 0;

        for (size_t i = 0; i < 3; i++)
            same = same || strcmp(one->keyword, spelled_anew[i]) == 0;
        if (!same)
            fail_msg("%s of \"%s\" became %s in \"%s\"", one->keyword, text,
                     option(after, one->keyword), printed);
    }
    assert_int_equal(strspn(printed,
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                            "-._~%:/?&=@,[]"),
                     strlen(printed));
    PQconninfoFree(before);
    PQconninfoFree(after);
}

static void test_round_trip_of_all_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof prints / sizeof prints[0]; i++)
        assert_round_trip(prints[i].text, "circ_gw0");
}

/* Every byte that can be in a password, a user's name, a database's name or a parameter: the one
 * that is not encoded is the one in somebody's password. */
static void test_round_trip_of_every_byte(void **state)
{
    (void)state;
    for (int byte = 1; byte < 256; byte++) {
        const char database[] = {'a', (char)byte, 'b', '\0'};
        struct strbuf text OWNED(strbuf_release) = {0};

        strbuf_printf(&text, "postgresql://u%%%02x:p%%%02xq@h/x?application_name=n%%%02xm", byte,
                      byte, byte);
        assert_round_trip(text.data, database);
        strbuf_clear(&text);
        strbuf_printf(&text, "postgresql:///x?host=/tmp/%%%02x&passfile=%%%02x", byte, byte);
        if (byte != ',')
            assert_round_trip(text.data, database);
    }
    assert_round_trip("postgresql://h", "D\xc3\xbcsseldorf \xf0\x9f\x90\x98 100% a/b?c#d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_printed_urls, setup),
        cmocka_unit_test_setup(test_round_trip_of_all_cases, setup),
        cmocka_unit_test_setup(test_round_trip_of_every_byte, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
