#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pgclone/base/log.h"
#include "pgclone/base/relay.h"
#include "pgclone/base/strbuf.h"

static int saved_stderr = -1;
static int terminal = -1; /* our side of a pseudo-terminal whose other side is standard error */

static int become_terminal(void **state)
{
    int other;
    (void)state;

    terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0 ||
        fcntl(terminal, F_SETFL, O_NONBLOCK) != 0)
        return -1;
    other = open(ptsname(terminal), O_RDWR | O_NOCTTY); /* NOLINT(concurrency-mt-unsafe) */
    saved_stderr = dup(STDERR_FILENO);
    return other < 0 || dup2(other, STDERR_FILENO) < 0 || close(other) != 0 ? -1 : 0;
}

static int become_normal(void **state)
{
    (void)state;
    log_progress_clear();
    if (dup2(saved_stderr, STDERR_FILENO) < 0 || close(saved_stderr) != 0)
        return -1;
    return close(terminal);
}

static void assert_shown(const char *expected)
{
    struct strbuf shown OWNED(strbuf_release) = {0};
    char bytes[256];
    ssize_t count;

    while ((count = read(terminal, bytes, sizeof bytes)) > 0)
        strbuf_add_bytes(&shown, bytes, (size_t)count);
    assert_string_equal(strbuf_text(&shown), expected);
}

static void write_all(int descriptor, const char *text)
{
    assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
}

static void turn(struct relay *relay)
{
    struct poll_set set OWNED(poll_set_release) = {0};

    poll_set_clear(&set);
    relay_prepare(relay, &set);
    poll_set_until(&set, 0);
    poll_set_wait(&set);
    relay_turn(relay, &set);
}

/* Without this a program's output is lost, comes twice, or has line ends of its own. */
static void test_what_is_written_is_passed_on(void **state)
{
    struct relay relay;
    int program;
    (void)state;

    assert_true(relay_open(&relay));
    assert_int_equal(isatty(relay.follower), 1);
    program = dup(relay.follower);
    relay_give(&relay);
    turn(&relay);
    assert_shown("");
    write_all(program, "one\n");
    turn(&relay);
    assert_shown("one\r\n");
    write_all(program, "\033[1mtwo\033[0m\n");
    assert_int_equal(close(program), 0);
    relay_close(&relay);
    assert_shown("\033[1mtwo\033[0m\r\n");
    assert_int_equal(relay.leader, -1);
    assert_int_equal(relay.follower, -1);
}

/* Without this a program that has closed its output has the loop go round and round. */
static void test_nobody_writes_any_more(void **state)
{
    struct relay relay;
    (void)state;

    assert_true(relay_open(&relay));
    relay_give(&relay);
    turn(&relay);
    assert_int_equal(relay.leader, -1);
    turn(&relay);
    relay_close(&relay);
    assert_shown("");
}

/* Without this a program draws its own bar as wide as the window once was. */
static void test_resized_with_the_window(void **state)
{
    struct winsize size = {.ws_row = 24, .ws_col = 132};
    struct relay relay;
    (void)state;

    assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);
    assert_true(relay_open(&relay));
    assert_int_equal(ioctl(relay.follower, TIOCGWINSZ, &size), 0);
    assert_int_equal(size.ws_col, 132);
    size.ws_col = 60;
    assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);
    turn(&relay);
    size.ws_col = 0;
    assert_int_equal(ioctl(relay.follower, TIOCGWINSZ, &size), 0);
    assert_int_equal(size.ws_col, 60);
    relay_close(&relay);
}

/* Without this a build needs a terminal. */
static void test_none_without_a_terminal(void **state)
{
    struct relay relay;
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int kept = dup(STDERR_FILENO);
    bool opened;
    (void)state;

    assert_int_equal(dup2(null, STDERR_FILENO), STDERR_FILENO);
    opened = relay_open(&relay);
    assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    assert_int_equal(close(kept) | close(null), 0);
    assert_false(opened);
    assert_int_equal(relay.leader, -1);
    assert_int_equal(relay.follower, -1);
    relay_close(&relay);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_is_written_is_passed_on, become_terminal,
                                        become_normal),
        cmocka_unit_test_setup_teardown(test_nobody_writes_any_more, become_terminal,
                                        become_normal),
        cmocka_unit_test_setup_teardown(test_resized_with_the_window, become_terminal,
                                        become_normal),
        cmocka_unit_test_setup_teardown(test_none_without_a_terminal, become_terminal,
                                        become_normal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
