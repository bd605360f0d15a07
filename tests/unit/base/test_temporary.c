// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/temporary.h"
#include "scratch_folder.h"

#define NAME "pgclone-ephemeral-0123456789abcdef"

static const struct temporary_kind files = {.prefix = "pgclone-test-", .suffix = ".json"};
static const struct temporary_kind folders = {
    .prefix = "pgclone-ephemeral-", .suffix = "", .lock_name = "pgclone-ephemeral.lock"};

/* Sweeps the scratch folder; whether this name was removed from it. */
static bool sweep_removes(const struct temporary_kind *kind, const char *name)
{
    struct stat status;

    assert_int_equal(lstat(scratch_path(name), &status), 0);
    temporary_sweep(kind, scratch_folder());
    return lstat(scratch_path(name), &status) != 0;
}

static void make(const struct temporary_kind *kind, struct temporary *out)
{
    assert_true(temporary_make(kind, scratch_folder(), out, NULL));
}

/* Leaves it as a killed process would. */
static void abandon(struct temporary *temporary)
{
    file_close(&temporary->lock);
    memory_free_string(&temporary->path);
}

static void assert_mode(const char *path, mode_t mode)
{
    struct stat status;

    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, mode);
}

/* Without this others read the passwords in it, or it stays when its process has ended well. */
static void test_private_and_removed(void **state)
{
    struct temporary file = TEMPORARY_NONE;
    struct temporary folder = TEMPORARY_NONE;
    char *inside OWNED(memory_free_string) = NULL;
    (void)state;

    temporary_remove(&file);
    make(&files, &file);
    make(&folders, &folder);
    inside = file_join(folder.path, "socket");
    assert_mode(file.path, 0600);
    assert_mode(folder.path, 0700);
    assert_int_equal(strlen(file.path), strlen(scratch_path("pgclone-test-0123456789abcdef.json")));
    assert_int_equal(symlink("/etc", inside), 0);
    temporary_remove(&file);
    temporary_remove(&folder);
    assert_null(file.path);
    assert_int_equal(folder.lock, -1);
    assert_int_equal(rmdir(scratch_folder()), 0);
    assert_int_equal(mkdir(scratch_folder(), 0700), 0);
}

/* Without this a second run takes away what the first one uses, or passwords of a killed one lie
 * about for ever. */
static void test_only_dead_ones_are_swept(void **state)
{
    static const struct temporary_kind *const kinds[] = {&files, &folders};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        struct temporary alive OWNED(temporary_remove) = TEMPORARY_NONE;
        struct temporary dead = TEMPORARY_NONE;
        char *name OWNED(memory_free_string) = NULL;

        make(kinds[i], &alive);
        make(kinds[i], &dead);
        name = memory_copy_string(strrchr(dead.path, '/') + 1);
        assert_false(sweep_removes(kinds[i], name));
        abandon(&dead);
        assert_true(sweep_removes(kinds[i], name));
        assert_int_equal(access(alive.path, F_OK), 0);
        assert_false(sweep_removes(kinds[i], strrchr(alive.path, '/') + 1));
    }
    temporary_sweep(&files, "/none");
}

/* Without this a file that merely bears such a name, or that a link of that name leads to, goes. */
static void test_files_that_are_not_ours_are_left(void **state)
{
    static const char name[] = "pgclone-test-0123456789abcdef.json";
    (void)state;

    scratch_make_file("pgclone-test-0123456789abcdef", "x", 0600);
    scratch_make_file("pgclone-test-0123456789abcdef.json.bak", "x", 0600);
    scratch_make_file("precious", "x", 0600);
    assert_int_equal(symlink(scratch_path("precious"), scratch_path(name)), 0);
    assert_false(sweep_removes(&files, name));
    assert_int_equal(access(scratch_path("precious"), F_OK), 0);
    assert_int_equal(unlink(scratch_path(name)), 0);
    scratch_make_file(name, "x", 0600);
    if (geteuid() == 0) {
        assert_int_equal(chown(scratch_path(name), 65534, 65534), 0);
        assert_false(sweep_removes(&files, name));
        assert_int_equal(chown(scratch_path(name), 0, 0), 0);
    }
    assert_true(sweep_removes(&files, name));
    assert_int_equal(access(scratch_path("pgclone-test-0123456789abcdef"), F_OK), 0);
    assert_int_equal(access(scratch_path("pgclone-test-0123456789abcdef.json.bak"), F_OK), 0);
}

static bool ended;

static void note_path(const char *path)
{
    ended = strstr(path, NAME) != NULL;
    assert_int_equal(access(path, F_OK), 0);
}

/* Without this a server of a dead process works on in a folder that is gone. */
static void test_leftovers_are_ended_first(void **state)
{
    struct temporary_kind kind = folders;
    (void)state;

    kind.end_leftovers = note_path;
    scratch_make_folder(NAME, 0700);
    scratch_make_file(NAME "/pgclone-ephemeral.lock", "", 0600);
    assert_true(sweep_removes(&kind, NAME));
    assert_true(ended);
}

