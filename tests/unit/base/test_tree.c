// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/tree.h"
#include "scratch_folder.h"

static bool copy(uid_t from_uid, struct tree_count *count, struct error *err)
{
    return tree_copy(scratch_path("from"), from_uid, scratch_path("to"), NULL, count, err);
}

static int setup(void **state)
{
    if (scratch_setup(state) != 0)
        return -1;
    scratch_make_folder("from", 0755);
    scratch_make_folder("to", 0700);
    return 0;
}

/* Without this a data folder lacks files, or others may read them, or what is copied is not
 * compared with what there was. */
static void test_copies_all_of_it(void **state)
{
    struct tree_count count = {0};
    struct error err OWNED(error_release) = {0};
    struct strbuf text OWNED(strbuf_release) = {0};
    struct stat status;
    (void)state;

    scratch_make_file("from/a", "hello", 0644);
    scratch_make_folder("from/deep", 0755);
    scratch_make_folder("from/deep/er", 0755);
    scratch_make_file("from/deep/er/b", "", 0644);
    assert_true(copy(geteuid(), &count, &err));
    assert_int_equal(count.files, 2);
    assert_int_equal(count.bytes, 5);
    assert_true(file_read_end(AT_FDCWD, scratch_path("to/a"), 100, &text));
    assert_string_equal(strbuf_text(&text), "hello");
    assert_int_equal(stat(scratch_path("to/deep/er/b"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(stat(scratch_path("to/deep"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
}

/* Without this the server's user has root copy /etc/shadow for it, by a link. */
static void test_copies_no_links(void **state)
{
    struct tree_count count = {.files = 7};
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_int_equal(symlink("/etc/passwd", scratch_path("from/link")), 0);
    assert_false(copy(geteuid(), &count, &err));
    assert_int_equal(count.files, 7);
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_non_null(strstr(err.message, "could not read \"link\""));
    assert_int_not_equal(access(scratch_path("to/link"), F_OK), 0);
}

/* Without this a hard link to root's file, or a planted file, ends up in a data folder. */
static void test_copies_only_one_users_files(void **state)
{
    struct tree_count count;
    struct error err OWNED(error_release) = {0};
    (void)state;

    scratch_make_file("from/a", "hello", 0644);
    assert_false(copy(geteuid() + 1, &count, &err));
    assert_non_null(strstr(err.message, "\"a\" is not what a server's user made"));
}

/* Without this a pipe in the folder holds the copy up for ever. */
static void test_copies_no_pipes(void **state)
{
    struct tree_count count;
    (void)state;

    assert_int_equal(mkfifo(scratch_path("from/pipe"), 0600), 0);
    assert_false(copy(geteuid(), &count, NULL));
}

/* Without this a run leaves files behind, or its removal goes on where a link leads. */
static void test_removes_all_and_follows_nothing(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    scratch_make_folder("from/deep", 0755);
    scratch_make_file("from/deep/a", "x", 0000);
    scratch_make_file("to/kept", "x", 0644);
    assert_int_equal(symlink(scratch_path("to"), scratch_path("from/link")), 0);
    assert_true(tree_remove(AT_FDCWD, scratch_path("from"), &err));
    assert_int_not_equal(access(scratch_path("from"), F_OK), 0);
    assert_int_equal(access(scratch_path("to/kept"), F_OK), 0);
    assert_true(tree_remove(AT_FDCWD, scratch_path("from"), &err));
    assert_int_equal(symlink(scratch_path("to"), scratch_path("link")), 0);
    assert_true(tree_remove(AT_FDCWD, scratch_path("link"), &err));
    assert_int_equal(access(scratch_path("to/kept"), F_OK), 0);
}

static bool look(const char *name, struct tree_state *out)
{
    const struct spawn_user self = {.uid = geteuid(), .gid = getegid()};
    int folder OWNED(file_close) = file_open_folder(AT_FDCWD, scratch_path(name));

    return tree_look(folder, &self, out);
}

/* Without this a damaged copy is taken for a whole one, or a whole one for damaged. */
static void test_looks_for_changes(void **state)
{
    const struct timespec then[2] = {{.tv_sec = 1000}, {.tv_sec = 1000, .tv_nsec = 5}};
    struct tree_state before;
    struct tree_state after;
    (void)state;

    scratch_make_folder("from/deep", 0700);
    scratch_make_file("from/deep/a", "hello", 0600);
    scratch_make_file("from/b", "", 0600);
    assert_int_equal(utimensat(AT_FDCWD, scratch_path("from/deep/a"), then, 0), 0);
    assert_true(look("from", &before));
    assert_int_equal(before.count.files, 2);
    assert_int_equal(before.count.bytes, 5);
    /* Archives keep whole seconds only. */
    assert_int_equal(
        utimensat(AT_FDCWD, scratch_path("from/deep/a"), (struct timespec[2]){then[0], then[0]}, 0),
        0);
    assert_true(look("from", &after));
    assert_true(after.digest == before.digest);
    assert_int_equal(utimensat(AT_FDCWD, scratch_path("from/deep/a"), NULL, 0), 0);
    assert_true(look("from", &after));
    assert_false(after.digest == before.digest);
    assert_int_equal(utimensat(AT_FDCWD, scratch_path("from/deep/a"), then, 0), 0);
    assert_int_equal(rename(scratch_path("from/b"), scratch_path("from/deep/b")), 0);
    assert_true(look("from", &after));
    assert_false(after.digest == before.digest);
    assert_int_equal(rename(scratch_path("from/deep/b"), scratch_path("from/b")), 0);
    scratch_make_folder("from/empty", 0700);
    assert_true(look("from", &after));
    assert_false(after.digest == before.digest);
}

/* Without this a link, or a file that others may write to, is taken for a server's data. */
static void test_looks_at_one_users_files_only(void **state)
{
    struct tree_state found;
    (void)state;

    scratch_make_file("from/a", "", 0600);
    assert_int_equal(chmod(scratch_path("from/a"), 0620), 0);
    assert_false(look("from", &found));
    assert_int_equal(chmod(scratch_path("from/a"), 0600), 0);
    assert_true(look("from", &found));
    assert_int_equal(symlink("/etc/passwd", scratch_path("from/link")), 0);
    assert_false(look("from", &found));
}

/* Without this what overlayfs leaves where it worked stays for ever. */
static void test_removes_what_is_closed_to_its_owner(void **state)
{
    const struct spawn_user nobody = {.uid = 65534, .gid = 65534};
    char *path OWNED(memory_free_string) = memory_copy_string(scratch_path("from"));
    int status = 0;
    pid_t child;
    (void)state;

    scratch_make_folder("from/work", 0700);
    scratch_make_folder("from/work/work", 0700);
    scratch_make_folder("from/work/work/#1", 0);
    assert_int_equal(chmod(scratch_path("from/work/work"), 0), 0);
    if (geteuid() == 0) {
        assert_int_equal(chmod(scratch_folder(), 0777), 0);
        assert_int_equal(chown(scratch_path("from/work/work/#1"), nobody.uid, nobody.gid), 0);
        assert_int_equal(chown(scratch_path("from/work/work"), nobody.uid, nobody.gid), 0);
        assert_int_equal(chown(scratch_path("from/work"), nobody.uid, nobody.gid), 0);
        assert_int_equal(chown(path, nobody.uid, nobody.gid), 0);
    }
    child = fork();
    if (child == 0) {
        /* Who was root before is closed to itself, but for what says otherwise. */
        bool ordinary = geteuid() != 0 || (setuid(nobody.uid) == 0 &&
                                           prctl(PR_SET_DUMPABLE, 1UL, 0UL, 0UL, 0UL) == 0);

        _exit(ordinary && tree_remove(AT_FDCWD, path, NULL) ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_not_equal(access(path, F_OK), 0);
}

int main(void)
{
#define TREE_TEST(function) cmocka_unit_test_setup_teardown(function, setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        TREE_TEST(test_copies_all_of_it),
        TREE_TEST(test_copies_no_links),
        TREE_TEST(test_copies_only_one_users_files),
        TREE_TEST(test_copies_no_pipes),
        TREE_TEST(test_removes_all_and_follows_nothing),
        TREE_TEST(test_looks_for_changes),
        TREE_TEST(test_looks_at_one_users_files_only),
        TREE_TEST(test_removes_what_is_closed_to_its_owner),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
