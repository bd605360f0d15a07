/* Requests: what is one is read whole, and what is none is refused with the list of those there
 * are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/handout/request.h"

static void assert_request(const char *line, enum request_kind kind, const char *name)
{
    struct request request OWNED(request_release) = {0};
    struct error err OWNED(error_release) = {0};

    if (!request_parse(line, &request, &err))
        fail_msg("%s: %s", line, err.message);
    assert_int_equal(request.kind, kind);
    if (name == NULL)
        assert_null(request.name);
    else
        assert_string_equal(request.name, name);
}

/* A shell can write them, and a name is whatever stands behind the space. */
static void test_requests(void **state)
{
    (void)state;
    assert_request("take", REQUEST_TAKE, NULL);
    assert_request("take mine", REQUEST_TAKE, "mine");
    assert_request("create a b", REQUEST_CREATE, "a b");
    assert_request("drop  x ", REQUEST_DROP, " x ");
    assert_request("reset gw0", REQUEST_RESET, "gw0");
    assert_request("url \"'\\", REQUEST_URL, "\"'\\");
    assert_request("status", REQUEST_STATUS, NULL);
}

/* The first worker of parallel_tests has an empty id. */
static void test_a_name_may_be_empty(void **state)
{
    (void)state;
    assert_request("url ", REQUEST_URL, "");
    assert_request("reset ", REQUEST_RESET, "");
}

static void test_what_is_none(void **state)
{
    static const struct {
        const char *line;
        const char *message;
    } cases[] = {
        {"", "unknown request"},
        {" ", "unknown request"},
        {"Take", "unknown request"},
        {"tak", "unknown request"},
        {"takes", "unknown request"},
        {"take\t", "unknown request"},
        {"status\r", "unknown request"},
        {"create", "the request \"create\" needs a name"},
        {"drop", "the request \"drop\" needs a name"},
        {"reset", "the request \"reset\" needs a name"},
        {"url", "the request \"url\" needs a name"},
        {"status ", "the request \"status\" goes without a name"},
        {"take \xff", "the request is not valid UTF-8"},
        {"\x80", "the request is not valid UTF-8"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct request request OWNED(request_release) = {0};
        struct error err OWNED(error_release) = {0};

        assert_false(request_parse(cases[i].line, &request, &err));
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_string_equal(err.message, cases[i].message);
        assert_non_null(strstr(err.hint, "take [NAME], create NAME, drop NAME, reset WORKER, "));
        assert_null(request.name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_a_name_may_be_empty),
        cmocka_unit_test(test_what_is_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
