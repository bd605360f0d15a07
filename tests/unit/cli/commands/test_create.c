/* `pgclone create` as far as it needs no server: its formats, in serial mode, and what it refuses.
 */
// links: command_lines.c
// links: clean_environment.c
// links: scratch_folder.c
#include "command_lines.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clean_environment.h"
#include "scratch_folder.h"

static int setup(void **state)
{
    if (scratch_setup(state) != 0 || chdir(scratch_folder()) != 0)
        return -1;
    clean_environment();
    (void)unsetenv("GITHUB_ENV");
    (void)setenv("PGCLONE_CREATE_DATABASE", "false", 1);
    return setenv("PGCLONE_SERVER", "postgresql://me:secret@h/app", 1);
}

static int teardown(void **state)
{
    return chdir("/") != 0 ? -1 : scratch_teardown(state);
}

static void assert_file(const char *name, const char *expected)
{
    char text[512] = {0};
    FILE *file = fopen(scratch_path(name), "r");

    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(text, expected);
}

/* The formats are what scripts read. */
static void test_formats(void **state)
{
    (void)state;
    called_assert_prints(CALL("create"), "gw0\tapp\tpostgresql://me:***@h/app\n");
    called_assert_prints(CALL("create", "--format", "text", "--runner", "jest"),
                         "1\tapp\tpostgresql://me:***@h/app\n");
    called_assert_prints(CALL("create", "--format=env", "--run-id", "r1"),
                         "PGCLONE_URL_GW0='postgresql://me:secret@h/app'\nPGCLONE_RUN_ID='r1'\n"
                         "PGCLONE_WORKERS='1'\n");
    called_assert_prints(
        CALL("--format", "json", "create"),
        "{\"pgclone\":1,\"project\":\"app\",\"run_id\":null,\"template\":null,"
        "\"strategy\":null,\"server_version\":null,\"elapsed_ms\":0,\"databases\":["
        "{\"worker\":\"gw0\",\"name\":\"app\",\"url\":\"postgresql://me:secret@h/app\","
        "\"status\":\"configured\",\"elapsed_ms\":0}]}\n");
}

static void test_github_writes_to_its_file(void **state)
{
    (void)state;
    setenv("GITHUB_ENV", scratch_path("env"), 1);
    called_assert_prints(CALL("create", "--format", "github"), "::add-mask::secret\n");
    assert_file("env", "PGCLONE_URL_GW0=postgresql://me:secret@h/app\nPGCLONE_WORKERS=1\n");
}

static void test_output_goes_to_a_file(void **state)
{
    struct stat status;
    (void)state;

    called_assert_prints(CALL("create", "-o", "made.txt"), "");
    assert_file("made.txt", "gw0\tapp\tpostgresql://me:***@h/app\n");
    assert_int_equal(stat("made.txt", &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

/* What would only fail when the databases are made is found before. */
static void test_what_is_refused_at_once(void **state)
{
    struct called folder OWNED(called_release) = CALL("create", "-o", "none/made.txt");
    (void)state;

    assert_false(folder.done);
    assert_non_null(strstr(folder.err.message, "none"));
    called_assert_fails(CALL("create", "--format", "github"), ERROR_USAGE,
                        "--format: github needs the variable GITHUB_ENV");
    called_assert_fails(
        CALL("create", "-w", "2"), ERROR_GUARD,
        "creation is off, so the tests must run serially, but --workers asks for 2 workers");
    called_assert_fails(CALL("create", "--create", "--clone", "--template="), ERROR_GUARD,
                        "--template: cloning is on, but no template name is given");
    called_assert_fails(CALL("create", "--workers", "0"), ERROR_USAGE,
                        "--workers: \"0\" is not a number from 1 to 4096 or \"auto\"");
    assert_int_equal(setenv("PGCLONE_LEASE", "r1", 1), 0);
    called_assert_fails(CALL("create", "--create"), ERROR_USAGE,
                        "PGCLONE_LEASE: this is no run's lease");
    assert_int_equal(unsetenv("PGCLONE_LEASE"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_formats, setup, teardown),
        cmocka_unit_test_setup_teardown(test_github_writes_to_its_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_output_goes_to_a_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_refused_at_once, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
