/* The runner alone, for those who need no other setting. */
#include "settings_fixture.h"

static void assert_runner(const struct settings_flag *flags, size_t count, const char *name)
{
    const struct runner *runner = NULL;
    struct error err = {0};

    assert_true(settings_load_runner(flags, count, &runner, &err));
    assert_string_equal(runner->name, name);
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
    const struct runner *runner = NULL;
    struct error err = {0};
    (void)state;

    assert_false(settings_load_runner(flags, 1, &runner, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_int_equal(strncmp(err.message, "--runner: \"nunit\" is not one of ", 32), 0);
    assert_null(runner);
    error_release(&err);
    setenv("PGCLONE_RUNNER", "nunit", 1);
    assert_false(settings_load_runner(NULL, 0, &runner, &err));
    assert_int_equal(strncmp(err.message, "PGCLONE_RUNNER: \"nunit\"", 23), 0);
    error_release(&err);
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
