/* `pgclone list`: what it shows of what is found on a server. This test stands in for the look. */
// links: command_lines.c
// links: clean_environment.c
// links: provision_fixture.c
// links: table_results.c
#include "command_lines.h"

#include "clean_environment.h"
#include "pgclone/provision/list.h"
#include "provision_fixture.h"

bool list_databases(const struct scope *scope, bool every_project, struct inventory *inventory,
                    struct selected_list *found, struct error *err)
{
    const struct selection everything = {.all = true, .held = true, .every_project = every_project};
    static const char *const sets[TABLE_SETS] = {
        [LOOK_DATABASES] = FIXTURE_DATABASES "circ_gw0|" FIXTURE_MARK(
            "circ", "\"r1\"", "gw0",
            FIXTURE_LEASE) "|f|f|2|8000\n"
                           "shop_gw0|" FIXTURE_MARK("shop", "null", "gw0",
                                                    FIXTURE_LEASE) "|f|f|0|9000\n"
                                                                   "precious|~|f|f|1|7000\n",
        [LOOK_LEASES] = FIXTURE_LEASES,
    };

    fixture_inventory(sets, scope->settings, inventory);
    return selection_find(inventory, &everything, scope->project, found, err);
}

static int setup(void **state)
{
    (void)state;
    clean_environment();
    return setenv("PGCLONE_SERVER", "postgresql://h/circ", 1);
}

#define CIRC "gw0\tcirc_gw0\tr1\tready\t2\t8000\t2026-11-22T10:00:00Z\n"
#define SHOP "gw0\tshop_gw0\t-\tready\t0\t9000\t2026-11-22T10:00:00Z\n"

/* This project's; and never what is not pgclone's. */
static void test_which_databases_are_shown(void **state)
{
    (void)state;
    called_assert_prints(CALL("list"), CIRC);
    called_assert_prints(CALL("list", "--project", "shop"), SHOP);
    called_assert_prints(CALL("list", "--template", "shop"), SHOP);
    called_assert_prints(CALL("--every-project", "list"), "circ\t" CIRC "shop\t" SHOP);
    called_assert_prints(CALL("list", "--project", "none"), "");
}

static void test_json(void **state)
{
    (void)state;
    called_assert_prints(
        CALL("list", "--format", "json"),
        "{\"pgclone\":1,\"databases\":[{\"project\":\"circ\",\"worker\":\"gw0\",\"name\":"
        "\"circ_gw0\","
        "\"run\":\"r1\",\"state\":\"ready\",\"sessions\":2,\"size\":8000,"
        "\"created\":\"2026-11-22T10:00:00Z\"}]}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_which_databases_are_shown, setup),
        cmocka_unit_test_setup(test_json, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
