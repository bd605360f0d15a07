// links: scratch_folder.c
// links: told_files.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/template/walk.h"
#include "scratch_folder.h"
#include "told_files.h"

static bool walk_scratch(const char *path, struct error *err)
{
    struct walk walk OWNED(walk_release) = {.sink = &told_files_sink, .base = -1, .folder = -1};
    struct input_name name OWNED(input_name_release) = {0};

    assert_true(walk_begin(&walk, scratch_folder()));
    input_name_resolve(scratch_folder(), path, &name);
    return walk_read(&walk, path, &name, false, err);
}

/* Without this the order is that of the disk, and of who made the files. */
static void test_tells_in_the_order_of_bytes(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    scratch_make_tree("d/;d/b=2;d/\xc3\xa4=5;d/a\nz=1;d/c/;d/c/y=3;d/empty/;d/c.d=4;");
    scratch_make_file("d/A", "", 0600);
    assert_true(walk_scratch("d", &err));
    assert_string_equal(told_files(), "d/A=;d/a\nz=1;d/b=2;d/c/y=3;d/c.d=4;d/\xc3\xa4=5;");
}

/* Without this a link to a folder above makes the walk endless, and one to nowhere ends it. */
static void test_tells_links_by_their_text(void **state)
{
    struct error err OWNED(error_release) = {0};
    char text[601];
    char told[700];
    (void)state;

    memset(text, 'x', 600);
    text[600] = '\0';
    scratch_make_folder("d", 0755);
    assert_int_equal(symlink("..", scratch_path("d/loop")), 0);
    assert_int_equal(symlink("nowhere", scratch_path("d/gone")), 0);
    assert_int_equal(symlink(text, scratch_path("d/long")), 0);
    assert_true(walk_scratch("d", &err));
    (void)snprintf(told, sizeof told, "d/gone->nowhere;d/long->%s;d/loop->..;", text);
    assert_string_equal(told_files(), told);
}

/* Without this a socket of an editor or a pipe ends the walk, or holds it up for ever. */
static void test_leaves_out_what_is_no_file(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    scratch_make_tree("d/;d/.git/;d/.git/HEAD=x;d/sub/;d/sub/.git=gitdir: x;"
                      "d/sub/__pycache__/;d/sub/__pycache__/x.pyc=x;d/sub/.gitignore=y;");
    assert_int_equal(mkfifo(scratch_path("d/pipe"), 0600), 0);
    assert_true(walk_scratch("d", &err));
    assert_string_equal(told_files(), "d/sub/.gitignore=y;");
    assert_false(walk_scratch("d/pipe", &err));
    assert_string_equal(err.message, "could not read \"d/pipe\": it is neither file nor folder");
}

/* Without this a file of more than one piece is cut, or one of /proc, whose size is 0, is empty. */
static void test_tells_all_of_a_file(void **state)
{
    struct error err OWNED(error_release) = {0};
    static char text[200001];
    (void)state;

    memset(text, 'x', sizeof text - 1);
    scratch_make_file("big", text, 0644);
    assert_true(walk_scratch("big", &err));
    assert_int_equal(strlen(told_files()), strlen("big=;") + sizeof text - 1);
    told_files_clear();
    if (access("/proc/self/cmdline", R_OK) == 0) {
        assert_true(walk_scratch("/proc/self/cmdline", &err));
        assert_true(strlen(told_files()) > strlen("cmdline=;"));
    }
}

