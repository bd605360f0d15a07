// links: scratch_folder.c
// links: told_files.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/template/inputs.h"
#include "scratch_folder.h"
#include "told_files.h"

static int setup(void **state)
{
    if (scratch_setup(state) != 0)
        return -1;
    scratch_make_tree("project/;project/db/;project/db/a.sql=1;project/db/b.log=2;"
                      "project/z.sql=3;shared/;shared/s.sql=4;");
    return 0;
}

typedef bool reading(const struct strings *list, const char *folder, const struct inputs_sink *sink,
                     struct error *err);

/* Up to three paths; NULL for none. */
static bool read_by(reading *function, const char *first, const char *second, const char *third,
                    struct error *err)
{
    const char *given[] = {first, second, third};
    struct strings list OWNED(strings_release) = {0};

    for (size_t i = 0; i < 3 && given[i] != NULL; i++)
        strings_add(&list, given[i]);
    told_files_clear();
    return function(&list, scratch_path("project"), &told_files_sink, err);
}

static void assert_told(const char *first, const char *second, const char *third,
                        const char *expected)
{
    struct error err OWNED(error_release) = {0};

    assert_true(read_by(inputs_read, first, second, third, &err));
    assert_string_equal(told_files(), expected);
}

static void assert_refused(reading *function, const char *first, const char *message)
{
    struct error err OWNED(error_release) = {0};

    assert_false(read_by(function, first, NULL, NULL, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_string_equal(err.message, message);
}

/* Without this the order of a list, or what is named twice, makes another template. */
static void test_inputs_are_told_by_name_and_once(void **state)
{
    (void)state;

    assert_told("z.sql", "db", NULL, "db/a.sql=1;db/b.log=2;z.sql=3;");
    assert_told("db/", "./z.sql", "db/../z.sql", "db/a.sql=1;db/b.log=2;z.sql=3;");
    assert_told(".", NULL, NULL, "db/a.sql=1;db/b.log=2;z.sql=3;");
    assert_told(scratch_path("project/db"), "db", NULL, "db/a.sql=1;db/b.log=2;");
    assert_told(NULL, NULL, NULL, "");
}

static void test_inputs_elsewhere_have_no_path(void **state)
{
    (void)state;

    assert_told("../shared", NULL, NULL, "shared/s.sql=4;");
    assert_told(scratch_path("shared/s.sql"), NULL, NULL, "s.sql=4;");
    assert_told("..", "!project", NULL, "shared/s.sql=4;");
    /* Two files may have one name there; both count, in the order in which they were given. */
    scratch_make_folder("also", 0755);
    scratch_make_file("also/s.sql", "5", 0644);
    assert_told("../shared/s.sql", "../also/s.sql", NULL, "s.sql=4;s.sql=5;");
    assert_told("../also/s.sql", "../shared/s.sql", NULL, "s.sql=5;s.sql=4;");
}

/* Without this a link to the migrations counts as its text, and they may change unseen. */
static void test_inputs_that_are_links_are_followed(void **state)
{
    (void)state;

    assert_int_equal(symlink("../shared", scratch_path("project/link")), 0);
    assert_int_equal(symlink("../shared/s.sql", scratch_path("project/s")), 0);
    assert_told("link", "s", NULL, "link/s.sql=4;s=4;");
    assert_told(".", "!db", "!z.sql", "link->../shared;s->../shared/s.sql;");
}

static void test_patterns_leave_out_what_is_found(void **state)
{
    (void)state;

    assert_told(".", "!*.log", NULL, "db/a.sql=1;z.sql=3;");
    assert_told(".", "!db/", NULL, "z.sql=3;");
    assert_told("!db/b.log", "db", NULL, "db/a.sql=1;");
    /* What is named itself is meant. */
    assert_told("db", "!db", "!a.sql", "db/b.log=2;");
    assert_told("z.sql", "!*.sql", NULL, "z.sql=3;");
    scratch_make_file("project/!odd", "5", 0644);
    assert_told("./!odd", NULL, NULL, "!odd=5;");
}

static void test_patterns_alone_are_refused(void **state)
{
    (void)state;

    assert_refused(inputs_read, "!*.log", "nothing but patterns of what is left out");
    assert_refused(inputs_read, "!", "\"!\" leaves nothing out: there is no pattern");
}

/* Without this psql gets the files in another order, or once, and the digits stay. */
static void test_files_are_told_as_they_are_given(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_true(read_by(inputs_read_files, "z.sql", "db/a.sql", "./z.sql", &err));
    assert_string_equal(told_files(), "z.sql=3;db/a.sql=1;z.sql=3;");
    assert_true(read_by(inputs_read_files, NULL, NULL, NULL, &err));
}

static void test_files_are_files(void **state)
{
    (void)state;

    assert_refused(inputs_read_files, "db", "could not read \"db\": it is a folder");
    assert_refused(inputs_read_files, "no.sql",
                   "could not read \"no.sql\": No such file or directory");
    assert_refused(inputs_read_files, "/dev/null", "could not read \"/dev/null\": it is no file");
    assert_refused(inputs_read_files, "z.sql/", "could not read \"z.sql\": Not a directory");
    assert_refused(inputs_read, "no", "could not read \"no\": No such file or directory");
}

static void test_folder_of_relative_paths(void **state)
{
    struct strings list OWNED(strings_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    strings_add(&list, "z.sql");
    assert_false(inputs_read(&list, "/nowhere", &told_files_sink, &err));
    assert_string_equal(err.message, "could not read \"/nowhere\": No such file or directory");
    assert_int_equal(chdir(scratch_path("project")), 0);
    assert_true(inputs_read(&list, NULL, &told_files_sink, &err));
    assert_int_equal(chdir("/"), 0);
    assert_string_equal(told_files(), "z.sql=3;");
}

int main(void)
{
#define INPUTS_TEST(function) cmocka_unit_test_setup_teardown(function, setup, told_files_teardown)
    const struct CMUnitTest tests[] = {
        INPUTS_TEST(test_inputs_are_told_by_name_and_once),
        INPUTS_TEST(test_inputs_elsewhere_have_no_path),
        INPUTS_TEST(test_inputs_that_are_links_are_followed),
        INPUTS_TEST(test_patterns_leave_out_what_is_found),
        INPUTS_TEST(test_patterns_alone_are_refused),
        INPUTS_TEST(test_files_are_told_as_they_are_given),
        INPUTS_TEST(test_files_are_files),
        INPUTS_TEST(test_folder_of_relative_paths),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
