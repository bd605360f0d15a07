/* What is set for a template, and made again for its copy. */
// links: provision_fixture.c
// links: table_results.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/provision/plan_losses.h"
#include "provision_fixture.h"

#define TEMPLATE "owner|owned|is_template|connection_limit|has_grants|size\n"

/* The statements for a copy that belongs to "app". */
static void losses(const char *const sets[TABLE_SETS], struct job *out)
{
    struct settings settings OWNED(settings_release) = {0};
    struct inventory inventory OWNED(inventory_release) = {0};

    fixture_settings(&settings);
    fixture_inventory(sets, &settings, &inventory);
    job_init(out, "copy");
    plan_add_losses(&inventory, "copy", "app", out);
}

/* Without it the clone has another search_path, or lets nobody in. */
static void test_what_template_loses(void **state)
{
    static const char *const sets[TABLE_SETS] = {
        [LOOK_TEMPLATE] = TEMPLATE "boss|t|f|5|t|1\n",
        [LOOK_SETTINGS] = "role|setting\n~|search_path=\"$user\", app\n~|app.mode=a=b\n"
                          "tester|work_mem=64MB\n~|broken\n",
        [LOOK_GRANTS] = "role|privilege|grantable\n~|CONNECT|f\nboss|CREATE|f\napp|CREATE|f\n"
                        "reader|CONNECT|t\n",
    };
    static const char *const expected[] = {
        "ALTER DATABASE \"copy\" SET \"search_path\" TO '$user', 'app'",
        "ALTER DATABASE \"copy\" SET \"app\".\"mode\" TO 'a=b'",
        "ALTER ROLE \"tester\" IN DATABASE \"copy\" SET \"work_mem\" TO '64MB'",
        "REVOKE ALL PRIVILEGES ON DATABASE \"copy\" FROM PUBLIC",
        "GRANT CONNECT ON DATABASE \"copy\" TO PUBLIC",
        "GRANT CREATE ON DATABASE \"copy\" TO \"boss\"",
        "GRANT CONNECT ON DATABASE \"copy\" TO \"reader\" WITH GRANT OPTION",
        "ALTER DATABASE \"copy\" CONNECTION LIMIT 5",
    };
    struct job job OWNED(job_release) = {0};
    (void)state;

    losses(sets, &job);
    assert_int_equal(job.count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < job.count; i++) {
        assert_string_equal(job.statements[i].sql, expected[i]);
        /* A role's settings may not be ours to copy. */
        assert_int_equal(job.statements[i].tolerated != NULL, i <= 2);
    }
    assert_string_equal(job.statements[0].tolerated, "42501");
}

/* A new database has the built-in grants, and no limit, anyway. */
static void test_nothing_is_set(void **state)
{
    struct job job OWNED(job_release) = {0};
    (void)state;

    losses(NULL, &job);
    assert_int_equal(job.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_template_loses),
        cmocka_unit_test(test_nothing_is_set),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