/* Without this a folder that is nested deeply ends the stack, or the descriptors. */
static void test_walks_as_deep_as_it_gets(void **state)
{
    struct error err OWNED(error_release) = {0};
    int folder OWNED(file_close) = file_open_folder(AT_FDCWD, scratch_folder());
    const char *text;
    (void)state;

    for (int depth = 0; depth < 3000; depth++) {
        int next;

        assert_int_equal(mkdirat(folder, "deep", 0755), 0);
        next = file_open_folder(folder, "deep");
        assert_true(next >= 0);
        file_close(&folder);
        folder = next;
    }
    assert_int_equal(symlinkat("x", folder, "last"), 0);
    scratch_make_file("deep/last", "back", 0644);
    assert_true(walk_scratch("deep", &err));
    text = told_files();
    assert_int_equal(strlen(text), 3000 * strlen("deep/") + strlen("last->x;deep/last=back;"));
    assert_non_null(strstr(text, "last->x;deep/last=back;"));
    /* tree_remove() goes as deep as it has descriptors. */
    for (int depth = 0; depth < 3000; depth++) {
        int above = openat(folder, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        assert_true(above >= 0);
        (void)unlinkat(folder, "last", 0);
        file_close(&folder);
        folder = above;
        assert_int_equal(unlinkat(folder, "deep", AT_REMOVEDIR), 0);
    }
}

/* Without this nobody learns which file it is. */
static void test_names_what_cannot_be_read(void **state)
{
    struct error err OWNED(error_release) = {0};
    uid_t user = geteuid();
    bool read;
    (void)state;

    scratch_make_folder("d", 0755);
    scratch_make_file("d/a\n", "x", 0000);
    if (user == 0)
        assert_int_equal(seteuid(65534), 0);
    read = walk_scratch("d", &err);
    assert_int_equal(seteuid(user), 0);
    assert_false(read);
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_string_equal(err.message, "could not read \"d/a\\x0a\": Permission denied");
    assert_false(walk_scratch("gone", &err));
    assert_string_equal(err.message, "could not read \"gone\": No such file or directory");
}

static void remove_others(void)
{
    assert_int_equal(unlink(scratch_path("d/b")), 0);
    assert_int_equal(unlink(scratch_path("d/c")), 0);
    assert_int_equal(rmdir(scratch_path("d/e")), 0);
}

/* Without this a file that an editor keeps for a moment fails a run. */
static void test_passes_over_what_vanishes(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    scratch_make_tree("d/;d/a=1;d/b=2;");
    assert_int_equal(symlink("x", scratch_path("d/c")), 0);
    scratch_make_folder("d/e", 0755);
    scratch_make_file("d/f", "3", 0644);
    told_files_during("d/a", remove_others);
    assert_true(walk_scratch("d", &err));
    assert_string_equal(told_files(), "d/a=1;d/f=3;");
}

static void move_away(void)
{
    assert_int_equal(rename(scratch_path("d/sub"), scratch_path("away")), 0);
}

/* Without this the walk goes on in whatever folder the moved one has come to. */
static void test_notices_that_a_folder_was_moved(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    scratch_make_tree("d/;d/sub/;d/sub/a=1;other=2;");
    told_files_during("d/sub/a", move_away);
    assert_false(walk_scratch("d", &err));
    assert_string_equal(err.message, "could not read \"d/sub\": it was moved or removed meanwhile");
}

/* Without this Ctrl-C waits for a large folder. */
static void test_ends_at_a_signal(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    scratch_make_folder("d", 0755);
    scratch_make_file("d/a", "1", 0644);
    assert_true(interrupt_install(&err));
    assert_int_equal(raise(SIGTERM), 0);
    assert_false(walk_scratch("d", &err));
    assert_int_equal(err.kind, ERROR_INTERRUPTED);
    interrupt_reset();
}

int main(void)
{
#define WALK_TEST(function)                                                                        \
    cmocka_unit_test_setup_teardown(function, scratch_setup, told_files_teardown)
    const struct CMUnitTest tests[] = {
        WALK_TEST(test_tells_in_the_order_of_bytes),
        WALK_TEST(test_tells_links_by_their_text),
        WALK_TEST(test_leaves_out_what_is_no_file),
        WALK_TEST(test_tells_all_of_a_file),
        WALK_TEST(test_walks_as_deep_as_it_gets),
        WALK_TEST(test_names_what_cannot_be_read),
        WALK_TEST(test_passes_over_what_vanishes),
        WALK_TEST(test_notices_that_a_folder_was_moved),
        WALK_TEST(test_ends_at_a_signal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
