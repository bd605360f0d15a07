/* What is said of databases that a run has kept: whoever reads it can reach and drop all of them.
 */
// links: provision_fixture.c
// links: table_results.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pgclone/base/memory.h"
#include "pgclone/cli/run_kept.h"
#include "provision_fixture.h"

static const struct report_database made[] = {
    {.masked_url = "postgresql://app:***@db/circ_r1_gw0"}};
static const struct report report = {.databases = made, .count = 1};

#define ROW(name, project, run)                                                                    \
    name "|" FIXTURE_MARK(project, run, "gw0", FIXTURE_LEASE) "|f|f|0|~\n"

/* The lines for a run "r1" that has kept what is in `table`, or nothing that is known. */
static void assert_lines(const char *table, const char *const *expected, size_t count)
{
    const char *sets[TABLE_SETS] = {[LOOK_DATABASES] = table};
    const struct selection everything = {.all = true, .every_project = true, .held = true};
    struct settings settings OWNED(settings_release) = {0};
    struct scope scope OWNED(scope_release) = {0};
    struct inventory inventory OWNED(inventory_release) = {0};
    struct selected_list kept OWNED(selected_list_release) = {0};
    struct strings lines OWNED(strings_release) = {0};

    fixture_settings(&settings);
    settings.run_id = memory_copy_string("r1");
    fixture_scope(&settings, &scope);
    fixture_inventory(sets, &settings, &inventory);
    if (table != NULL)
        assert_true(selection_find(&inventory, &everything, "circ", &kept, NULL));
    run_kept_lines(&scope, &kept, &report, &lines);
    assert_int_equal(lines.count, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(lines.items[i], expected[i]);
}

static void test_every_database_is_told(void **state)
{
    static const char *const expected[] = {
        "kept postgresql://app:***@db/circ_r1_gw9",
        "kept postgresql://app:***@db/circ_r1_gw10",
        "kept postgresql://app:***@db/shop_r1_gw0",
        "drop them with: pgclone drop --project \"circ\" --run-id \"r1\"",
    };
    (void)state;

    assert_lines(FIXTURE_DATABASES ROW("circ_r1_gw10", "circ", "\"r1\"")
                     ROW("circ_r1_gw9", "circ", "\"r1\"") ROW("shop_r1_gw0", "shop", "\"r1\""),
                 expected, 4);
}

/* Those are not of the run's id, though they belong to the run. */
static void test_what_bears_another_run_id_is_dropped_by_name(void **state)
{
    static const char *const expected[] = {
        "kept postgresql://app:***@db/mine",
        "kept postgresql://app:***@db/none",
        "drop them with: pgclone drop --project \"circ\" --run-id \"r1\"",
        "and with: pgclone drop --name \"mine\"",
        "and with: pgclone drop --name \"none\"",
    };
    (void)state;

    assert_lines(FIXTURE_DATABASES ROW("mine", "shop", "\"r2\"") ROW("none", "shop", "null"),
                 expected, 5);
}

static void test_what_was_made_is_told_where_the_server_tells_nothing(void **state)
{
    static const char *const expected[] = {
        "kept postgresql://app:***@db/circ_r1_gw0",
        "drop them with: pgclone drop --project \"circ\" --run-id \"r1\"",
    };
    (void)state;

    assert_lines(NULL, expected, 2);
}

static void test_nothing_is_told_where_nothing_was_made(void **state)
{
    (void)state;

    assert_lines(FIXTURE_DATABASES, NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_database_is_told),
        cmocka_unit_test(test_what_bears_another_run_id_is_dropped_by_name),
        cmocka_unit_test(test_what_was_made_is_told_where_the_server_tells_nothing),
        cmocka_unit_test(test_nothing_is_told_where_nothing_was_made),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
