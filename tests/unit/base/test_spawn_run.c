#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/spawn.h"

static bool run_script(const char *script, int stream, int timeout_ms, struct strbuf *out,
                       int *status, struct error *err)
{
    struct strings arguments OWNED(strings_release) = {0};
    struct spawn_options options = {.arguments = &arguments};

    strings_add(&arguments, "sh");
    strings_add(&arguments, "-c");
    strings_add(&arguments, script);
    return spawn_run(&options, stream, timeout_ms, out, status, err);
}

/* Without this initdb's reason is lost, or its result is taken for a failure. */
static void test_streams_and_status(void **state)
{
    static const char script[] = "echo out; echo err >&2";
    struct strbuf output OWNED(strbuf_release) = {0};
    struct strbuf errors OWNED(strbuf_release) = {0};
    struct strbuf failed OWNED(strbuf_release) = {0};
    struct error err OWNED(error_release) = {0};
    int status;
    (void)state;

    assert_true(run_script(script, STDOUT_FILENO, 10000, &output, &status, &err));
    assert_int_equal(status, 0);
    assert_string_equal(strbuf_text(&output), "out\n");
    assert_true(run_script(script, STDERR_FILENO, 10000, &errors, &status, &err));
    assert_int_equal(status, 0);
    assert_string_equal(strbuf_text(&errors), "err\n");
    assert_true(run_script("echo why >&2; exit 3", STDERR_FILENO, 10000, &failed, &status, &err));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 3);
    assert_string_equal(strbuf_text(&failed), "why\n");
}

/* Without this a program that talks without end fills the memory, or its last words, which say
 * what failed, are those that are lost. */
static void test_last_words_are_kept(void **state)
{
    struct strbuf output OWNED(strbuf_release) = {0};
    struct error err OWNED(error_release) = {0};
    int status;
    (void)state;

    assert_true(run_script("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo last", STDOUT_FILENO,
                           10000, &output, &status, &err));
    assert_true(output.length >= 65536);
    assert_true(output.length <= 2 * 65536);
    assert_int_equal(output.length, strlen(strbuf_text(&output)));
    assert_non_null(strstr(strbuf_text(&output), "x\nlast\n"));
}

/* Without this a program that hangs, or one that it started, hangs us. */
static void test_deadline_ends_the_group(void **state)
{
    struct strbuf output OWNED(strbuf_release) = {0};
    struct error err OWNED(error_release) = {0};
    int64_t before = clock_now_ms();
    int status;
    (void)state;

    assert_false(run_script("sleep 60 & sleep 60", STDOUT_FILENO, 60, &output, &status, &err));
    assert_true(clock_now_ms() - before < 30000);
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_string_equal(err.message, "\"sh\" did not end within 60 ms");
    assert_int_equal(output.length, 0);
    /* With its streams closed it is waited for as long, and no longer. */
    assert_false(run_script("exec >&- 2>&-; sleep 60", STDOUT_FILENO, 60, &output, &status, &err));
    assert_true(clock_now_ms() - before < 30000);
}

/* Without this Ctrl-C does nothing for as long as initdb or psql works. */
static void test_signal_ends_it(void **state)
{
    struct strbuf output OWNED(strbuf_release) = {0};
    struct error err OWNED(error_release) = {0};
    int64_t before = clock_now_ms();
    int status;
    (void)state;

    assert_true(signal(SIGINT, SIG_DFL) != SIG_ERR);
    assert_true(interrupt_install(&err));
    assert_false(
        run_script("kill -INT $PPID; sleep 60", STDOUT_FILENO, 60000, &output, &status, &err));
    assert_true(clock_now_ms() - before < 30000);
    assert_int_equal(err.kind, ERROR_INTERRUPTED);
    assert_int_equal(err.signal, SIGINT);
    interrupt_reset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams_and_status),
        cmocka_unit_test(test_last_words_are_kept),
        cmocka_unit_test(test_deadline_ends_the_group),
        cmocka_unit_test(test_signal_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
