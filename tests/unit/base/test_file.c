// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "scratch_folder.h"

/* Without this the end of a long log, which says why the server failed, is cut off. */
static void test_reads_the_end(void **state)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    int folder OWNED(file_close) = file_open_folder(AT_FDCWD, scratch_folder());
    (void)state;

    scratch_make_file("log", "first\nlast\n", 0600);
    assert_true(file_read_end(folder, "log", 5, &text));
    assert_string_equal(strbuf_text(&text), "last\n");
    assert_string_equal(strbuf_trim(&text), "last");
    assert_true(file_read_end(folder, "log", 100, &text));
    assert_string_equal(strbuf_trim(&text), "lastfirst\nlast");
    assert_false(file_read_end(folder, "none", 5, &text));
}

/* Without this a file of /proc, whose size is 0, is taken for an empty one. */
static void test_reads_what_has_no_size(void **state)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    (void)state;

    assert_true(file_read_end(AT_FDCWD, "/proc/self/status", 65536, &text));
    assert_true(text.length > 100);
}

/* Without this a link or a pipe in place of a file leads elsewhere, or holds us up. */
static void test_follows_no_link_and_waits_for_no_pipe(void **state)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    (void)state;

    scratch_make_file("file", "x", 0600);
    assert_int_equal(symlink(scratch_path("file"), scratch_path("link")), 0);
    assert_false(file_read_end(AT_FDCWD, scratch_path("link"), 5, &text));
    assert_int_equal(mkfifo(scratch_path("pipe"), 0600), 0);
    (void)file_read_end(AT_FDCWD, scratch_path("pipe"), 5, &text);
    assert_int_equal(text.length, 0);
    assert_int_equal(symlink("/", scratch_path("root")), 0);
    assert_int_equal(file_open_folder(AT_FDCWD, scratch_path("root")), -1);
}

static void assert_unreadable(const char *name, size_t limit, const char *verb, const char *reason)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    struct strbuf expected OWNED(strbuf_release) = {0};
    struct error err OWNED(error_release) = {0};

    strbuf_printf(&expected, "could not %s \"%s\": %s", verb, scratch_path(name), reason);
    assert_false(file_read(scratch_path(name), limit, &text, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_string_equal(err.message, strbuf_text(&expected));
    assert_null(text.data);
}

/* Without this a settings file is read in part, or /dev/zero into all memory. */
static void test_reads_all_or_nothing(void **state)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    scratch_make_file("file", "12345", 0600);
    assert_int_equal(symlink(scratch_path("file"), scratch_path("link")), 0);
    assert_true(file_read(scratch_path("link"), 5, &text, &err));
    assert_string_equal(strbuf_text(&text), "12345");
    assert_unreadable("file", 4, "read", "larger than 4 bytes");
    assert_unreadable("none", 4, "open", "No such file or directory");
    assert_unreadable("", 4, "read", "Is a directory");
}

/* Without this output that is larger than a pipe is cut off, or fails where the pipe does not block
 * its writer. */
static void test_writes_all_of_it(void **state)
{
    static char sent[1 << 20];
    static char got[sizeof sent];
    int readable OWNED(file_close) = -1;
    int writable OWNED(file_close) = -1;
    size_t length = 0;
    ssize_t count;
    pid_t writer;
    (void)state;

    memset(sent, 'x', sizeof sent);
    assert_true(file_pipe(&readable, &writable, NULL));
    assert_int_equal(fcntl(writable, F_GETFD), FD_CLOEXEC);
    assert_int_equal(fcntl(writable, F_SETFL, O_NONBLOCK), 0);
    writer = fork();
    assert_true(writer >= 0);
    if (writer == 0)
        _exit(file_write(writable, sent, sizeof sent) ? 0 : 1);
    file_close(&writable);
    while ((count = read(readable, got + length, sizeof got - length)) > 0)
        length += (size_t)count;
    assert_int_equal(length, sizeof sent);
    assert_memory_equal(got, sent, sizeof sent);
    assert_int_equal(waitpid(writer, NULL, 0), writer);
    assert_false(file_write(readable, "x", 1));
    assert_int_equal(errno, EBADF);
}

/* Without this a folder named "psql", or a file that lost its mode in a copy, is found in place of
 * the program that comes after it. */
static void test_what_can_be_started(void **state)
{
    (void)state;

    scratch_make_file("program", "", 0755);
    scratch_make_file("plain", "", 0644);
    scratch_make_folder("folder", 0755);
    assert_int_equal(symlink("program", scratch_path("link")), 0);
    assert_true(file_is_program(scratch_path("program")));
    assert_true(file_is_program(scratch_path("link")));
    assert_false(file_is_program(scratch_path("plain")));
    assert_false(file_is_program(scratch_path("folder")));
    assert_false(file_is_program(scratch_path("none")));
}

/* Without this a living process's files are removed, or a lock is taken on what is not ours. */
static void test_lock_is_held_once(void **state)
{
    int lock OWNED(file_close) = file_lock(AT_FDCWD, scratch_path("lock"), O_CREAT | O_EXCL);
    struct stat status;
    (void)state;

    assert_true(lock >= 0);
    assert_int_equal(fstat(lock, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(file_lock(AT_FDCWD, scratch_path("lock"), 0), -1);
    assert_int_equal(errno, EWOULDBLOCK);
    assert_int_equal(file_lock(AT_FDCWD, scratch_path("none"), 0), -1);
    assert_int_equal(errno, ENOENT);
    assert_int_equal(mkfifo(scratch_path("pipe"), 0600), 0);
    assert_int_equal(file_lock(AT_FDCWD, scratch_path("pipe"), 0), -1);
    assert_int_equal(errno, EPERM);
    file_close(&lock);
    lock = file_lock(AT_FDCWD, scratch_path("lock"), 0);
    assert_true(lock >= 0);
}

/* Without this a folder is emptied of itself or of the one above it. */
static void test_lists_what_is_in_a_folder(void **state)
{
    DIR *listing OWNED(file_close_list) = NULL;
    (void)state;

    scratch_make_file("one", "x", 0600);
    listing = file_list(AT_FDCWD, scratch_folder());
    assert_non_null(listing);
    assert_string_equal(file_next(listing), "one");
    assert_null(file_next(listing));
    assert_null(file_list(AT_FDCWD, scratch_path("one")));
    assert_int_equal(errno, ENOTDIR);
}

int main(void)
{
#define FILE_TEST(function)                                                                        \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        FILE_TEST(test_reads_the_end),
        FILE_TEST(test_reads_what_has_no_size),
        FILE_TEST(test_follows_no_link_and_waits_for_no_pipe),
        FILE_TEST(test_reads_all_or_nothing),
        FILE_TEST(test_writes_all_of_it),
        FILE_TEST(test_what_can_be_started),
        FILE_TEST(test_lock_is_held_once),
        FILE_TEST(test_lists_what_is_in_a_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
