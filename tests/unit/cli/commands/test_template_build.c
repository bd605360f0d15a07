/* `pgclone template build`: what it asks for and prints. This test stands in for the building. */
// links: command_lines.c
// links: clean_environment.c
// links: scratch_folder.c
// links: template_line.c
#include "command_lines.h"

#include "pgclone/provision/template_ready.h"
#include "template_line.h"

static struct template_ready asked;

bool template_ready(struct session *session, struct template_ready *ready, struct error *err)
{
    (void)err;
    asked = *ready;
    ready->missing = ready->dry_run;
    (void)strcpy(session->scope->built->name, "circ_0123456789ab");
    if (session->scope->watched != NULL && !ready->missing)
        (void)strcpy(session->scope->watched->name, "circ_ba9876543210");
    return true;
}

static void test_the_name_is_printed(void **state)
{
    (void)state;
    called_assert_prints(CALL("template", "build"), "circ_0123456789ab\n");
    assert_false(asked.force);
    called_assert_prints(CALL("template", "build", "--force"), "circ_0123456789ab\n");
    assert_true(asked.force);
}

static void test_a_dry_run_says_what_it_would_do(void **state)
{
    (void)state;
    called_assert_prints(CALL("template", "--dry-run", "build"), "would build circ_0123456789ab\n");
    assert_true(asked.dry_run);
}

/* What a create clones then is another one, which is made from the first. */
static void test_the_one_that_notes_changes_is_printed_too(void **state)
{
    (void)state;
    setenv("PGCLONE_RESET", "undo", 1);
    called_assert_prints(CALL("template", "build"), "circ_0123456789ab\ncirc_ba9876543210\n");
    called_assert_prints(CALL("template", "build", "--dry-run"), "would build circ_0123456789ab\n");
    unsetenv("PGCLONE_RESET");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEMPLATE_LINE_TEST(test_the_name_is_printed),
        TEMPLATE_LINE_TEST(test_a_dry_run_says_what_it_would_do),
        TEMPLATE_LINE_TEST(test_the_one_that_notes_changes_is_printed_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
