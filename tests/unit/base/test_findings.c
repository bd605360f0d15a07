/* Lists of findings: what becomes of errors, and which of them counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "pgclone/base/findings.h"
#include "pgclone/base/memory.h"

static const struct check room = {"room", "there is room", FINDING_ERROR};
static const struct check door = {"door", "the door is open", FINDING_WARNING};

/* What libpq says of a connection has several lines. */
static void test_errors(void **state)
{
    struct findings findings OWNED(findings_release) = {0};
    struct error err OWNED(error_release) = {0};
    const struct finding *found;
    (void)state;

    error_set(&err, ERROR_GUARD, "no room\nIs it full?");
    error_detail(&err, "It is.");
    error_hint(&err, "Wait.");
    found = findings_add_error(&findings, &room, &err);
    assert_int_equal(found->severity, FINDING_ERROR);
    assert_int_equal(found->exit_code, 4);
    assert_string_equal(found->text, "no room");
    assert_string_equal(found->detail, "Is it full?\nIt is.");
    assert_string_equal(found->advice, "Wait.");
    assert_ptr_equal(found->check, &room);
}

static void test_a_plain_error(void **state)
{
    struct findings findings OWNED(findings_release) = {0};
    struct error err OWNED(error_release) = {0};
    const struct finding *found;
    (void)state;

    error_set(&err, ERROR_SERVER, "no room");
    found = findings_add_error(&findings, &room, &err);
    assert_null(found->detail);
    assert_null(found->advice);
}

/* The first error is what would end the work. */
static void test_exit_code(void **state)
{
    struct findings findings OWNED(findings_release) = {0};
    (void)state;

    assert_int_equal(findings_exit_code(&findings), 0);
    (void)findings_add(&findings, &door, FINDING_WARNING, "%s", "stuck");
    assert_int_equal(findings_exit_code(&findings), 0);
    findings_add(&findings, &room, FINDING_ERROR, "full")->exit_code = 6;
    (void)findings_add(&findings, &room, FINDING_ERROR, "dark");
    assert_int_equal(findings_exit_code(&findings), 6);
}

/* Without commands there is no place where they are typed. */
static void test_fixes(void **state)
{
    struct findings findings OWNED(findings_release) = {0};
    struct finding *found = findings_add(&findings, &door, FINDING_WARNING, "stuck");
    (void)state;

    finding_set_fix(found, FIX_IN_SHELL, "root", memory_copy_string("push"));
    finding_advise(found, "%s.", "Push");
    finding_advise(found, "%s.", "Pull");
    assert_string_equal(found->fix.commands, "push");
    assert_string_equal(found->advice, "Pull.");
    finding_set_fix(found, FIX_IN_SHELL, "root", NULL);
    assert_int_equal(found->fix.place, FIX_NOWHERE);
    assert_null(found->fix.by);
    assert_null(fix_place_word(FIX_NOWHERE));
    assert_string_equal(fix_place_word(FIX_IN_PSQL), "psql");
    assert_string_equal(finding_severity_word(FINDING_WARNING), "warning");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_a_plain_error),
        cmocka_unit_test(test_exit_code),
        cmocka_unit_test(test_fixes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
