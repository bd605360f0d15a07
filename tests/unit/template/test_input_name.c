// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/template/input_name.h"
#include "scratch_folder.h"

static void assert_name(const char *base, const char *given, const char *name, const char *shown)
{
    struct input_name found OWNED(input_name_release) = {0};
    struct strbuf text OWNED(strbuf_release) = {0};

    input_name_resolve(base, given, &found);
    assert_string_equal(input_name_text(&found), name);
    input_name_show(&found, &text);
    assert_string_equal(strbuf_text(&text), shown);
}

/* Without this the same file written in another way, or from another checkout, is another one. */
static void test_what_is_in_the_base_is_named_from_there(void **state)
{
    (void)state;

    assert_name("/home/me", "db/x.sql", "db/x.sql", "db/x.sql");
    assert_name("/home/me", "./db//x.sql", "db/x.sql", "db/x.sql");
    assert_name("/home/me", "db/old/../x.sql/.", "db/x.sql", "db/x.sql");
    assert_name("/home/me", "db/", "db", "db");
    assert_name("/home/me", "/home/me/db", "db", "db");
    assert_name("/home/me", "../me/db", "db", "db");
    assert_name("/", "db", "db", "db");
    assert_name("/home/me", "..x", "..x", "..x");
}

/* Without this the path of a checkout gets into the fingerprint. */
static void test_what_is_elsewhere_is_named_by_its_last_part(void **state)
{
    (void)state;

    assert_name("/home/me", "../shared/x", "x", "/home/shared/x");
    assert_name("/home/me", "../../opt/x/", "x", "/opt/x");
    assert_name("/home/me", "/home/mean", "mean", "/home/mean");
    assert_name("/home/me", "../../../../x", "x", "/x");
}

static void test_base_and_what_holds_it_have_no_name(void **state)
{
    struct input_name name OWNED(input_name_release) = {0};
    (void)state;

    assert_name("/home/me", ".", "", "/home/me");
    assert_name("/home/me", "..", "", "/home");
    assert_name("/home/me", "/", "", "/");
    assert_name("/", ".", "", "/");
    input_name_resolve("/home/me", "..", &name);
    input_name_enter(&name, "a");
    assert_string_equal(input_name_text(&name), "a");
    input_name_enter(&name, "b");
    assert_string_equal(input_name_text(&name), "a/b");
}

/* Without this a path by way of a link to the base, as the shell's PWD may be one, gives another
 * name than the base's own. */
static void test_finds_the_base_through_links(void **state)
{
    char *given;
    (void)state;

    scratch_make_folder("real", 0755);
    scratch_make_folder("elsewhere", 0755);
    assert_int_equal(symlink("real", scratch_path("link")), 0);
    assert_int_equal(symlink("../elsewhere", scratch_path("real/db")), 0);
    given = strdup(scratch_path("link/db"));
    assert_name(scratch_path("real"), given, "db", "db");
    free(given);
    assert_name(scratch_path("real"), "/nowhere/at/all", "all", "/nowhere/at/all");
}

/* Without this a name writes lines of its own, or colours, into a terminal. */
static void test_shows_names_on_one_line(void **state)
{
    (void)state;

    assert_name("/b", "a\nb", "a\nb", "a\\x0ab");
    assert_name("/b", "a\xff", "a\xff", "a\\xff");
    assert_name("/b", "\xc3\xbc", "\xc3\xbc", "\xc3\xbc");
}

int main(void)
{
#define NAME_TEST(function)                                                                        \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_in_the_base_is_named_from_there),
        cmocka_unit_test(test_what_is_elsewhere_is_named_by_its_last_part),
        cmocka_unit_test(test_base_and_what_holds_it_have_no_name),
        NAME_TEST(test_finds_the_base_through_links),
        cmocka_unit_test(test_shows_names_on_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
