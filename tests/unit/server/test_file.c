// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/server/file.h"
#include "scratch_folder.h"

/* Without this the end of a long log, which says why the server failed, is cut off. */
static void test_reads_the_end(void **state)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    int folder OWNED(file_close) = file_open_folder(AT_FDCWD, scratch_folder());
    (void)state;

    scratch_make_file("log", "first\nlast\n", 0600);
    assert_true(file_read(folder, "log", 5, &text));
    assert_string_equal(strbuf_text(&text), "last\n");
    assert_string_equal(file_trim(&text), "last");
    assert_true(file_read(folder, "log", 100, &text));
    assert_string_equal(file_trim(&text), "lastfirst\nlast");
    assert_false(file_read(folder, "none", 5, &text));
}

/* Without this a file of /proc, whose size is 0, is taken for an empty one. */
static void test_reads_what_has_no_size(void **state)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    (void)state;

    assert_true(file_read(AT_FDCWD, "/proc/self/status", 65536, &text));
    assert_true(text.length > 100);
}

/* Without this a link or a pipe in place of a file leads elsewhere, or holds us up. */
static void test_follows_no_link_and_waits_for_no_pipe(void **state)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    (void)state;

    scratch_make_file("file", "x", 0600);
    assert_int_equal(symlink(scratch_path("file"), scratch_path("link")), 0);
    assert_false(file_read(AT_FDCWD, scratch_path("link"), 5, &text));
    assert_int_equal(mkfifo(scratch_path("pipe"), 0600), 0);
    (void)file_read(AT_FDCWD, scratch_path("pipe"), 5, &text);
    assert_int_equal(text.length, 0);
    assert_int_equal(symlink("/", scratch_path("root")), 0);
    assert_int_equal(file_open_folder(AT_FDCWD, scratch_path("root")), -1);
}

int main(void)
{
#define FILE_TEST(function)                                                                        \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_reads_the_end),
        FILE_TEST(test_reads_what_has_no_size),
        FILE_TEST(test_follows_no_link_and_waits_for_no_pipe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
