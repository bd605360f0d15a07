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

static bool run_script(const char *script, int timeout_ms, struct spawn_result *out,
                       struct error *err)
{
    struct strings arguments OWNED(strings_release) = {0};
    struct spawn_options options = {.arguments = &arguments, .own_session = true};

    strings_add(&arguments, "sh");
    strings_add(&arguments, "-c");
    strings_add(&arguments, script);
    return spawn_run(&options, timeout_ms, out, err);
}

/* Without this initdb's reason is lost, or its result is taken for a failure. */
static void test_streams_and_status(void **state)
{
    struct spawn_result result OWNED(spawn_result_release) = {0};
    struct spawn_result failed OWNED(spawn_result_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_true(run_script("echo out; echo err >&2", 10000, &result, &err));
    assert_true(spawn_succeeded(&result));
    assert_string_equal(strbuf_text(&result.output), "out\n");
    assert_string_equal(strbuf_text(&result.errors), "err\n");
    assert_true(run_script("echo why >&2; exit 3", 10000, &failed, &err));
    assert_false(spawn_succeeded(&failed));
    assert_int_equal(WEXITSTATUS(failed.status), 3);
    assert_string_equal(strbuf_text(&failed.errors), "why\n");
}

/* Without this a program that talks without end fills the memory, or its last words, which say
 * what failed, are those that are lost. */
static void test_last_words_are_kept(void **state)
{
    struct spawn_result result OWNED(spawn_result_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_true(run_script("head -c 3000000 /dev/zero | tr '\\0' x; echo; echo last", 10000,
                           &result, &err));
    assert_true(result.output.length >= 65536);
    assert_true(result.output.length <= 2 * 65536);
    assert_non_null(strstr(strbuf_text(&result.output), "x\nlast\n"));
}

/* Without this a program that hangs, or one that it started, hangs us. */
static void test_deadline_ends_the_group(void **state)
{
    struct spawn_result result OWNED(spawn_result_release) = {0};
    struct error err OWNED(error_release) = {0};
    int64_t before = clock_now_ms();
    (void)state;

    assert_false(run_script("sleep 60 & sleep 60", 60, &result, &err));
    assert_true(clock_now_ms() - before < 30000);
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_string_equal(err.message, "\"sh\" did not end within 60 ms");
    assert_int_equal(result.output.length, 0);
    /* With its streams closed it is waited for as long, and no longer. */
    assert_false(run_script("exec >&- 2>&-; sleep 60", 60, &result, &err));
}

/* Without this Ctrl-C does nothing for as long as initdb or psql works. */
static void test_signal_ends_it(void **state)
{
    struct spawn_result result OWNED(spawn_result_release) = {0};
    struct error err OWNED(error_release) = {0};
    int64_t before = clock_now_ms();
    (void)state;

    assert_true(signal(SIGINT, SIG_DFL) != SIG_ERR);
    assert_true(interrupt_install(&err));
    assert_false(run_script("kill -INT $PPID; sleep 60", 60000, &result, &err));
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
