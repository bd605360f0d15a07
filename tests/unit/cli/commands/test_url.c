/* `pgclone url`, which needs no server: from the settings, or from a manifest. */
// links: command_lines.c
// links: clean_environment.c
// links: scratch_folder.c
#include "command_lines.h"

#include <unistd.h>

#include "clean_environment.h"
#include "pgclone/settings/runner.h"
#include "scratch_folder.h"

static const char manifest_text[] = "{\"pgclone\":1,\"databases\":["
                                    "{\"worker\":\"1\",\"url\":\"postgresql://h/m_1\"},"
                                    "{\"worker\":\"2\",\"url\":\"postgresql://h/m_2\"},"
                                    "{\"worker\":\"gw0\",\"url\":\"postgresql://h/m_gw0\"}]}";

#define NO_RUNNER(place)                                                                           \
    place ": \"nunit\" is not one of \"pytest-xdist\", \"jest\", \"vitest\", \"mocha\", "          \
          "\"nextest\", \"paratest\", \"mix\", \"parallel-tests\" or \"django\""

static int setup(void **state)
{
    if (scratch_setup(state) != 0 || chdir(scratch_folder()) != 0)
        return -1;
    clean_environment();
    for (const char *const *name = runner_names; *name != NULL; name++) {
        const struct runner *runner = runner_find(*name);

        if (runner->variable != NULL)
            (void)unsetenv(runner->variable);
        if (runner->count_variable != NULL)
            (void)unsetenv(runner->count_variable);
    }
    return setenv("PGCLONE_SERVER", "postgresql://me:secret@h/app", 1);
}

static int teardown(void **state)
{
    return chdir("/") != 0 ? -1 : scratch_teardown(state);
}

static void use_manifest(void)
{
    scratch_make_file("manifest.json", manifest_text, 0600);
    assert_int_equal(setenv("PGCLONE_MANIFEST", "manifest.json", 1), 0);
}

static void test_from_the_settings(void **state)
{
    (void)state;
    called_assert_prints(CALL("url"), "postgresql://me:secret@h/app_gw0\n");
    called_assert_prints(CALL("url", "gw3"), "postgresql://me:secret@h/app_gw3\n");
    called_assert_prints(CALL("--template", "t", "url", "--worker", "gw1", "--run-id", "r"),
                         "postgresql://me:secret@h/t_r_gw1\n");
    setenv("JEST_WORKER_ID", "2", 1);
    called_assert_prints(CALL("url", "--runner", "jest"), "postgresql://me:secret@h/app_2\n");
}

/* Where the manifest has the answer, nobody is asked to set what it was made with. */
static void test_a_manifest_needs_no_other_setting(void **state)
{
    (void)state;
    use_manifest();
    scratch_make_file("pgclone.yaml", "server: ${NOBODY_SET_THIS}\nworkerz: [\n", 0600);
    setenv("PGCLONE_SERVER", "nonsense=1", 1);
    setenv("PGCLONE_WORKERS", "many", 1);
    called_assert_prints(CALL("url"), "postgresql://h/m_gw0\n");
    called_assert_prints(CALL("url", "2"), "postgresql://h/m_2\n");
    called_assert_prints(CALL("url", "--worker", "1"), "postgresql://h/m_1\n");
    called_assert_fails(CALL("url", "gw9"), ERROR_USAGE,
                        "worker \"gw9\" is not in the manifest \"manifest.json\"");
}

/* But which worker this is, only the runner knows: its setting holds, whatever else is wrong. */
static void test_a_manifest_and_the_runner(void **state)
{
    (void)state;
    use_manifest();
    setenv("JEST_WORKER_ID", "2", 1);
    scratch_make_file("pgclone.yaml", "server: ${NOBODY_SET_THIS}\nrunner: jest\n", 0600);
    called_assert_prints(CALL("url"), "postgresql://h/m_2\n");
    called_assert_prints(CALL("url", "--runner", "pytest-xdist"), "postgresql://h/m_gw0\n");
    setenv("PGCLONE_RUNNER", "vitest", 1);
    called_assert_prints(CALL("url"), "postgresql://h/m_1\n");
    scratch_make_file("pgclone.yaml", "runner: nunit\n", 0600);
    called_assert_fails(CALL("url", "--runner", "jest"), ERROR_USAGE,
                        NO_RUNNER("pgclone.yaml:1: runner"));
    scratch_make_file("pgclone.yaml", "server: ${NOBODY_SET_THIS}\n", 0600);
    setenv("PGCLONE_RUNNER", "nunit", 1);
    called_assert_fails(CALL("url"), ERROR_USAGE, NO_RUNNER("PGCLONE_RUNNER"));
}

