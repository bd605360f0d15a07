#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>

#include "pgclone/base/error.h"

/* Without this a script cannot tell "try again" from "mend your settings" (contract, section 8). */
static void test_exit_codes(void **state)
{
    static const struct {
        enum error_kind kind;
        int signal;
        int code;
    } cases[] = {
        {ERROR_NONE, 0, 0},
        {ERROR_SERVER, 0, 1},
        {ERROR_SYSTEM, 0, 1},
        {ERROR_USAGE, 0, 2},
        {ERROR_CONNECTION, 0, 3},
        {ERROR_GUARD, 0, 4},
        {ERROR_BUSY, 0, 5},
        {ERROR_PRIVILEGE, 0, 6},
        {ERROR_INTERRUPTED, SIGINT, 130},
        {ERROR_INTERRUPTED, SIGTERM, 143},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct error err = {.kind = cases[i].kind, .signal = cases[i].signal};

        assert_int_equal(error_exit_code(&err), cases[i].code);
    }
}

/* Without this an old detail or hint stands under a new message. */
static void test_set_replaces_everything(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_false(error_is_set(&err));
    assert_false(error_set(&err, ERROR_SERVER, "%s of %d%%", "first", 1));
    assert_false(error_detail(&err, "Detail %d.", 1));
    assert_false(error_hint(&err, "Hint %d.", 1));
    assert_true(error_is_set(&err));
    assert_string_equal(err.message, "first of 1%");
    assert_string_equal(err.detail, "Detail 1.");
    assert_string_equal(err.hint, "Hint 1.");
    assert_false(error_detail(&err, "%s Again.", err.detail));
    assert_string_equal(err.detail, "Detail 1. Again.");
    assert_false(error_set(&err, ERROR_BUSY, "second after \"%s\"", err.message));
    assert_string_equal(err.message, "second after \"first of 1%\"");
    assert_int_equal(err.kind, ERROR_BUSY);
    assert_null(err.detail);
    assert_null(err.hint);
}

/* Without this a mistake does not say in which file or for which database it was made. */
static void test_prefix(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    error_set(&err, ERROR_USAGE, "not a number");
    assert_false(error_prefix(&err, "%s:%d: ", "pgclone.yaml", 7));
    assert_string_equal(err.message, "pgclone.yaml:7: not a number");
    assert_int_equal(err.kind, ERROR_USAGE);
}

/* Without this a failure that is handed upwards is lost, or freed twice. */
static void test_move_and_copy(void **state)
{
    struct error source OWNED(error_release) = {0};
    struct error target OWNED(error_release) = {0};
    struct error copy OWNED(error_release) = {0};
    (void)state;

    error_set(&target, ERROR_USAGE, "old");
    error_set(&source, ERROR_INTERRUPTED, "new");
    error_hint(&source, "Hint.");
    source.signal = SIGTERM;
    memcpy(source.sqlstate, "57014", sizeof source.sqlstate);
    assert_false(error_move(&target, &source));
    assert_false(error_is_set(&source));
    assert_null(source.message);
    assert_string_equal(target.message, "new");
    assert_string_equal(target.hint, "Hint.");
    assert_string_equal(target.sqlstate, "57014");
    assert_false(error_copy(&copy, &target));
    assert_string_equal(copy.message, "new");
    assert_ptr_not_equal(copy.message, target.message);
    assert_int_equal(error_exit_code(&copy), 143);
}

/* Without this only one of several failed workers is reported, or not the first one's exit code. */
static void test_append_keeps_the_order(void **state)
{
    static const enum error_kind kinds[] = {ERROR_BUSY, ERROR_SERVER, ERROR_PRIVILEGE};
    struct error err OWNED(error_release) = {0};
    (void)state;

    for (size_t i = 0; i < 3; i++) {
        struct error further OWNED(error_release) = {0};

        error_set(&further, kinds[i], "worker %zu", i);
        assert_false(error_append(&err, &further));
        assert_false(error_is_set(&further));
    }
    assert_string_equal(err.message, "worker 0");
    assert_string_equal(err.next->message, "worker 1");
    assert_string_equal(err.next->next->message, "worker 2");
    assert_null(err.next->next->next);
    assert_int_equal(error_exit_code(&err), 5);
}

/* Without this a caller who does not want to know why is punished with a crash. */
static void test_null_is_allowed(void **state)
{
    struct error source OWNED(error_release) = {0};
    (void)state;

    assert_false(error_set(NULL, ERROR_USAGE, "x"));
    assert_false(error_detail(NULL, "x"));
    assert_false(error_hint(NULL, "x"));
    assert_false(error_prefix(NULL, "x"));
    error_set(&source, ERROR_USAGE, "x");
    assert_false(error_move(NULL, &source));
    assert_false(error_is_set(&source));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exit_codes),
        cmocka_unit_test(test_set_replaces_everything),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_move_and_copy),
        cmocka_unit_test(test_append_keeps_the_order),
        cmocka_unit_test(test_null_is_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
