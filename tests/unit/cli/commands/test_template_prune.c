/* `pgclone template prune`: what its options mean. This test stands in for the dropping. */
// links: command_lines.c
// links: clean_environment.c
// links: scratch_folder.c
// links: template_line.c
#include "command_lines.h"

#include "pgclone/provision/template_list.h"
#include "template_line.h"

static struct template_prune asked;

const char *template_state_word(enum template_state state)
{
    (void)state;
    return "";
}

bool template_list_find(struct session *session, struct template_list *out, struct error *err)
{
    (void)session;
    (void)out;
    return error_set(err, ERROR_SYSTEM, "not in this test");
}

void template_list_release(struct template_list *list)
{
    (void)list;
}

bool template_list_prune(struct session *session, const struct template_prune *prune,
                         struct strbuf *lines, struct error *err)
{
    (void)session;
    asked = *prune;
    strbuf_add(lines, "dropped circ_0123456789ab\n");
    return prune->keep < 9 || error_set(err, ERROR_SERVER, "refused");
}

static void test_options(void **state)
{
    (void)state;
    called_assert_prints(CALL("template", "prune"), "dropped circ_0123456789ab\n");
    assert_int_equal(asked.keep, 0);
    called_assert_prints(
        CALL("template", "prune", "--keep", "2", "--older-than", "3d", "--dry-run"),
        "dropped circ_0123456789ab\n");
    assert_int_equal(asked.keep, 2);
    assert_int_equal(asked.older_than_s, 3 * 86400);
    assert_true(asked.dry_run);
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
    struct called called = CALL("template", "prune", "--keep", "9");
    (void)state;

    assert_false(called.done);
    assert_string_equal(strbuf_text(&called.out), "dropped circ_0123456789ab\n");
    called_release(&called);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_options, template_line_setup, template_line_teardown),
        cmocka_unit_test_setup_teardown(test_mistakes, template_line_setup, template_line_teardown),
        cmocka_unit_test_setup_teardown(test_a_failure, template_line_setup,
                                        template_line_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