/* A mistake that hides the runner must not send its user to look for a fault in the manifest. */
static void test_a_runner_that_is_hidden_by_a_mistake(void **state)
{
    struct called called OWNED(called_release) = {0};
    (void)state;

    scratch_make_file("jest.json",
                      "{\"pgclone\":1,\"databases\":[{\"worker\":\"2\",\"url\":\"u\"}]}", 0600);
    scratch_make_file("pgclone.yaml", "wrokers: 2\nrunner: jest\n", 0600);
    setenv("PGCLONE_MANIFEST", "jest.json", 1);
    setenv("JEST_WORKER_ID", "2", 1);
    called = CALL("url");
    assert_false(called.done);
    assert_string_equal(called.err.message, "worker \"gw0\" is not in the manifest \"jest.json\"");
    assert_string_equal(called.err.hint,
                        "No runner is set, or it is not seen because of mistakes:\n"
                        "pgclone.yaml:1: wrokers: unknown key; did you mean \"workers\"?");
    called_assert_prints(CALL("url", "--runner", "jest"), "u\n");
}

static void test_serial_mode_prints_the_configured_database(void **state)
{
    (void)state;
    setenv("PGCLONE_CREATE_DATABASE", "false", 1);
    called_assert_prints(CALL("url"), "postgresql://me:secret@h/app\n");
    called_assert_prints(CALL("url", "gw0"), "postgresql://me:secret@h/app\n");
    setenv("PYTEST_XDIST_WORKER", "master", 1);
    setenv("PYTEST_XDIST_WORKER_COUNT", "1", 1);
    called_assert_prints(CALL("url"), "postgresql://me:secret@h/app\n");
}

/* Guard G2: all workers on one database see each other's rows. */
static void test_serial_mode_refuses_parallel_tests(void **state)
{
    static const char so[] = "creation is off, so the tests must run serially, but ";
    static const struct {
        const char *runner;
        const char *variable;
        const char *value;
        const char *says;
    } cases[] = {
        {"pytest-xdist", "PYTEST_XDIST_WORKER_COUNT", "4",
         "PYTEST_XDIST_WORKER_COUNT says that there are 4 workers"},
        {"pytest-xdist", "PYTEST_XDIST_WORKER", "gw1",
         "PYTEST_XDIST_WORKER says that this is worker \"gw1\""},
        {"nextest", "NEXTEST_TEST_THREADS", "8",
         "NEXTEST_TEST_THREADS says that there are 8 workers"},
        {"parallel-tests", "PARALLEL_TEST_GROUPS", "2",
         "PARALLEL_TEST_GROUPS says that there are 2 workers"},
        {"jest", "JEST_WORKER_ID", "2", "JEST_WORKER_ID says that this is worker \"2\""},
        {"mocha", "MOCHA_WORKER_ID", "1", "MOCHA_WORKER_ID says that this is worker \"1\""},
    };
    (void)state;

    setenv("PGCLONE_CREATE_DATABASE", "false", 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct strbuf message OWNED(strbuf_release) = {0};

        strbuf_printf(&message, "%s%s", so, cases[i].says);
        setenv(cases[i].variable, cases[i].value, 1);
        called_assert_fails(CALL("url", "--runner", cases[i].runner), ERROR_GUARD,
                            strbuf_text(&message));
        unsetenv(cases[i].variable);
    }
    called_assert_fails(
        CALL("url", "gw3"), ERROR_GUARD,
        "creation is off, so the tests must run serially, but this is worker \"gw3\"");
    called_assert_fails(
        CALL("url", "-w", "2"), ERROR_GUARD,
        "creation is off, so the tests must run serially, but --workers asks for 2 workers");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_from_the_settings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_manifest_needs_no_other_setting, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_manifest_and_the_runner, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_runner_that_is_hidden_by_a_mistake, setup, teardown),
        cmocka_unit_test_setup_teardown(test_serial_mode_prints_the_configured_database, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_serial_mode_refuses_parallel_tests, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
