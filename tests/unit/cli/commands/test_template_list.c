/* `pgclone template list`: what it shows of the templates. This test stands in for the look. */
// links: command_lines.c
// links: clean_environment.c
// links: provision_fixture.c
// links: table_results.c
// links: scratch_folder.c
// links: template_line.c
#include "command_lines.h"

#include "pgclone/provision/template_list.h"
#include "provision_fixture.h"
#include "template_line.h"

const char *template_state_word(enum template_state state)
{
    return state == TEMPLATE_IS_BUILDING ? "building" : "current";
}

bool template_list_find(struct session *session, struct template_list *out, struct error *err)
{
    static const char *const sets[TABLE_SETS] = {
        [LOOK_DATABASES] = FIXTURE_DATABASES "circ_0123456789ab|" FIXTURE_MARK(
            "circ", "null", "", FIXTURE_LEASE) "|f|t|0|8000\n"
                                               "pgclone_scratch_00000000000000a0_0|" FIXTURE_MARK(
                                                   "circ", "null", "", FIXTURE_LEASE) "|f|f|1|~\n",
    };
    static struct template_item items[2];

    (void)err;
    fixture_inventory(sets, session->scope->settings, &out->inventory);
    items[0] =
        (struct template_item){.database = &out->inventory.databases[0], .digits = "0123456789ab"};
    items[1] = (struct template_item){.database = &out->inventory.databases[1],
                                      .state = TEMPLATE_IS_BUILDING};
    out->items = items;
    out->count = 2;
    return true;
}

void template_list_release(struct template_list *list)
{
    inventory_release(&list->inventory);
}

bool template_list_prune(struct session *session, const struct template_prune *prune,
                         struct strbuf *lines, struct error *err)
{
    (void)session;
    (void)prune;
    (void)lines;
    return error_set(err, ERROR_SYSTEM, "not in this test");
}

static void test_lines(void **state)
{
    (void)state;
    called_assert_prints(CALL("template", "list"),
                         "circ_0123456789ab\t0123456789ab\tcurrent\t8000\t2026-11-22T10:00:00Z\n"
                         "pgclone_scratch_00000000000000a0_0\t-\tbuilding\t-\t"
                         "2026-11-22T10:00:00Z\n");
}

static void test_json(void **state)
{
    (void)state;
    called_assert_prints(
        CALL("template", "list", "--format", "json"),
        "{\"pgclone\":1,\"templates\":[{\"project\":\"circ\",\"name\":\"circ_0123456789ab\","
        "\"fingerprint\":\"0123456789ab\",\"state\":\"current\",\"size\":8000,"
        "\"created\":\"2026-11-22T10:00:00Z\"},{\"project\":\"circ\","
        "\"name\":\"pgclone_scratch_00000000000000a0_0\",\"fingerprint\":null,"
        "\"state\":\"building\",\"size\":null,\"created\":\"2026-11-22T10:00:00Z\"}]}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines, template_line_setup, template_line_teardown),
        cmocka_unit_test_setup_teardown(test_json, template_line_setup, template_line_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
