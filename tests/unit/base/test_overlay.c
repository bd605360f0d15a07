// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/overlay.h"
#include "pgclone/base/spawn.h"
#include "scratch_folder.h"

/* A name with all that means something in a mount's options. */
#define LOWER "lo:w,er\\ \"1"

static char *paths[4];

static int setup(void **state)
{
    const char *const names[] = {LOWER, "upper", "work", "target"};

    if (scratch_setup(state) != 0)
        return -1;
    for (size_t i = 0; i < 4; i++) {
        scratch_make_folder(names[i], 0700);
        paths[i] = memory_copy_string(scratch_path(names[i]));
    }
    scratch_make_file(LOWER "/file", "shown", 0600);
    return 0;
}

static int teardown(void **state)
{
    for (size_t i = 0; i < 4; i++)
        memory_free_string(&paths[i]);
    return scratch_teardown(state);
}

/* Runs the script in the folder where the overlay is mounted. Its status; SPAWN_NOT_FOUND, and
 * what failed in `err`, where it did not run. */
static int run_on_overlay(const char *script, struct error *err)
{
    const struct overlay overlay = {
        .lower = paths[0], .upper = paths[1], .work = paths[2], .target = paths[3]};
    struct strings arguments OWNED(strings_release) = {0};
    const struct spawn_options options = {
        .arguments = &arguments, .overlay = &overlay, .folder = paths[3]};
    int status = 0;
    pid_t pid;

    strings_add(&arguments, "sh");
    strings_add(&arguments, "-c");
    strings_add(&arguments, script);
    if (!spawn_start(&options, &pid, err))
        return SPAWN_NOT_FOUND;
    assert_true(spawn_wait(pid, 10000, &status));
    return WEXITSTATUS(status);
}

/* Without this the program finds an empty folder, or changes the one that is shown, or leaves a
 * mount behind. */
static void test_shows_and_keeps(void **state)
{
    struct error err OWNED(error_release) = {0};
    int status = run_on_overlay("test \"$(cat file)\" = shown && echo changed >file && "
                                "test \"$(cat file)\" = changed && echo made >other",
                                &err);
    struct stat file;
    (void)state;

    /* Where nothing may be mounted the failure is told, and that is all that there is to test. */
    if (status == SPAWN_NOT_FOUND) {
        assert_int_not_equal(geteuid(), 0);
        assert_non_null(strstr(err.message, "mount"));
        return;
    }
    assert_int_equal(status, 0);
    assert_int_equal(stat(scratch_path(LOWER "/file"), &file), 0);
    assert_int_equal(file.st_size, 5);
    assert_int_not_equal(access(scratch_path(LOWER "/other"), F_OK), 0);
    assert_int_equal(access(scratch_path("upper/other"), F_OK), 0);
    assert_int_not_equal(access(scratch_path("target/file"), F_OK), 0);
    assert_int_equal(rmdir(scratch_path("target")), 0);
}

/* Without this a server runs on an empty folder where the overlay could not be mounted. */
static void test_failure_is_told(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_int_equal(rmdir(paths[2]), 0);
    assert_int_equal(run_on_overlay("exit 0", &err), SPAWN_NOT_FOUND);
    assert_non_null(strstr(err.message, "mount"));
    assert_non_null(strstr(err.message, "\"sh\": "));
}

/* Without this an ordinary user's server loses its user, or is never given the overlay. */
static void test_an_ordinary_user_stays_who_it_is(void **state)
{
    struct error err OWNED(error_release) = {0};
    int status = 0;
    pid_t child;
    (void)state;

    if (geteuid() != 0)
        return; /* the test above was one */
    assert_int_equal(chmod(scratch_folder(), 0755), 0);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(chown(paths[i], 65534, 65534), 0);
    assert_int_equal(chown(scratch_path(LOWER "/file"), 65534, 65534), 0);
    child = fork();
    if (child == 0) {
        /* Who was root before is closed to itself, but for what says otherwise. */
        int ran = setgid(65534) == 0 && setuid(65534) == 0 &&
                          prctl(PR_SET_DUMPABLE, 1UL, 0UL, 0UL, 0UL) == 0
                      ? run_on_overlay("test $(id -u) = 65534 && echo changed >file", &err)
                      : 1;

        _exit(ran == SPAWN_NOT_FOUND && strstr(err.message, "mount") != NULL ? 0 : ran);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void)
{
#define OVERLAY_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        OVERLAY_TEST(test_shows_and_keeps),
        OVERLAY_TEST(test_failure_is_told),
        OVERLAY_TEST(test_an_ordinary_user_stays_who_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
