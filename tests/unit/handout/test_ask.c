/* Asking the run that a process is in. */
// links: scripted_run.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/handout/ask.h"
#include "scripted_run.h"

/* A test runner may itself run inside a run. */
static int setup(void **state)
{
    (void)state;
    return unsetenv("PGCLONE_SOCKET");
}

/* Names with spaces and quotes, and the empty id of a worker, arrive as they are. */
static void test_gets_what_the_run_answers(void **state)
{
    static const char *const answers[] = {
        "{\"worker\":\"\",\"name\":\"a b\",\"url\":\"postgresql://h/a%20b\"}",
        "{\"dropped\":\"x\"}", NULL};
    struct asked asked OWNED(asked_release) = {0};
    struct asked dropped OWNED(asked_release) = {0};
    (void)state;

    assert_null(ask_socket());
    scripted_run_begin(answers);
    assert_non_null(ask_socket());
    assert_true(ask_run("url", "", &asked, NULL));
    assert_string_equal(asked.worker, "");
    assert_string_equal(asked.name, "a b");
    assert_string_equal(asked.url, "postgresql://h/a%20b");
    assert_true(ask_run("drop", "a \"b\"", &dropped, NULL));
    assert_null(dropped.name);
    scripted_run_end("url \ndrop a \"b\"\n");
}

/* A refusal exits with the code that the run has given, and keeps its hint. */
static void test_a_refusal_is_an_error_of_its_kind(void **state)
{
    static const char *const answers[] = {"{\"error\":\"no\",\"hint\":null,\"exit\":4}",
                                          "{\"error\":\"busy\",\"hint\":\"Wait.\",\"exit\":5}",
                                          "{\"error\":\"odd\",\"hint\":null,\"exit\":99}",
                                          "no JSON", NULL};
    static const enum error_kind kinds[] = {ERROR_GUARD, ERROR_BUSY, ERROR_SERVER, ERROR_SYSTEM};
    (void)state;

    scripted_run_begin(answers);
    for (size_t i = 0; i < 4; i++) {
        struct asked asked OWNED(asked_release) = {0};
        struct error err OWNED(error_release) = {0};

        assert_false(ask_run("reset", "gw0", &asked, &err));
        assert_int_equal(err.kind, kinds[i]);
        assert_int_equal(err.hint != NULL, i == 1);
    }
    scripted_run_end("reset gw0\nreset gw0\nreset gw0\nreset gw0\n");
}

/* A run that is gone, or goes in the middle, is a lost connection, and never a success. */
static void test_a_run_that_is_gone_is_said(void **state)
{
    static const char *const none[] = {NULL};
    static const char *const paths[] = {"/no/such/socket",
                                        "/this/path/is/longer/than/the/address/of/"
                                        "a/Unix/socket/may/be/which/has/about/one/"
                                        "hundred/bytes/for/it"};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct asked asked OWNED(asked_release) = {0};
        struct error err OWNED(error_release) = {0};

        assert_int_equal(setenv("PGCLONE_SOCKET", paths[i], 1), 0);
        assert_false(ask_run("url", "gw0", &asked, &err));
        assert_int_equal(err.kind, ERROR_CONNECTION);
        assert_non_null(strstr(err.hint, "PGCLONE_SOCKET"));
    }
    scripted_run_begin(none);
    {
        struct asked asked OWNED(asked_release) = {0};
        struct error err OWNED(error_release) = {0};

        assert_false(ask_run("url", "gw0", &asked, &err));
        assert_int_equal(err.kind, ERROR_CONNECTION);
    }
    scripted_run_end("");
}

/* A line's end in a name would be a second request. */
static void test_a_name_is_one_line(void **state)
{
    struct asked asked OWNED(asked_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_false(ask_run("drop", "a\ndrop b", &asked, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_gets_what_the_run_answers, setup),
        cmocka_unit_test_setup(test_a_refusal_is_an_error_of_its_kind, setup),
        cmocka_unit_test_setup(test_a_run_that_is_gone_is_said, setup),
        cmocka_unit_test_setup(test_a_name_is_one_line, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
