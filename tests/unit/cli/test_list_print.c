/* Which form a list is printed in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/cli/list_print.h"

#define TABS "gw0\tp_gw0\t7\theld\t1\t8192\t2026-01-02T03:04:05Z\n"

static const struct listing_row row = {
    "p", "gw0", "p_gw0", "7", "held", 1, 8192, "2026-01-02T03:04:05Z", "0123456789ab"};

/* Prints with standard output on `descriptor`; a NULL `format` is one that is not given. */
static void print(int descriptor, const char *format, enum listing_kind kind, const char *path)
{
    struct given_option given = {.option = &list_print_format};
    struct invocation invocation = {.options = &given, .option_count = format != NULL};
    struct output output OWNED(output_release) = {0};
    int saved OWNED(file_close) = dup(STDOUT_FILENO);

    if (format != NULL)
        strings_add(&given.values, format);
    assert_int_equal(fflush(stdout), 0);
    assert_int_equal(dup2(descriptor, STDOUT_FILENO), STDOUT_FILENO);
    assert_true(output_open(path, &output, NULL));
    assert_true(list_print(&invocation, &row, 1, kind, &output, NULL));
    assert_int_equal(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
    strings_release(&given.values);
}

static void assert_begins(int descriptor, const char *expected)
{
    char text[1024] = "";

    assert_true(read(descriptor, text, sizeof text - 1) > 0);
    if (strncmp(text, expected, strlen(expected)) != 0)
        fail_msg("%s", text);
}

/* Without this a script that reads `pgclone list | cut -f2` gets a table for people. */
static void test_a_pipe(void **state)
{
    int readable OWNED(file_close) = -1;
    int writable OWNED(file_close) = -1;
    (void)state;

    assert_true(file_pipe(&readable, &writable, NULL));
    print(writable, NULL, LISTING_PROJECT, NULL);
    assert_begins(readable, TABS);
    print(writable, "text", LISTING_EVERY_PROJECT, NULL);
    assert_begins(readable, "p\t" TABS);
    print(writable, NULL, LISTING_TEMPLATES, NULL);
    assert_begins(readable, "p_gw0\t0123456789ab\theld\t");
    print(writable, "json", LISTING_PROJECT, NULL);
    assert_begins(readable, "{\"pgclone\":1,\"databases\":[{\"project\":\"p\"");
    print(writable, "json", LISTING_EVERY_PROJECT, NULL);
    assert_begins(readable, "{\"pgclone\":1,\"databases\":[{\"project\":\"p\"");
    print(writable, "json", LISTING_TEMPLATES, NULL);
    assert_begins(readable, "{\"pgclone\":1,\"templates\":[{\"project\":\"p\"");
}

/* Without this people get lines whose columns are askew, or -o a file with a heading in it. */
static void test_a_terminal(void **state)
{
    int terminal OWNED(file_close) = posix_openpt(O_RDWR | O_NOCTTY);
    int other OWNED(file_close) = -1;
    int readable OWNED(file_close) = -1;
    int writable OWNED(file_close) = -1;
    char path[32];
    (void)state;

    assert_true(terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    other = open(ptsname(terminal), O_RDWR | O_NOCTTY); /* NOLINT(concurrency-mt-unsafe) */
    assert_true(other >= 0);
    print(other, NULL, LISTING_PROJECT, NULL);
    assert_begins(terminal, "WORKER  NAME ");
    assert_true(file_pipe(&readable, &writable, NULL));
    (void)snprintf(path, sizeof path, "/dev/fd/%d", writable);
    print(other, NULL, LISTING_PROJECT, path);
    assert_begins(readable, TABS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pipe),
        cmocka_unit_test(test_a_terminal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
