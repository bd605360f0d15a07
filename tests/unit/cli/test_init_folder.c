/* A project's folder, as `init` reads it. */
// links: scratch_folder.c
// links: clean_environment.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "clean_environment.h"
#include "pgclone/base/memory.h"
#include "pgclone/cli/init_folder.h"
#include "scratch_folder.h"

static int setup(void **state)
{
    clean_environment();
    (void)unsetenv("DATABASE_URL");
    return scratch_setup(state);
}

static struct init_folder here(void)
{
    return (struct init_folder){.path = scratch_folder()};
}

/* What is no text, or no file, is not there; nobody waits for a fifo. */
static void test_files(void **state)
{
    const struct init_folder folder = here();
    static const char *const names[] = {"none", "b", NULL};
    struct strbuf text OWNED(strbuf_release) = {0};
    (void)state;

    scratch_make_tree("d/;d/a=one;b=two;c=\xff\xfe;");
    assert_true(init_has_file(&folder, "d/a"));
    assert_false(init_has_file(&folder, "d"));
    assert_true(init_has_folder(&folder, "d"));
    assert_true(init_read(&folder, "b", &text));
    assert_string_equal(strbuf_text(&text), "two");
    assert_false(init_read(&folder, "c", &text));
    assert_false(init_read(&folder, "d", &text));
    assert_string_equal(init_first(&folder, names, NULL), "b");
    assert_null(init_first(&folder, names, "three"));
}

/* Not what somebody has commented out. */
static void test_mentions(void **state)
{
    const struct init_folder folder = here();
    (void)state;

    scratch_make_file("m", "  # pytest-xdist\n// jest\nmocha==1\n", 0600);
    assert_false(init_mentions(&folder, "m", "pytest-xdist"));
    assert_false(init_mentions(&folder, "m", "jest"));
    assert_true(init_mentions(&folder, "m", "mocha"));
    assert_false(init_mentions(&folder, "gone", "mocha"));
}

static void test_lines(void **state)
{
    const char *at = "a\n\n  b \r\n\t c";
    struct strbuf line OWNED(strbuf_release) = {0};
    static const char *const lines[] = {"a", "", "b", "c"};
    static const size_t indents[] = {0, 0, 2, 2};
    size_t indent;
    (void)state;

    for (size_t i = 0; i < 4; i++) {
        assert_true(init_next_line(&at, &line, &indent));
        assert_string_equal(strbuf_text(&line), lines[i]);
        assert_int_equal(indent, indents[i]);
    }
    assert_false(init_next_line(&at, &line, &indent));
}

static void test_values(void **state)
{
    static const struct {
        const char *line;
        const char *value;
    } cases[] = {
        {"key = a b # c", "a b"}, {"key: \"a # b\" # c", "a # b"},
        {"key='x'", "x"},         {"key=", ""},
        {"keys = a", NULL},       {"key", NULL},
        {"key = \"a", "\"a"},     {"other = a", NULL},
        {"key=a#b", "a#b"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *value OWNED(memory_free_string) = init_value(cases[i].line, "key");

        if (cases[i].value == NULL)
            assert_null(value);
        else
            assert_string_equal(value, cases[i].value);
    }
}

/* Those of packages are not the project's. */
static void test_folders(void **state)
{
    const struct init_folder folder = here();
    struct strings found OWNED(strings_release) = {0};
    (void)state;

    scratch_make_tree("z/;z/w/;a/;a/w/;node_modules/;node_modules/w/;.git/;.git/w/;"
                      "a/b/;a/b/c/;a/b/c/w/;!x/;!x/w/;");
    init_find_folders(&folder, "w", &found);
    assert_int_equal(found.count, 2);
    assert_string_equal(found.items[0], "a/w");
    assert_string_equal(found.items[1], "z/w");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_files),  TEST(test_mentions), TEST(test_lines),
        TEST(test_values), TEST(test_folders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