/* Without this nobody learns which folder it was that cannot be written to. */
static void test_failure_names_the_folder(void **state)
{
    struct temporary none = TEMPORARY_NONE;
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_false(temporary_make(&files, "/none", &none, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_string_equal(err.message,
                        "could not make a file in \"/none\": No such file or directory");
    assert_false(temporary_make(&folders, "/none", &none, &err));
    assert_string_equal(err.message,
                        "could not make a folder in \"/none\": No such file or directory");
    assert_null(none.path);
}

/* Without this a relative TMPDIR scatters files over the folders that pgclone is called in. */
static void test_parent(void **state)
{
    (void)state;

    assert_int_equal(setenv("TMPDIR", "/var/tmp", 1), 0);
    assert_string_equal(temporary_parent(), "/var/tmp");
    assert_int_equal(setenv("TMPDIR", "here", 1), 0);
    assert_string_equal(temporary_parent(), "/tmp");
    assert_int_equal(unsetenv("TMPDIR"), 0);
    assert_string_equal(temporary_parent(), "/tmp");
}

/* Without this one killed between two steps of its making or its removal stays. */
static void test_half_made_one_is_removed(void **state)
{
    (void)state;

    scratch_make_folder(NAME, 0700);
    assert_true(sweep_removes(&folders, NAME));
    scratch_make_folder(NAME, 0700);
    scratch_make_file(NAME "/pgclone-ephemeral.lock", "", 0600);
    assert_true(sweep_removes(&folders, NAME));
    assert_int_not_equal(access(scratch_path(NAME), F_OK), 0);
}

/* Without this a folder that merely bears such a name is removed with what a user has in it. */
static void test_what_is_not_ours_is_left(void **state)
{
    (void)state;

    scratch_make_folder(NAME, 0700);
    scratch_make_file(NAME "/precious", "x", 0600);
    assert_false(sweep_removes(&folders, NAME));
    /* Others may write in it: whose the lock file is, nobody knows. */
    scratch_make_file(NAME "/pgclone-ephemeral.lock", "", 0600);
    assert_int_equal(chmod(scratch_path(NAME), 0770), 0);
    assert_false(sweep_removes(&folders, NAME));
    assert_int_equal(chmod(scratch_path(NAME), 0700), 0);
    assert_int_equal(unlink(scratch_path(NAME "/pgclone-ephemeral.lock")), 0);
    assert_int_equal(symlink("/etc/passwd", scratch_path(NAME "/pgclone-ephemeral.lock")), 0);
    assert_false(sweep_removes(&folders, NAME));
    assert_int_equal(access(scratch_path(NAME "/precious"), F_OK), 0);
}

/* Without this a link leads the sweep to a folder elsewhere, or a look-alike is swept. */
static void test_names_and_links(void **state)
{
    static const char *const names[] = {"pgclone-ephemeral-", "pgclone-ephemeral-0123456789abcde",
                                        "pgclone-ephemeral-0123456789abcdef0",
                                        "pgclone-ephemeral-0123456789ABCDEF", "pgclone-test-1"};
    (void)state;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        scratch_make_folder(names[i], 0700);
        assert_false(sweep_removes(&folders, names[i]));
        assert_int_equal(access(scratch_path(names[i]), F_OK), 0);
    }
    scratch_make_folder("target", 0700);
    scratch_make_file("target/pgclone-ephemeral.lock", "", 0600);
    assert_int_equal(symlink(scratch_path("target"), scratch_path(NAME)), 0);
    assert_false(sweep_removes(&folders, NAME));
    assert_int_equal(access(scratch_path("target/pgclone-ephemeral.lock"), F_OK), 0);
}

/* Without this root, sweeping, removes another user's folder, and with it that user's server. */
static void test_another_users_is_left(void **state)
{
    (void)state;

    if (geteuid() != 0)
        skip();
    scratch_make_folder(NAME, 0700);
    scratch_make_file(NAME "/pgclone-ephemeral.lock", "", 0600);
    assert_int_equal(chown(scratch_path(NAME "/pgclone-ephemeral.lock"), 65534, 65534), 0);
    assert_false(sweep_removes(&folders, NAME));
    assert_int_equal(chown(scratch_path(NAME), 65534, 65534), 0);
    assert_false(sweep_removes(&folders, NAME));
}

int main(void)
{
#define TEMPORARY_TEST(function)                                                                   \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        TEMPORARY_TEST(test_private_and_removed),
        TEMPORARY_TEST(test_only_dead_ones_are_swept),
        TEMPORARY_TEST(test_files_that_are_not_ours_are_left),
        TEMPORARY_TEST(test_leftovers_are_ended_first),
        TEMPORARY_TEST(test_failure_names_the_folder),
        TEMPORARY_TEST(test_parent),
        TEMPORARY_TEST(test_half_made_one_is_removed),
        TEMPORARY_TEST(test_what_is_not_ours_is_left),
        TEMPORARY_TEST(test_names_and_links),
        TEMPORARY_TEST(test_another_users_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
