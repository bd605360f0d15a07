/* `pgclone template prune`: what its options mean. A support file stands in for the dropping. */
// links: command_lines.c
// links: clean_environment.c
// links: provision_fixture.c
// links: table_results.c
// links: scratch_folder.c
// links: template_line.c
// links: scripted_template_list.c
#include "command_lines.h"

#include "scripted_template_list.h"
#include "template_line.h"

static void test_options(void **state)
{
    (void)state;
    called_assert_prints(CALL("template", "prune"), "dropped circ_0123456789ab\n");
    assert_int_equal(scripted_template_prune()->keep, 0);
    called_assert_prints(
        CALL("template", "prune", "--keep", "2", "--older-than", "3d", "--dry-run"),
        "dropped circ_0123456789ab\n");
    assert_int_equal(scripted_template_prune()->keep, 2);
    assert_int_equal(scripted_template_prune()->older_than_s, 3 * 86400);
    assert_true(scripted_template_prune()->dry_run);
}

/* Without this a typing mistake drops every template. */
static void test_mistakes(void **state)
{
    (void)state;
    called_assert_fails(CALL("template", "prune", "--keep", "two"), ERROR_USAGE,
                        "--keep: \"two\" is no number");
    called_assert_fails(CALL("template", "prune", "--keep", "-1"), ERROR_USAGE,
                        "--keep: \"-1\" is no number");
    called_assert_fails(CALL("template", "prune", "--older-than", "3"), ERROR_USAGE,
                        "--older-than: \"3\" is no age");
}

/* The lines of what was dropped are printed also where something could not be. */
static void test_a_failure(void **state)
{
    struct called called = CALL("template", "prune", "--keep", "9" /* SCRIPTED_PRUNE_FAILS */);
    (void)state;

    assert_false(called.done);
    assert_string_equal(strbuf_text(&called.out), "dropped circ_0123456789ab\n");
    called_release(&called);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEMPLATE_LINE_TEST(test_options),
        TEMPLATE_LINE_TEST(test_mistakes),
        TEMPLATE_LINE_TEST(test_a_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
