#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/report/output.h"

static char folder[] = "/tmp/pgclone_output_XXXXXX";
static char file_path[PATH_MAX];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(file_path, sizeof file_path, "%s/out file", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void read_file(const char *path, struct strbuf *out)
{
    char bytes[4096];
    size_t count;
    FILE *file = fopen(path, "re");

    assert_non_null(file);
    strbuf_clear(out);
    while ((count = fread(bytes, 1, sizeof bytes, file)) > 0)
        strbuf_add_bytes(out, bytes, count);
    assert_int_equal(fclose(file), 0);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* The files in the folder, hidden ones too. */
static int count_files(void)
{
    int count = 0;
    DIR *directory = opendir(folder);

    assert_non_null(directory);
    while (readdir(directory) != NULL)
        count++;
    assert_int_equal(closedir(directory), 0);
    return count - 2;
}

static void write_to(const char *path, const char *content)
{
    struct output output OWNED(output_release) = {0};
    struct strbuf text OWNED(strbuf_release) = {0};
    struct error err OWNED(error_release) = {0};

    strbuf_add(&text, content);
    assert_true(output_open(path, &output, &err));
    assert_true(output_write(&output, &text, &err));
}

/* Without this a reader of the manifest sees half of it, or other users read its passwords. */
static void test_file_appears_whole_and_private(void **state)
{
    struct output output OWNED(output_release) = {0};
    struct strbuf text OWNED(strbuf_release) = {0};
    struct strbuf read OWNED(strbuf_release) = {0};
    struct error err OWNED(error_release) = {0};
    struct stat status;
    (void)state;

    write_file(file_path, "old");
    assert_int_equal(chmod(file_path, 0644), 0);
    assert_true(output_open(file_path, &output, &err));
    read_file(file_path, &read);
    assert_string_equal(strbuf_text(&read), "old");
    strbuf_add(&text, "new ü\n");
    assert_true(output_write(&output, &text, &err));
    read_file(file_path, &read);
    assert_string_equal(strbuf_text(&read), "new ü\n");
    assert_int_equal(stat(file_path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(count_files(), 1);
    assert_int_equal(unlink(file_path), 0);
}

/* Without this a create that failed leaves litter, or an empty manifest where a good one was. */
static void test_release_leaves_nothing_behind(void **state)
{
    struct output output = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_true(output_open(file_path, &output, &err));
    assert_int_equal(count_files(), 1);
    output_release(&output);
    assert_int_equal(count_files(), 0);
    output_release(&output);
}

/* Without this `-o link.json` breaks the link, and its target stays stale. */
static void test_symbolic_link_is_followed(void **state)
{
    char link_path[PATH_MAX];
    struct strbuf read OWNED(strbuf_release) = {0};
    struct stat status;
    (void)state;

    (void)snprintf(link_path, sizeof link_path, "%s/link", folder);
    write_file(file_path, "old");
    assert_int_equal(symlink("out file", link_path), 0);
    write_to(link_path, "new");
    read_file(file_path, &read);
    assert_string_equal(strbuf_text(&read), "new");
    assert_int_equal(lstat(link_path, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(unlink(link_path), 0);
    assert_int_equal(unlink(file_path), 0);
}

/* Without this the databases are made first, and only then comes "no such directory". */
static void test_impossible_paths_are_found_on_opening(void **state)
{
    static const struct {
        const char *path;
        const char *reason;
    } cases[] = {
        {"/tmp", "Is a directory"},
        {"/nonexistent/a.json", "\"/nonexistent\": No such file"},
        {"/nonexistent/", "No such file"},
        {"/dev/null/a.json", "Not a directory"},
        {"", "No such file"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct output output = {.descriptor = 77};
        struct error err OWNED(error_release) = {0};

        assert_false(output_open(cases[i].path, &output, &err));
        assert_int_equal(output.descriptor, 77);
        assert_int_equal(err.kind, ERROR_SYSTEM);
        assert_non_null(strstr(err.message, cases[i].path));
        assert_non_null(strstr(err.message, cases[i].reason));
    }
}

/* Without this the variables of the steps before are lost to a CI job. */
static void test_append(void **state)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    struct strbuf read OWNED(strbuf_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    strbuf_add(&text, "A=1\n");
    assert_true(output_append(file_path, &text, &err));
    assert_true(output_append(file_path, &text, &err));
    read_file(file_path, &read);
    assert_string_equal(strbuf_text(&read), "A=1\nA=1\n");
    assert_int_equal(unlink(file_path), 0);

    assert_false(output_append("/dev/full", &text, &err));
    assert_string_equal(err.message, "could not write \"/dev/full\": No space left on device");
    assert_false(output_append("/nonexistent/env", &text, &err));
    assert_string_equal(err.message,
                        "could not write \"/nonexistent/env\": No such file or directory");
    assert_int_equal(err.kind, ERROR_SYSTEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file_appears_whole_and_private),
        cmocka_unit_test(test_release_leaves_nothing_behind),
        cmocka_unit_test(test_symbolic_link_is_followed),
        cmocka_unit_test(test_impossible_paths_are_found_on_opening),
        cmocka_unit_test(test_append),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
