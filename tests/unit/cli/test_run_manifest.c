/* The manifest of a run: a file for this user alone, for as long as the run lives. */
// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/base/memory.h"
#include "pgclone/cli/run_manifest.h"
#include "pgclone/report/manifest.h"
#include "scratch_folder.h"

static const struct report_database databases[] = {
    {.worker = "gw0", .name = "circ_gw0", .url = "postgresql://app:secret@db/circ_gw0"}};
static const struct report report = {.project = "circ", .databases = databases, .count = 1};

static int setup(void **state)
{
    return scratch_setup(state) == 0 ? setenv("TMPDIR", scratch_folder(), 1) : -1;
}

/* A worker finds its URL in it; nobody else on the machine does; and it goes with the run. */
static void test_is_there_for_the_run_alone(void **state)
{
    struct temporary manifest OWNED(temporary_remove) = TEMPORARY_NONE;
    char *path OWNED(memory_free_string) = NULL;
    char *url OWNED(memory_free_string) = NULL;
    struct stat status;
    (void)state;

    assert_true(run_manifest_write(&report, &manifest, NULL));
    path = memory_copy_string(manifest.path);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_true(manifest_find_url(path, "gw0", &url, NULL));
    assert_string_equal(url, "postgresql://app:secret@db/circ_gw0");
    temporary_remove(&manifest);
    assert_int_equal(access(path, F_OK), -1);
}

/* What a run that was killed has left holds a password: the next one removes it, and leaves alone
 * that of a run that is alive. */
static void test_removes_those_of_dead_runs(void **state)
{
    struct temporary alive OWNED(temporary_remove) = TEMPORARY_NONE;
    struct temporary killed OWNED(temporary_remove) = TEMPORARY_NONE;
    struct temporary next OWNED(temporary_remove) = TEMPORARY_NONE;
    (void)state;

    assert_true(run_manifest_write(&report, &alive, NULL));
    assert_true(run_manifest_write(&report, &killed, NULL));
    (void)close(killed.lock);
    killed.lock = -1;
    assert_true(run_manifest_write(&report, &next, NULL));
    assert_int_equal(access(alive.path, F_OK), 0);
    assert_int_equal(access(killed.path, F_OK), -1);
    free(killed.path);
    killed.path = NULL;
}

/* Where nothing can be written the run says what it could not do. */
static void test_says_what_could_not_be_written(void **state)
{
    struct temporary manifest OWNED(temporary_remove) = TEMPORARY_NONE;
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_int_equal(setenv("TMPDIR", "/no/such/folder", 1), 0);
    assert_false(run_manifest_write(&report, &manifest, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_int_equal(strncmp(err.message, "could not write the manifest: ", 30), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_is_there_for_the_run_alone, setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_removes_those_of_dead_runs, setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_says_what_could_not_be_written, setup,
                                        scratch_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
