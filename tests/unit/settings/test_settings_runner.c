/* The runner alone, for those who need no other setting. */
#include "settings_fixture.h"

static void assert_runner(const struct settings_flag *flags, size_t count, const char *name)
{
    struct settings settings = {0};
    struct error err = {0};

    assert_true(settings_load(flags, count, SETTING_RUNNER, &settings, &err));
    assert_string_equal(settings.runner->name, name);
    settings_release(&settings);
}

static void assert_no_runner(const struct settings_flag *flags, size_t count, const char *beginning)
{
    struct settings settings = {0};
    struct error err = {0};

    assert_false(settings_load(flags, count, SETTING_RUNNER, &settings, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_int_equal(strncmp(err.message, beginning, strlen(beginning)), 0);
    assert_null(strchr(err.message, '\n'));
    assert_null(settings.runner);
    error_release(&err);
}

static void test_sources_in_their_order(void **state)
{
    static const struct settings_flag flags[] = {{.id = SETTING_RUNNER, .value = "mocha"}};
    (void)state;

    assert_runner(NULL, 0, "pytest-xdist");
    write_file("pgclone.yaml", "runner: jest\n");
    assert_runner(NULL, 0, "jest");
    setenv("PGCLONE_RUNNER", "vitest", 1);
    assert_runner(NULL, 0, "vitest");
    assert_runner(flags, 1, "mocha");
}

/* The file may speak of a server that is not needed here. */
static void test_mistakes_elsewhere_do_not_matter(void **state)
{
    static const struct settings_flag flags[] = {{.id = SETTING_WORKERS, .value = "many"},
                                                 {.id = SETTING_CONFIG, .value = "other.yaml"}};
    (void)state;

    write_file("pgclone.yaml", "server: ${NOBODY_SET_THIS}\nworkers: many\nrunner: jest\n");
    setenv("PGCLONE_JOBS", "many", 1);
    assert_runner(flags, 1, "jest");
    assert_runner(flags, 2, "pytest-xdist");
    write_file("other.yaml", "runner: [\n");
    assert_runner(flags, 2, "pytest-xdist");
}

/* But a runner that is none would give the wrong worker's database. */
static void test_a_mistake_in_its_own_sources(void **state)
{
    static const struct settings_flag flags[] = {{.id = SETTING_RUNNER, .value = "nunit"}};
    (void)state;

    write_file("pgclone.yaml", "server: ${NOBODY_SET_THIS}\nrunner: jest\n");
    assert_no_runner(flags, 1, "--runner: \"nunit\" is not one of ");
    setenv("PGCLONE_RUNNER", "nunit", 1);
    assert_no_runner(NULL, 0, "PGCLONE_RUNNER: \"nunit\" is not one of ");
    unsetenv("PGCLONE_RUNNER");
    write_file("pgclone.yaml", "workers: many\nrunner: nunit\n");
    assert_no_runner(NULL, 0, "pgclone.yaml:2: runner: \"nunit\" is not one of ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sources_in_their_order, clear, clear),
        cmocka_unit_test_setup_teardown(test_mistakes_elsewhere_do_not_matter, clear, clear),
        cmocka_unit_test_setup_teardown(test_a_mistake_in_its_own_sources, clear, clear),
    };

    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
