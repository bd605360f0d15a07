// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pgclone/template/fingerprint.h"
#include "scratch_folder.h"

static const char server[] = "15 UTF8 C.UTF-8 2.36";

/* A project, made in an order that may be turned round. */
static void make_project(const char *folder, bool backwards)
{
    static const char *const names[] = {"schema.sql", "db/a", "db/b"};
    char path[100];

    scratch_make_folder(folder, 0755);
    (void)snprintf(path, sizeof path, "%s/db", folder);
    scratch_make_folder(path, 0755);
    for (size_t i = 0; i < 3; i++) {
        const char *name = names[backwards ? 2 - i : i];

        (void)snprintf(path, sizeof path, "%s/%s", folder, name);
        scratch_make_file(path, name, 0644);
    }
}

static int setup(void **state)
{
    if (scratch_setup(state) != 0)
        return -1;
    make_project("project", false);
    return 0;
}

static void free_build(struct settings_build *build)
{
    strings_release(&build->sql);
    strings_release(&build->inputs);
    strings_release(&build->command);
}

/* The fingerprint of a project with this command: one argument, or two. */
static struct fingerprint take(const char *folder, const char *command, const char *argument,
                               bool is_shell)
{
    struct settings_build build OWNED(free_build) = {.command_is_shell = is_shell};
    struct fingerprint_source source = {0};
    struct fingerprint taken;
    struct error err OWNED(error_release) = {0};

    strings_add(&build.sql, "schema.sql");
    strings_add(&build.inputs, "db");
    if (command != NULL)
        strings_add(&build.command, command);
    if (argument != NULL)
        strings_add(&build.command, argument);
    assert_true(fingerprint_read(&build, scratch_path(folder), &source, &err));
    fingerprint_make(&source, server, &taken);
    return taken;
}

static struct fingerprint take_project(void)
{
    return take("project", "make", NULL, false);
}

static void assert_same(const struct fingerprint *first, const struct fingerprint *second)
{
    assert_string_equal(first->digits, second->digits);
    for (size_t part = 0; part < FINGERPRINT_PARTS; part++)
        assert_string_equal(first->parts[part], second->parts[part]);
}

/* That the digits differ, and that `changed` is the one part that does. */
static void assert_differ(const struct fingerprint *first, const struct fingerprint *second,
                          enum fingerprint_part changed)
{
    assert_string_not_equal(first->digits, second->digits);
    for (size_t part = 0; part < FINGERPRINT_PARTS; part++)
        assert_int_equal(strcmp(first->parts[part], second->parts[part]) != 0, part == changed);
}

/* Without this another machine, or another pgclone that builds in the same way, does not find the
 * templates that are there. */
static void test_digits_are_these(void **state)
{
    struct fingerprint taken = take_project();
    (void)state;

    assert_string_equal(taken.digits, "94ae08aeaedf");
    assert_string_equal(taken.parts[FINGERPRINT_SQL], "af6c230e");
    assert_string_equal(taken.parts[FINGERPRINT_INPUTS], "756d00bb");
    assert_string_equal(taken.parts[FINGERPRINT_COMMAND], "8ab2b11d");
    assert_string_equal(taken.parts[FINGERPRINT_SERVER], "7b33d31e");
}

/* Without this a template is made anew after each checkout. */
static void test_what_does_not_count(void **state)
{
    const struct timespec long_ago[2] = {{.tv_sec = 1}, {.tv_sec = 2}};
    struct fingerprint before = take_project();
    struct fingerprint after;
    (void)state;

    assert_int_equal(utimensat(-1, scratch_path("project/db/a"), long_ago, 0), 0);
    assert_int_equal(chmod(scratch_path("project/db/a"), 0755), 0);
    assert_int_equal(chmod(scratch_path("project/db"), 0700), 0);
    scratch_make_folder("project/db/empty", 0755);
    scratch_make_folder("project/db/__pycache__", 0755);
    scratch_make_file("project/db/__pycache__/x.pyc", "x", 0644);
    scratch_make_file("project/other", "x", 0644);
    after = take_project();
    assert_same(&before, &after);
    make_project("elsewhere", true);
    after = take("elsewhere", "make", NULL, false);
    assert_same(&before, &after);
}

