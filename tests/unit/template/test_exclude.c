#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pgclone/base/cleanup.h"
#include "pgclone/template/exclude.h"

static bool left_out(const char *pattern, const char *name, bool is_folder)
{
    struct excludes excludes OWNED(excludes_release) = {0};

    assert_true(excludes_add(&excludes, pattern));
    return excludes_match(&excludes, name, is_folder);
}

/* Without this a log in a folder far below makes a new template each time. */
static void test_matches_the_last_part_at_every_depth(void **state)
{
    (void)state;

    assert_true(left_out("*.log", "a.log", false));
    assert_true(left_out("*.log", "db/deep/a.log", false));
    assert_false(left_out("*.log", "a.log.sql", false));
    assert_true(left_out("node_modules", "web/node_modules", true));
    assert_false(left_out("web", "web/a", false));
    assert_true(left_out("[ab].sql", "db/b.sql", false));
}

/* Without this a pattern for one folder leaves out files of others, and what depends on them is
 * not built anew. */
static void test_matches_the_whole_name_where_it_has_a_slash(void **state)
{
    (void)state;

    assert_true(left_out("db/*.log", "db/a.log", false));
    assert_false(left_out("db/*.log", "db/deep/a.log", false));
    assert_false(left_out("db/*.log", "old/db/a.log", false));
    assert_true(left_out("/a.log", "a.log", false));
    assert_false(left_out("/a.log", "db/a.log", false));
    assert_true(left_out("./a.log", "a.log", false));
    assert_false(left_out("./a.log", "db/a.log", false));
}

static void test_a_slash_at_the_end_means_folders(void **state)
{
    (void)state;

    assert_true(left_out("tmp/", "db/tmp", true));
    assert_false(left_out("tmp/", "db/tmp", false));
    assert_true(left_out("db/tmp//", "db/tmp", true));
    assert_false(left_out("db/tmp/", "old/db/tmp", true));
}

static void test_any_of_several_patterns(void **state)
{
    struct excludes excludes OWNED(excludes_release) = {0};
    (void)state;

    assert_false(excludes_match(&excludes, "a", false));
    assert_true(excludes_add(&excludes, "a"));
    assert_true(excludes_add(&excludes, "b"));
    assert_true(excludes_match(&excludes, "b", false));
    assert_false(excludes_match(&excludes, "c", false));
}

/* Without this `!` alone, or `!./`, passes for a pattern and does nothing. */
static void test_refuses_what_matches_nothing(void **state)
{
    struct excludes excludes OWNED(excludes_release) = {0};
    (void)state;

    assert_false(excludes_add(&excludes, ""));
    assert_false(excludes_add(&excludes, "/"));
    assert_false(excludes_add(&excludes, "./"));
    assert_int_equal(excludes.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches_the_last_part_at_every_depth),
        cmocka_unit_test(test_matches_the_whole_name_where_it_has_a_slash),
        cmocka_unit_test(test_a_slash_at_the_end_means_folders),
        cmocka_unit_test(test_any_of_several_patterns),
        cmocka_unit_test(test_refuses_what_matches_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
