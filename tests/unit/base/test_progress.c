// links: scripted_clock.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/log.h"
#include "pgclone/base/progress.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/base/utf8.h"
#include "scripted_clock.h"

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

static void set_columns(unsigned short columns)
{
    const struct winsize size = {.ws_row = 24, .ws_col = columns};

    assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);
}

/* Without this a short create flickers, and a long one floods a slow terminal. */
static void test_line_after_half_a_second_and_ten_a_second(void **state)
{
    struct progress progress;
    (void)state;

    set_columns(40);
    progress_begin(&progress, "creating", 64, 1000);
    progress_update(&progress, 1, 1000);
    progress_update(&progress, 9, 1499);
    assert_shown("");
    progress_update(&progress, 12, 1500);
    assert_shown("\rcreating [-----] 12/64 24/s 3 s left\033[K");
    progress_update(&progress, 13, 1501);
    progress_update(&progress, 14, 1599);
    assert_shown("");
    progress_update(&progress, 15, 1600);
    assert_shown("\rcreating [#----] 15/64 25/s 2 s left\033[K");
    progress_end(&progress);
    assert_shown("\r\033[K");
}

/* Without this the line of a narrowed window is wrapped, and its beginning stays for good. */
static void test_resized_with_the_window(void **state)
{
    struct progress progress;
    (void)state;

    progress_begin(&progress, "creating", 64, 0);
    set_columns(20);
    progress_update(&progress, 32, 1000);
    assert_shown("\r32/64\033[K");
    set_columns(58);
    progress_update(&progress, 32, 2000);
    assert_shown("\rcreating [############-------------] 32/64 32/s 1 s left\033[K");
    progress_end(&progress);
    assert_shown("\r\033[K");
}

/* Without this a database that takes ten seconds shows nothing for ten seconds. */
static void test_goes_on_while_nothing_happens(void **state)
{
    struct poll_set set OWNED(poll_set_release) = {0};
    struct progress progress;
    (void)state;

    set_columns(80);
    poll_set_clear(&set);
    progress_begin(&progress, "creating", 2, clock_now_ms());
    progress_prepare(&progress, &set);
    assert_int_equal(set.until_ms, clock_now_ms() + 500);
    assert_shown("");
    scripted_clock_pass(500);
    poll_set_clear(&set);
    progress_prepare(&progress, &set);
    assert_int_equal(set.until_ms, clock_now_ms() + 100);
    assert_shown("\rpgclone: creating databases "
                 "[-----------------------------------] 0 of 2, 0 s\033[K");
    progress_end(&progress);
    poll_set_clear(&set);
    progress_prepare(&progress, &set);
    assert_int_equal(set.until_ms, INT64_MAX);
}

/* Without this the line is longer than the terminal is wide, or says what is not so. */
static void test_what_the_line_says(void **state)
{
    static const struct {
        struct progress progress;
        int64_t now_ms;
        size_t columns;
        const char *line;
    } cases[] = {
        {{"creating", 64, 16, 0, 2000, 0, true},
         2000,
         80,
         "pgclone: creating databases [#####---------------] 16 of 64, 8.0/s, 6 s left"},
        {{"creating", 64, 16, 0, 2000, 0, true},
         2000,
         200,
         "pgclone: creating databases [############--------------------------------------] "
         "16 of 64, 8.0/s, 6 s left"},
        {{"creating", 64, 16, 0, 2000, 0, true}, 2000, 40, "creating [#----] 16/64 8.0/s 6 s left"},
        {{"creating", 64, 16, 0, 2000, 0, true}, 4000, 40, "creating [#----] 16/64 8.0/s 4 s left"},
        {{"creating", 64, 16, 0, 2000, 0, true}, 9900, 40, "creating [#----] 16/64 8.0/s 1 s left"},
        {{"dropping", 4096, 1024, 0, 900000, 0, true},
         900000,
         40,
         "dropping [#----] 1024/4096 45 min left"},
        {{"dropping", 4096, 1024, 0, 9000000, 0, true},
         9000000,
         80,
         "pgclone: dropping databases [##--------] 1024 of 4096, 6.8/min, 7 h 30 min left"},
        {{"creating", 4, 4, 0, 8000, 0, true},
         8000,
         80,
         "pgclone: creating databases [##############################] 4 of 4, 30/min"},
        {{"creating", 4, 0, 0, 8000, 0, true}, 8000, 30, "creating [----------] 0/4 8 s"},
        {{"creating", 4, 1, 0, 8000, 0, true}, 8000, 21, "creating [#----] 1/4"},
        {{"creating", 4, 1, 0, 8000, 0, true}, 8000, 5, "1/4"},
        {{"creating", 4, 1, 0, 8000, 0, true}, 8000, 3, ""},
        {{"creating", 4, 1, 0, 8000, 0, true}, 8000, 0, ""},
        {{"building \"lib\": psql", 0, 0, 0, 75000, 0, true},
         75000,
         80,
         "pgclone: building \"lib\": psql, 1 min 15 s"},
        {{"building \"lib\": psql", 0, 0, 0, 75000, 0, true},
         75000,
         36,
         "building \"lib\": psql, 1 min 15 s"},
        {{"building \"prüfung\": psql", 0, 0, 0, 5000, 0, true},
         5000,
         24,
         "building \"prüfu..., 5 s"},
        {{"building", 0, 0, 0, 5000, 0, true}, 5000, 7, "., 5 s"},
        {{"building", 0, 0, 0, 5000, 0, true}, 5000, 5, ""},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct strbuf line OWNED(strbuf_release) = {0};

        progress_add_line(&cases[i].progress, cases[i].now_ms, cases[i].columns, &line);
        assert_string_equal(strbuf_text(&line), cases[i].line);
        assert_true(utf8_count(strbuf_text(&line)) < cases[i].columns || line.length == 0);
    }
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
        cmocka_unit_test_setup_teardown(test_resized_with_the_window, become_terminal,
                                        become_normal),
        cmocka_unit_test_setup_teardown(test_goes_on_while_nothing_happens, become_terminal,
                                        become_normal),
        cmocka_unit_test(test_what_the_line_says),
        cmocka_unit_test_setup_teardown(test_nothing_to_take_away, become_terminal, become_normal),
        cmocka_unit_test_setup_teardown(test_disabled, become_terminal, become_normal),
        cmocka_unit_test_setup_teardown(test_disabled_without_a_terminal, become_terminal,
                                        become_normal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
