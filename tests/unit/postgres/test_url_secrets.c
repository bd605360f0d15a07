/* Connection strings that libpq cannot read: the error helps, and never holds the password. */
// links: clean_environment.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <string.h>

#include "clean_environment.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/postgres/url.h"

static int setup(void **state)
{
    (void)state;
    clean_environment();
    return 0;
}

/* Four bytes of a password in a log are four too many. */
#define WINDOW 4

/* Whether `text` holds any WINDOW letters and digits that stand together in the secret. */
static bool reveals(const char *text, const char *secret)
{
    size_t length = strlen(secret);

    for (size_t i = 0; text != NULL && i + WINDOW <= length; i++) {
        char window[WINDOW + 1] = "";
        bool plain = true;

        memcpy(window, secret + i, WINDOW);
        for (size_t j = 0; j < WINDOW; j++)
            plain = plain && isalnum((unsigned char)window[j]);
        if (plain && strstr(text, window) != NULL)
            return true;
    }
    return false;
}

/* Returns whether libpq refused it. */
static bool check(const char *text, const char *secret)
{
    struct url url OWNED(url_release) = {0};
    struct error err OWNED(error_release) = {0};

    if (url_parse(text, &url, &err)) {
        assert_false(error_is_set(&err));
        return false;
    }
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_null(url.parameters);
    if (reveals(err.message, secret) || reveals(err.detail, secret) || reveals(err.hint, secret))
        fail_msg("\"%s\" is revealed by \"%s\"", text, err.message);
    return true;
}

/* Every mistake of one key stroke at every position: a byte too many, too few, or another. */
static size_t check_mistakes(const char *text, const char *secret)
{
    static const char strokes[] = " '\"\\%:/?#[]@&=,;\n\xc3x";
    size_t length = strlen(text);
    size_t refused = 0;

    for (size_t at = 0; at <= length; at++) {
        struct strbuf one OWNED(strbuf_release) = {0};

        strbuf_add_bytes(&one, text, at);
        refused += check(strbuf_text(&one), secret);
        if (at < length)
            strbuf_add(&one, text + at + 1);
        refused += check(strbuf_text(&one), secret);
        for (const char *stroke = strokes; *stroke != '\0'; stroke++)
            for (size_t skip = 0; skip < 2 && at + skip <= length; skip++) {
                strbuf_clear(&one);
                strbuf_add_bytes(&one, text, at);
                strbuf_add_char(&one, *stroke);
                strbuf_add(&one, text + at + skip);
                refused += check(strbuf_text(&one), secret);
            }
    }
    return refused;
}

/* Wherever the mistake is, a CI log that everybody can read does not get the password. */
static void test_no_mistake_reveals_the_password(void **state)
{
    static const struct {
        const char *text;
        const char *secret;
    } cases[] = {
        {"postgresql://user:Zq7xVw9kLm3p@db.example:5432/app?sslmode=require", "Zq7xVw9kLm3p"},
        {"postgresql+psycopg2://user:Zq7xVw9kLm3p@db.example/app?pool=5", "Zq7xVw9kLm3p"},
        {"jdbc:postgresql://db/app?user=u&password=Zq7xVw9kLm3p", "Zq7xVw9kLm3p"},
        {"postgresql://user:Zq7xVw%409kLm3p@[::1]:5432/app", "Zq7xVw%409kLm3p"},
        {"postgresql://user@db/app?sslmode=disable&password=Zq7xVw9kLm3p", "Zq7xVw9kLm3p"},
        {"postgresql://user@db/app?password=Zq7xVw9kLm3p&sslmode=disable", "Zq7xVw9kLm3p"},
        {"postgresql://user@db/app?sslpassword=Zq7xVw9kLm3p", "Zq7xVw9kLm3p"},
        {"host=db user=u password=Zq7xVw9kLm3p dbname=app", "Zq7xVw9kLm3p"},
        {"host=db password='Zq7xVw9kLm3p' user=u", "Zq7xVw9kLm3p"},
        /* Passwords that should have been encoded. */
        {"postgresql://user:Zq7x?Vw9k=Lm3p@db/app", "Zq7x?Vw9k=Lm3p"},
        {"postgresql://user:Zq7x/Vw9k?Lm3p=Rt5y@db/app", "Zq7x/Vw9k?Lm3p=Rt5y"},
        {"postgresql://user:Zq7x/Vw9k?Lm3p=Rt5y", "Zq7x/Vw9k?Lm3p=Rt5y"},
        {"postgresql://user:Zq7x%Vw9k@db/app", "Zq7x%Vw9k"},
        {"postgresql://user:[Zq7xVw9k@db/app", "[Zq7xVw9k"},
        {"postgresql://u@db/app?password=Zq7x&Vw9k=Lm3p", "Zq7x&Vw9k=Lm3p"},
        {"postgresql://u@db/app?PASSWORD=Zq7x&Vw9k=Lm3p", "Zq7x&Vw9k=Lm3p"},
        {"host=db password=Zq7x Vw9k user=u", "Zq7x Vw9k"},
        {"host=db password=Zq7x Vw9k=Lm3p user=u", "Zq7x Vw9k=Lm3p"},
        {"host=db password='Zq7x'Vw9kLm3p'", "Zq7x'Vw9kLm3p"},
    };
    size_t refused = 0;
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        refused += check_mistakes(cases[i].text, cases[i].secret);
    assert_true(refused > 2000);
}

