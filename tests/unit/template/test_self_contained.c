// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/stat.h>

#include "pgclone/base/cleanup.h"
#include "pgclone/template/self_contained.h"
#include "scratch_folder.h"

static bool check(const char *first, const char *second)
{
    struct strings files OWNED(strings_release) = {0};

    scratch_make_file("first.sql", first, 0600);
    scratch_make_file("second.sql", second, 0600);
    strings_add(&files, scratch_path("first.sql"));
    strings_add(&files, scratch_path("second.sql"));
    return self_contained(&files);
}

/* Without this every run loads a dump anew, which is what most schemas are. */
static void test_dumps_are(void **state)
{
    (void)state;

    assert_true(check("", "create table t (id int);"));
    assert_true(check("\\restrict abc\n\\connect shop\n"
                      "COPY public.t (id, \"from\") FROM stdin;\n1\t\\N\n2\tC:\\\\home\n\\.\n"
                      "\\unrestrict abc\n",
                      "-- `name` as MySQL has it\nselect E'\\n', 'a from ''b''';"));
}

/* Without this a change in another file goes unnoticed, for ever. */
static void test_what_reads_others_is_not(void **state)
{
    static const char *const lines[] = {
        "\\i other.sql",
        "  \\ir other.sql",
        "\\include other.sql",
        "select 1 \\i other.sql",
        "\\copy t from 'other.csv'",
        "\\! make other",
        "\\set day `date`",
        "\\getenv home HOME",
        "copy t from '/tmp/other.csv'",
        "COPY t (a, b) FROM PROGRAM 'date'",
        "copy t (a,\n b)\n from\n  '/tmp/other.csv'",
        "Copy t From E'/tmp/other'",
        "select pg_read_file('other')",
        "select lo_import('/tmp/x')",
    };
    (void)state;

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        assert_false(check(lines[i], ""));
        assert_false(check("select 1;\n", lines[i]));
    }
}

/* Without this a pipe is empty when psql comes to read it, or what is behind a NUL is not seen. */
static void test_what_cannot_be_looked_at_is_not(void **state)
{
    struct strings files OWNED(strings_release) = {0};
    (void)state;

    strings_add(&files, scratch_path("none.sql"));
    assert_false(self_contained(&files));
    assert_int_equal(mkfifo(scratch_path("none.sql"), 0600), 0);
    assert_false(self_contained(&files));
}

int main(void)
{
#define SELF_TEST(function)                                                                        \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        SELF_TEST(test_dumps_are),
        SELF_TEST(test_what_reads_others_is_not),
        SELF_TEST(test_what_cannot_be_looked_at_is_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
