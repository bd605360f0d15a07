#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/report/output.h"

static int ignore_closed_pipes(void **state)
{
    (void)state;
    return signal(SIGPIPE, SIG_IGN) == SIG_ERR ? -1 : 0;
}

/* Without this `-o /dev/null`, run as root, replaces the machine's /dev/null with a file. */
static void test_devices_are_written_into(void **state)
{
    struct output output OWNED(output_release) = {0};
    struct strbuf text OWNED(strbuf_release) = {0};
    struct error err OWNED(error_release) = {0};
    struct stat status;
    (void)state;

    strbuf_add(&text, "text");
    assert_true(output_open("/dev/null", &output, &err));
    assert_true(output_write(&output, &text, &err));
    output_release(&output);
    assert_int_equal(stat("/dev/null", &status), 0);
    assert_true(S_ISCHR(status.st_mode));
    assert_true(output_open("/dev/full", &output, &err));
    assert_false(output_write(&output, &text, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_string_equal(err.message, "could not write \"/dev/full\": No space left on device");
}

/* Runs output_print() or output_write() with standard output on `descriptor`. */
static bool write_to_descriptor(int descriptor, bool print, const char *path,
                                const struct strbuf *text, struct error *err)
{
    struct output output OWNED(output_release) = {0};
    int saved = dup(STDOUT_FILENO);
    bool written;

    assert_int_equal(fflush(stdout), 0);
    assert_int_equal(dup2(descriptor, STDOUT_FILENO), STDOUT_FILENO);
    written = print ? output_print(text, err)
                    : output_open(path, &output, err) && output_write(&output, text, err);
    assert_int_equal(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
    assert_int_equal(close(saved), 0);
    return written;
}

static bool print_done_to_descriptor(int descriptor, const struct strbuf *lines, bool done,
                                     struct error *err)
{
    int saved OWNED(file_close) = dup(STDOUT_FILENO);
    bool result;

    assert_int_equal(fflush(stdout), 0);
    assert_int_equal(dup2(descriptor, STDOUT_FILENO), STDOUT_FILENO);
    result = output_print_done(lines, done, err);
    assert_int_equal(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
    return result;
}

/* Without this `{ echo a; pgclone create -o /dev/stdout; } > file` loses the first line. */
static void test_standard_output_by_its_path(void **state)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    struct error err OWNED(error_release) = {0};
    char path[] = "/tmp/pgclone_output_XXXXXX";
    char content[64] = "";
    int descriptor = mkstemp(path);
    (void)state;

    assert_true(descriptor > STDERR_FILENO);
    assert_int_equal(write(descriptor, "before\n", 7), 7);
    strbuf_add(&text, "after\n");
    assert_true(write_to_descriptor(descriptor, false, "/dev/stdout", &text, &err));
    assert_int_equal(pread(descriptor, content, sizeof content - 1, 0), 13);
    assert_string_equal(content, "before\nafter\n");
    assert_int_equal(close(descriptor), 0);
    assert_int_equal(unlink(path), 0);
}

/* Without this `pgclone list | head -0` and a full disk pass for success. */
static void test_standard_output_that_fails(void **state)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    int ends[2];
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    (void)state;

    strbuf_add(&text, "text");
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(close(ends[0]), 0);
    for (int i = 0; i < 4; i++) {
        struct error err OWNED(error_release) = {0};
        bool closed = i % 2 == 0;

        assert_false(write_to_descriptor(closed ? ends[1] : full, i > 1, NULL, &text, &err));
        assert_int_equal(err.kind, ERROR_SYSTEM);
        assert_string_equal(err.message,
                            closed ? "could not write to standard output: Broken pipe"
                                   : "could not write to standard output: No space left on device");
    }
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(close(full), 0);
}

/* Without this nobody learns what was dropped before something failed, or why that did. */
static void test_what_is_owed(void **state)
{
    struct strbuf lines OWNED(strbuf_release) = {0};
    struct error err OWNED(error_release) = {0};
    int full OWNED(file_close) = open("/dev/full", O_WRONLY | O_CLOEXEC);
    int readable OWNED(file_close) = -1;
    int writable OWNED(file_close) = -1;
    char printed[16] = "";
    (void)state;

    assert_true(file_pipe(&readable, &writable, NULL));
    strbuf_add(&lines, "dropped a\n");
    error_set(&err, ERROR_SERVER, "b is in the way");
    assert_false(print_done_to_descriptor(writable, &lines, false, &err));
    assert_int_equal(read(readable, printed, sizeof printed - 1), 10);
    assert_string_equal(printed, "dropped a\n");
    assert_false(print_done_to_descriptor(full, &lines, false, &err));
    assert_string_equal(err.message, "b is in the way");
    assert_false(print_done_to_descriptor(full, &lines, true, &err));
    assert_non_null(strstr(err.message, "could not write to standard output"));
    assert_true(print_done_to_descriptor(writable, &lines, true, NULL));
}

struct reader {
    int descriptor;
    size_t count;
};

static void *read_slowly(void *argument)
{
    struct reader *reader = argument;
    char bytes[8192];
    ssize_t count;

    (void)usleep(20000);
    while ((count = read(reader->descriptor, bytes, sizeof bytes)) > 0)
        reader->count += (size_t)count;
    return NULL;
}

/* Without this output longer than a pipe holds is cut where node made the pipe non-blocking. */
static void test_nonblocking_pipe_gets_everything(void **state)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    struct error err OWNED(error_release) = {0};
    struct reader reader = {0};
    pthread_t thread;
    int ends[2];
    (void)state;

    for (int i = 0; i < 300000; i++)
        strbuf_add_char(&text, 'x');
    assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, 0), 0);
    reader.descriptor = ends[0];
    assert_int_equal(pthread_create(&thread, NULL, read_slowly, &reader), 0);
    assert_true(write_to_descriptor(ends[1], false, NULL, &text, &err));
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(reader.count, text.length);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_devices_are_written_into),
        cmocka_unit_test(test_standard_output_by_its_path),
        cmocka_unit_test(test_standard_output_that_fails),
        cmocka_unit_test(test_what_is_owed),
        cmocka_unit_test(test_nonblocking_pipe_gets_everything),
    };

    return cmocka_run_group_tests(tests, ignore_closed_pipes, NULL);
}
