#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "pgclone/base/log.h"
#include "pgclone/base/progress.h"
#include "pgclone/base/strbuf.h"

static int saved_stderr = -1;
static int terminal = -1; /* our side of a pseudo-terminal whose other side is standard error */

static int become_terminal(void **state)
{
    struct termios mode;
    int other;
    (void)state;

    terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0 ||
        fcntl(terminal, F_SETFL, O_NONBLOCK) != 0)
        return -1;
    other = open(ptsname(terminal), O_RDWR | O_NOCTTY); /* NOLINT(concurrency-mt-unsafe) */
    if (other < 0 || tcgetattr(other, &mode) != 0)
        return -1;
    mode.c_oflag &= ~(tcflag_t)OPOST; /* so that what is written is what is read */
    saved_stderr = dup(STDERR_FILENO);
    if (tcsetattr(other, TCSANOW, &mode) != 0 || dup2(other, STDERR_FILENO) < 0)
        return -1;
    log_set_level(LOG_NORMAL);
    return close(other) != 0 || setenv("TERM", "xterm", 1) != 0 ? -1 : 0;
}

static int become_normal(void **state)
{
    (void)state;
    log_progress_clear();
    log_set_level(LOG_NORMAL);
    if (dup2(saved_stderr, STDERR_FILENO) < 0 || close(saved_stderr) != 0)
        return -1;
    return close(terminal);
}

/* What was shown since the last call. */
static void take_shown(struct strbuf *shown)
{
    char bytes[256];
    ssize_t count;

    strbuf_clear(shown);
    while ((count = read(terminal, bytes, sizeof bytes)) > 0)
        strbuf_add_bytes(shown, bytes, (size_t)count);
}

static void assert_shown(const char *expected)
{
    struct strbuf shown OWNED(strbuf_release) = {0};

    take_shown(&shown);
    assert_string_equal(strbuf_text(&shown), expected);
}

/* Without this a short create flickers, and a long one floods a slow terminal. */
static void test_line_after_half_a_second_and_ten_a_second(void **state)
{
    struct progress progress;
    (void)state;

    progress_begin(&progress, "creating", 64, 1000);
    progress_update(&progress, 1, 1000);
    progress_update(&progress, 9, 1499);
    assert_shown("");
    progress_update(&progress, 12, 1500);
    assert_shown("\rpgclone: creating databases: 12 of 64\033[K");
    progress_update(&progress, 13, 1501);
    progress_update(&progress, 14, 1599);
    assert_shown("");
    progress_update(&progress, 15, 1600);
    assert_shown("\rpgclone: creating databases: 15 of 64\033[K");
    progress_end(&progress);
    assert_shown("\r\033[K");
}

/* Without this the prompt stands behind an escape sequence although nothing was shown. */
static void test_nothing_to_take_away(void **state)
{
    struct progress progress;
    (void)state;

    progress_begin(&progress, "dropping", 0, 0);
    progress_update(&progress, 0, 1);
    progress_end(&progress);
    assert_shown("");
}

/* Without this a CI log, an editor's shell, -q or -v get lines full of escape sequences. */
static void test_disabled(void **state)
{
    static const struct {
        const char *term;
        enum log_level level;
    } cases[] = {
        {"dumb", LOG_NORMAL},   {"", LOG_NORMAL},     {NULL, LOG_NORMAL},
        {"xterm", LOG_VERBOSE}, {"xterm", LOG_QUIET},
    };
    struct progress progress;
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(unsetenv("TERM"), 0);
        if (cases[i].term != NULL)
            assert_int_equal(setenv("TERM", cases[i].term, 1), 0);
        log_set_level(cases[i].level);
        progress_begin(&progress, "creating", 2, 0);
        assert_false(progress.enabled);
        progress_update(&progress, 1, 5000);
        progress_end(&progress);
        assert_shown("");
    }
}

/* Without this `pgclone create 2> log` fills the log with carriage returns. */
static void test_disabled_without_a_terminal(void **state)
{
    struct progress progress;
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    int kept = dup(STDERR_FILENO);
    (void)state;

    assert_int_equal(dup2(null, STDERR_FILENO), STDERR_FILENO);
    progress_begin(&progress, "creating", 2, 0);
    assert_int_equal(dup2(kept, STDERR_FILENO), STDERR_FILENO);
    assert_int_equal(close(kept), 0);
    assert_int_equal(close(null), 0);
    assert_false(progress.enabled);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_line_after_half_a_second_and_ten_a_second,
                                        become_terminal, become_normal),
        cmocka_unit_test_setup_teardown(test_nothing_to_take_away, become_terminal, become_normal),
        cmocka_unit_test_setup_teardown(test_disabled, become_terminal, become_normal),
        cmocka_unit_test_setup_teardown(test_disabled_without_a_terminal, become_terminal,
                                        become_normal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
