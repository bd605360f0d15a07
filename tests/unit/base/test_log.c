#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pgclone/base/log.h"
#include "pgclone/base/strbuf.h"

/* Standard error is one end of a datagram socket: what is received at once was written at once. */
static int saved_stderr = -1;
static int received = -1;

static int capture(void **state)
{
    int ends[2];
    (void)state;

    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0)
        return -1;
    saved_stderr = dup(STDERR_FILENO);
    received = ends[0];
    log_set_level(LOG_NORMAL);
    return dup2(ends[1], STDERR_FILENO) < 0 ? -1 : close(ends[1]);
}

static int release(void **state)
{
    (void)state;
    log_set_level(LOG_NORMAL);
    if (dup2(saved_stderr, STDERR_FILENO) < 0 || close(saved_stderr) != 0)
        return -1;
    return close(received);
}

/* The next write; an empty text when there was none. */
static void assert_written(const char *expected)
{
    char text[1024];
    ssize_t count = recv(received, text, sizeof text - 1, MSG_DONTWAIT);

    text[count > 0 ? count : 0] = '\0';
    assert_string_equal(text, expected);
}

/* Without this the lines of workers that fail at once are mixed up, or a hint stands alone. */
static void test_error_is_one_write(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    error_set(&err, ERROR_USAGE, "100%% \"a\nb\" %s", "ü%s");
    error_detail(&err, "Detail.");
    error_hint(&err, "Hint.");
    log_error(&err);
    assert_written("pgclone: error: 100% \"a\npgclone: error: b\" ü%s\n"
                   "pgclone: detail: Detail.\npgclone: hint: Hint.\n");
    assert_written("");
    log_warning(&err);
    assert_written("pgclone: warning: 100% \"a\npgclone: warning: b\" ü%s\n"
                   "pgclone: detail: Detail.\npgclone: hint: Hint.\n");
}

/* Without this only the first of several failed workers is told of. */
static void test_every_failure_of_a_chain_is_written(void **state)
{
    struct error err OWNED(error_release) = {0};
    struct error further OWNED(error_release) = {0};
    (void)state;

    error_set(&err, ERROR_SERVER, "gw0 failed");
    error_hint(&err, "Same hint.");
    error_set(&further, ERROR_SERVER, "gw1 failed");
    error_hint(&further, "Same hint.");
    error_append(&err, &further);
    log_error(&err);
    assert_written("pgclone: error: gw0 failed\npgclone: hint: Same hint.\n"
                   "pgclone: error: gw1 failed\n");
}

/* Without this -q is not quiet, or hides the error; or -v says too little or too much. */
static void test_levels(void **state)
{
    static const struct {
        enum log_level level;
        const char *written[4]; /* for a message of each level, in order */
    } cases[] = {
        {LOG_QUIET, {"pgclone: 0\n", "", "", ""}},
        {LOG_NORMAL, {"pgclone: 0\n", "pgclone: 1\n", "", ""}},
        {LOG_VERBOSE, {"pgclone: 0\n", "pgclone: 1\n", "pgclone: 2\n", ""}},
        {LOG_DEBUG, {"pgclone: 0\n", "pgclone: 1\n", "pgclone: 2\n", "pgclone: 3\n"}},
    };
    struct error err OWNED(error_release) = {0};
    (void)state;

    error_set(&err, ERROR_USAGE, "e");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        log_set_level(cases[i].level);
        for (int level = LOG_QUIET; level <= LOG_DEBUG; level++) {
            log_message((enum log_level)level, "%d", level);
            assert_written(cases[i].written[level]);
            assert_int_equal(log_enabled((enum log_level)level), cases[i].written[level][0] != 0);
        }
        log_error(&err);
        assert_written("pgclone: error: e\n");
        log_warning(&err);
        assert_written(cases[i].level == LOG_QUIET ? "" : "pgclone: warning: e\n");
    }
}

/* Without this a message stands behind the remains of the progress line. */
static void test_progress_line_makes_room(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    log_progress_clear();
    assert_written("");
    log_progress("pgclone: creating databases: 1 of 2");
    assert_written("\rpgclone: creating databases: 1 of 2\033[K");
    log_message(LOG_NORMAL, "notice");
    assert_written("\r\033[K");
    assert_written("pgclone: notice\n");
    log_progress("pgclone: creating databases: 2 of 2");
    assert_written("\rpgclone: creating databases: 2 of 2\033[K");
    error_set(&err, ERROR_SERVER, "failed");
    log_error(&err);
    assert_written("\r\033[K");
    assert_written("pgclone: error: failed\n");
    log_progress_clear();
    assert_written("");
}

/* Without this the line of a build's progress is mixed with what the build writes. */
static void test_what_is_passed_on(void **state)
{
    (void)state;

    log_progress("building");
    assert_written("\rbuilding\033[K");
    log_pass_on("one\ntw", 6);
    assert_written("\r\033[K");
    assert_written("one\ntw");
    log_progress("building");
    log_pass_on("", 0);
    assert_written("");
    log_pass_on("o\n", 2);
    assert_written("o\n");
    log_progress("building");
    assert_written("\rbuilding\033[K");
    log_pass_on("three", 5);
    assert_written("\r\033[K");
    assert_written("three");
    log_message(LOG_NORMAL, "notice");
    assert_written("\n");
    assert_written("pgclone: notice\n");
    log_message(LOG_NORMAL, "notice");
    assert_written("pgclone: notice\n");
}

/* Without this a closed standard error hangs or kills the program that has work to take back. */
static void test_closed_standard_error(void **state)
{
    int kept = dup(STDERR_FILENO);
    (void)state;

    assert_int_equal(close(STDERR_FILENO), 0);
    log_message(LOG_NORMAL, "to nobody");
    assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    assert_int_equal(close(kept), 0);
    assert_written("");
}

/* Without this the end of a long message is lost where standard error is a pipe that does not block
 * its writer, as node gives it to its children. */
static void test_standard_error_that_is_full(void **state)
{
    static char text[1 << 18];
    char bytes[4096];
    size_t length = 0;
    ssize_t count;
    int ends[2];
    pid_t writer;
    (void)state;

    memset(text, 'x', sizeof text - 1);
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    writer = fork();
    assert_true(writer >= 0);
    if (writer == 0) {
        if (dup2(ends[1], STDERR_FILENO) == STDERR_FILENO)
            log_message(LOG_NORMAL, "%s", text);
        _exit(0);
    }
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, 0), 0);
    (void)usleep(20000);
    while ((count = read(ends[0], bytes, sizeof bytes)) > 0)
        length += (size_t)count;
    assert_int_equal(length, strlen("pgclone: \n") + sizeof text - 1);
    assert_int_equal(waitpid(writer, NULL, 0), writer);
    assert_int_equal(close(ends[0]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_error_is_one_write, capture, release),
        cmocka_unit_test_setup_teardown(test_every_failure_of_a_chain_is_written, capture, release),
        cmocka_unit_test_setup_teardown(test_levels, capture, release),
        cmocka_unit_test_setup_teardown(test_progress_line_makes_room, capture, release),
        cmocka_unit_test_setup_teardown(test_what_is_passed_on, capture, release),
        cmocka_unit_test_setup_teardown(test_closed_standard_error, capture, release),
        cmocka_unit_test(test_standard_error_that_is_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