/* Without the name one has to compare the whole URL with libpq's manual. */
static void test_unknown_parameter_is_named_where_it_is_safe(void **state)
{
    static const struct {
        const char *text;
        bool named;
    } cases[] = {
        {"postgresql://h/d?sslmod=disable", true},
        {"postgresql://u:p@h:5432/d?sslmod=disable", true},
        {"postgresql://u@h/d?sslmode=disable&sslmod=1", true},
        {"postgresql://u:p/d?sslmod=disable", false},
        {"postgresql://u:p/d?sslmod=disable@h", false},
        {"postgresql://h/d?password=x&sslmod=y", false},
        {"postgresql://h/d?p%61ssword=x&sslmod=y", false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct url url OWNED(url_release) = {0};
        struct error err OWNED(error_release) = {0};

        assert_false(url_parse(cases[i].text, &url, &err));
        assert_int_equal(strstr(err.message, "sslmod") != NULL, cases[i].named);
        assert_non_null(strstr(err.message, "invalid URI query parameter"));
    }
}

/* Frameworks put settings of their own into the URL: which one is in the way, and what to do. */
static void test_parameters_of_drivers_are_to_be_left_out(void **state)
{
    static const struct {
        const char *text;
        const char *name;
    } cases[] = {
        {"postgresql://u:p@h/d?pool=5", "\"pool\""},
        {"postgresql://u:p@h/d?schema=public", "\"schema\""},
        {"postgres://u:p@h/d?sslmode=disable&connection_limit=1", "\"connection_limit\""},
        {"postgresql+asyncpg://u:p@h/d?serverVersion=15", "\"serverVersion\""},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct url url OWNED(url_release) = {0};
        struct error err OWNED(error_release) = {0};

        assert_false(url_parse(cases[i].text, &url, &err));
        assert_non_null(strstr(err.message, cases[i].name));
        assert_non_null(strstr(err.hint, "Leave it out"));
    }
}

/* What is said must help although it quotes nothing. */
static void test_errors_say_what_is_wrong(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"postgresql://u:p%zz@h", "invalid percent-encoded token"},
        {"postgresql://[::1/d", "end of string reached when looking for matching"},
        {"postgresql://h/d?x", "missing key/value separator"},
        {"host=h foo=bar", "invalid connection option"},
        {"host", "missing \"=\""},
        {"db.example:5432/app", "missing \"=\""},
        {"host='h", "unterminated quoted string in connection info string"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct url url OWNED(url_release) = {0};
        struct error err OWNED(error_release) = {0};

        assert_false(url_parse(cases[i].text, &url, &err));
        assert_non_null(strstr(err.message, "not a usable connection URL"));
        assert_ptr_equal(strstr(err.message, cases[i].message),
                         strstr(err.message, "string: ") + strlen("string: "));
        assert_non_null(err.hint);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_no_mistake_reveals_the_password, setup),
        cmocka_unit_test_setup(test_unknown_parameter_is_named_where_it_is_safe, setup),
        cmocka_unit_test_setup(test_parameters_of_drivers_are_to_be_left_out, setup),
        cmocka_unit_test_setup(test_errors_say_what_is_wrong, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
