/* What `doctor` examines before there is a connection. */
// links: provision_fixture.c
// links: table_results.c
// links: clean_environment.c
// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "clean_environment.h"
#include "pgclone/base/memory.h"
#include "pgclone/provision/doctor.h"
#include "pgclone/provision/doctor_early.h"
#include "provision_fixture.h"
#include "scratch_folder.h"

static int setup(void **state)
{
    clean_environment();
    return scratch_setup(state);
}

static void assert_fix(const struct finding *found, const char *fix)
{
    if ((found->fix.commands == NULL) != (fix == NULL) ||
        (fix != NULL && strcmp(found->fix.commands, fix) != 0))
        fail_msg("%s: %s", found->text, found->fix.commands);
}

/* One finding each; what takes a source away leaves the default. A line of a file has a number; an
 * argument is typed again. */
static void test_mistakes(void **state)
{
    static const char *const fixes[] = {"sed -i '7s/^/# /' 'conf d/it'\\''s.yaml'",
                                        "unset PGCLONE_JOBS", NULL, NULL, NULL};
    struct findings findings OWNED(findings_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    error_set(&err, ERROR_USAGE,
              "conf d/it's.yaml:7: jobs: \"a\"\nPGCLONE_JOBS: \"b\"\n--jobs: \"c\"\n"
              "PGCLONE_JOBS is odd\nconf:7 is odd");
    doctor_add_mistakes(&err, &findings);
    assert_int_equal(findings.count, 5);
    assert_int_equal(findings_exit_code(&findings), 2);
    assert_string_equal(findings.items[2].text, "--jobs: \"c\"");
    for (size_t i = 0; i < findings.count; i++)
        assert_fix(&findings.items[i], fixes[i]);
}

/* Settings that are changed by a test, and what is found. */
struct early {
    struct settings settings;
    struct scope scope;
    struct findings findings;
};

static void early_release(struct early *early)
{
    settings_release(&early->settings);
    scope_release(&early->scope);
    findings_release(&early->findings);
}

static const struct finding *examine(struct early *early, bool goes_on)
{
    bool done = doctor_examine_early(&early->settings, &early->scope, &early->findings);

    assert_int_equal(done, goes_on);
    assert_true(early->findings.count > 0);
    return &early->findings.items[early->findings.count - 1];
}

static void test_all_is_well(void **state)
{
    struct early early OWNED(early_release) = {0};
    (void)state;

    fixture_settings(&early.settings);
    assert_string_equal(examine(&early, true)->text, "project \"circ\", 3 workers, clones of circ");
    assert_int_equal(findings_exit_code(&early.findings), 0);
    assert_string_equal(early.scope.names[2], "circ_gw2");
}

static void test_no_template(void **state)
{
    struct early early OWNED(early_release) = {0};
    const struct finding *found;
    (void)state;

    fixture_settings(&early.settings);
    memory_replace_string(&early.settings.server, "postgresql://h/");
    found = examine(&early, false);
    assert_int_equal(found->exit_code, 4);
    assert_fix(found, "export PGCLONE_EXTERNAL_SCHEMA='false'");
}

static void test_the_template_is_the_maintenance_database(void **state)
{
    struct early early OWNED(early_release) = {0};
    (void)state;

    fixture_settings(&early.settings);
    memory_replace_string(&early.settings.server, "postgresql://h/postgres");
    assert_fix(examine(&early, false), "export PGCLONE_MAINTENANCE_DATABASE='template1'");
}

/* The message names the variable that is wrong. */
static void test_an_empty_template(void **state)
{
    struct early early OWNED(early_release) = {0};
    (void)state;

    fixture_settings(&early.settings);
    early.settings.template_name = memory_copy_string("");
    early.settings.origin[SETTING_TEMPLATE].kind = ORIGIN_ENVIRONMENT;
    assert_fix(examine(&early, false), "unset PGCLONE_TEMPLATE");
}

static void test_names(void **state)
{
    struct early early OWNED(early_release) = {0};
    const struct finding *found;
    (void)state;

    fixture_settings(&early.settings);
    early.settings.name = memory_copy_string("all");
    found = examine(&early, false);
    assert_int_equal(found->exit_code, 2);
    assert_fix(found, "export PGCLONE_NAME='test_{worker}'");
}

static void test_names_of_a_run(void **state)
{
    struct early early OWNED(early_release) = {0};
    (void)state;

    fixture_settings(&early.settings);
    early.settings.name = memory_copy_string("all");
    early.settings.run_id = memory_copy_string("r1");
    assert_fix(examine(&early, false), "export PGCLONE_NAME='test_{run}_{worker}'");
}

/* Both guards are told of, not the first alone. */
static void test_serial(void **state)
{
    struct early early OWNED(early_release) = {0};
    (void)state;

    fixture_settings(&early.settings);
    early.settings.create_database = false;
    memory_replace_string(&early.settings.server, "postgresql://h/");
    assert_fix(examine(&early, false), "export PGCLONE_CREATE_DATABASE='true'");
    assert_fix(&early.findings.items[early.findings.count - 2], "export PGCLONE_WORKERS='1'");
    assert_int_equal(findings_exit_code(&early.findings), 4);
}

static void test_serial_is_well(void **state)
{
    struct early early OWNED(early_release) = {0};
    (void)state;

    fixture_settings(&early.settings);
    early.settings.create_database = false;
    early.settings.workers = 1;
    assert_non_null(strstr(examine(&early, false)->text, "\"circ\" as it is"));
    assert_int_equal(findings_exit_code(&early.findings), 0);
}

static void set_build(struct early *early, const char *file)
{
    fixture_settings(&early->settings);
    strings_add(&early->settings.build.sql, file);
    early->settings.origin[SETTING_BUILD].kind = ORIGIN_YAML;
}

static void test_files(void **state)
{
    struct early early OWNED(early_release) = {0};
    struct early without OWNED(early_release) = {0};
    const struct finding *found;
    (void)state;

    scratch_make_file("schema.sql", "SELECT 1;", 0600);
    set_build(&early, scratch_path("schema.sql"));
    assert_string_equal(examine(&early, true)->check->id, "build");
    set_build(&without, scratch_path("gone.sql"));
    found = examine(&without, false);
    assert_int_equal(found->exit_code, 2);
    assert_non_null(strstr(found->text, "gone.sql"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_all_is_well),
        cmocka_unit_test(test_no_template),
        cmocka_unit_test(test_the_template_is_the_maintenance_database),
        cmocka_unit_test(test_an_empty_template),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_names_of_a_run),
        cmocka_unit_test(test_serial),
        cmocka_unit_test(test_serial_is_well),
        cmocka_unit_test(test_files),
    };

    return cmocka_run_group_tests(tests, setup, scratch_teardown);
}