/* Without this tests run on a template that is not theirs. */
static void test_content_and_names_of_inputs_count(void **state)
{
    struct fingerprint before = take_project();
    struct fingerprint after;
    (void)state;

    scratch_make_file("project/db/a", "db/A", 0644);
    after = take_project();
    assert_differ(&before, &after, FINGERPRINT_INPUTS);
    scratch_make_file("project/db/a", "db/a", 0644);
    assert_int_equal(rename(scratch_path("project/db/a"), scratch_path("project/db/c")), 0);
    after = take_project();
    assert_differ(&before, &after, FINGERPRINT_INPUTS);
    assert_int_equal(unlink(scratch_path("project/db/c")), 0);
    after = take_project();
    assert_differ(&before, &after, FINGERPRINT_INPUTS);
    assert_int_equal(symlink("db/a", scratch_path("project/db/a")), 0);
    after = take_project();
    assert_differ(&before, &after, FINGERPRINT_INPUTS);
}

/* Without this a byte that moves from one file's end to the next one's beginning goes unseen, or
 * to its name. */
static void test_files_do_not_run_together(void **state)
{
    struct fingerprint before;
    struct fingerprint after;
    (void)state;

    scratch_make_file("project/db/a", "xy", 0644);
    scratch_make_file("project/db/b", "z", 0644);
    before = take_project();
    scratch_make_file("project/db/a", "x", 0644);
    scratch_make_file("project/db/b", "yz", 0644);
    after = take_project();
    assert_differ(&before, &after, FINGERPRINT_INPUTS);
}

static void test_sql_counts(void **state)
{
    struct fingerprint before = take_project();
    struct fingerprint after;
    (void)state;

    scratch_make_file("project/schema.sql", "other", 0644);
    after = take_project();
    assert_differ(&before, &after, FINGERPRINT_SQL);
}

/* Without this `make x` for the shell is a program of that name, or two arguments are one. */
static void test_command_counts(void **state)
{
    struct fingerprint made[] = {
        take("project", "make x", NULL, false), take("project", "make x", NULL, true),
        take("project", "make", "x", false),    take("project", "makex", NULL, false),
        take("project", "make", NULL, false),   take("project", "make", "", false),
        take("project", NULL, NULL, false),     take("project", "", NULL, false),
    };
    (void)state;

    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
        for (size_t j = 0; j < i; j++)
            assert_differ(&made[i], &made[j], FINGERPRINT_COMMAND);
}

static void test_server_counts(void **state)
{
    struct fingerprint_source source = {0};
    struct fingerprint before;
    struct fingerprint after;
    (void)state;

    fingerprint_make(&source, server, &before);
    fingerprint_make(&source, "16 UTF8 C.UTF-8 2.36", &after);
    assert_differ(&before, &after, FINGERPRINT_SERVER);
}

static void test_form_of_the_digits(void **state)
{
    struct fingerprint taken = take_project();
    (void)state;

    assert_int_equal(strspn(taken.digits, "0123456789abcdef"), FINGERPRINT_DIGITS);
    assert_int_equal(strlen(taken.digits), FINGERPRINT_DIGITS);
    for (size_t part = 0; part < FINGERPRINT_PARTS; part++)
        assert_int_equal(strlen(taken.parts[part]), FINGERPRINT_PART_DIGITS);
    assert_string_equal(fingerprint_part_name(FINGERPRINT_SQL), "sql");
    assert_string_equal(fingerprint_part_name(FINGERPRINT_INPUTS), "inputs");
    assert_string_equal(fingerprint_part_name(FINGERPRINT_COMMAND), "command");
    assert_string_equal(fingerprint_part_name(FINGERPRINT_SERVER), "server");
}

static void test_failure_names_key_and_file(void **state)
{
    struct settings_build build OWNED(free_build) = {0};
    struct fingerprint_source source = {.digest = {{7}}};
    struct error err OWNED(error_release) = {0};
    (void)state;

    strings_add(&build.inputs, "nothing");
    assert_false(fingerprint_read(&build, scratch_path("project"), &source, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_string_equal(err.message,
                        "inputs: could not read \"nothing\": No such file or directory");
    assert_int_equal(source.digest[0][0], 7);
    strings_add(&build.sql, "db");
    assert_false(fingerprint_read(&build, scratch_path("project"), &source, &err));
    assert_string_equal(err.message, "sql: could not read \"db\": it is a folder");
}

int main(void)
{
#define FINGERPRINT_TEST(function)                                                                 \
    cmocka_unit_test_setup_teardown(function, setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        FINGERPRINT_TEST(test_digits_are_these),
        FINGERPRINT_TEST(test_what_does_not_count),
        FINGERPRINT_TEST(test_content_and_names_of_inputs_count),
        FINGERPRINT_TEST(test_files_do_not_run_together),
        FINGERPRINT_TEST(test_sql_counts),
        FINGERPRINT_TEST(test_command_counts),
        FINGERPRINT_TEST(test_server_counts),
        FINGERPRINT_TEST(test_form_of_the_digits),
        FINGERPRINT_TEST(test_failure_names_key_and_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
