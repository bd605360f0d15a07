/* `run --ephemeral`: which options go together, told before anything is started. */
// links: command_lines.c
// links: clean_environment.c
#include "command_lines.h"

#include "clean_environment.h"

static int setup(void **state)
{
    (void)state;
    clean_environment();
    return 0;
}

static void assert_refused(struct called called, const char *message)
{
    assert_false(called.done);
    assert_int_equal(called.err.kind, ERROR_USAGE);
    assert_string_equal(called.err.message, message);
    called_release(&called);
}

/* Without --ephemeral the files would be left out in silence, and the tests run on an empty base.
 */
static void test_what_needs_it(void **state)
{
    static const char message[] = "--sql and --postgres-bindir go with --ephemeral";
    (void)state;

    assert_refused(CALL("run", "--sql", "x.sql", "--", "true"), message);
    assert_refused(CALL("run", "--postgres-bindir", "/usr", "--", "true"), message);
    assert_refused(CALL("run", "--tcp", "--", "true"), "--tcp goes with --ephemeral");
}

static void test_nothing_can_be_kept_of_it(void **state)
{
    static const char message[] =
        "an ephemeral server leaves nothing behind, so nothing can be kept of it";
    (void)state;

    assert_refused(CALL("run", "--ephemeral", "--keep", "--", "true"), message);
    assert_refused(CALL("run", "--ephemeral", "--keep-on-failure", "--", "true"), message);
}

/* --sql fills a template; said that there is to be none, one of the two is a mistake. */
static void test_sql_without_cloning(void **state)
{
    (void)state;
    assert_refused(CALL("run", "--ephemeral", "--sql", "x.sql", "--no-clone", "--", "true"),
                   "--sql fills a template, but --no-clone turns cloning off");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_what_needs_it, setup),
        cmocka_unit_test_setup(test_nothing_can_be_kept_of_it, setup),
        cmocka_unit_test_setup(test_sql_without_cloning, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
