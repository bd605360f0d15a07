#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/memory.h"
#include "pgclone/report/manifest.h"
#include "pgclone/report/report.h"

static char path[] = "/tmp/pgclone_manifest_XXXXXX";

static int make_file(void **state)
{
    int descriptor = mkstemp(path);
    (void)state;

    return descriptor < 0 ? -1 : close(descriptor);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static void write_file(const char *text)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void write_report(void)
{
    const struct report_database databases[] = {
        {.worker = "", .name = "a", .url = "postgresql://u:s%27@h/a"},
        {.worker = "2", .name = "b", .url = "postgresql://u:s%27@h/b ü\"\\"},
    };
    const struct report report = {.project = "p", .databases = databases, .count = 2};
    struct strbuf text OWNED(strbuf_release) = {0};

    report_json(&report, &text);
    write_file(strbuf_text(&text));
}

/* Without this a test connects to another worker's database, or to none. */
static void test_finds_each_worker(void **state)
{
    static const struct {
        const char *worker;
        const char *url;
    } cases[] = {
        {"", "postgresql://u:s%27@h/a"},
        {"1", "postgresql://u:s%27@h/a"},
        {"2", "postgresql://u:s%27@h/b ü\"\\"},
    };
    (void)state;

    write_report();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *url OWNED(memory_free_string) = NULL;
        struct error err OWNED(error_release) = {0};

        assert_true(manifest_find_url(path, cases[i].worker, &url, &err));
        assert_string_equal(url, cases[i].url);
        assert_false(error_is_set(&err));
    }
}

/* Without this a user who started more workers than databases has to guess which there are. */
static void test_unknown_worker_lists_the_known(void **state)
{
    struct error err OWNED(error_release) = {0};
    char *url = NULL;
    (void)state;

    write_report();
    assert_false(manifest_find_url(path, "gw7", &url, &err));
    assert_null(url);
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_non_null(strstr(err.message, "\"gw7\""));
    assert_non_null(strstr(err.message, path));
    assert_string_equal(err.detail, "It knows these workers: 1, 2.");

    write_file("{\"pgclone\":1,\"databases\":[]}");
    assert_false(manifest_find_url(path, "", &url, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_string_equal(err.detail, "It holds no workers.");
}

/* Without this a cut or foreign file crashes `url`, or its mistake is shown together with the
 * password that stands beside it. */
static void test_malformed_files_are_named_but_not_quoted(void **state)
{
    static const char *const texts[] = {
        "",
        "hello secret",
        "{\"pgclone\":1,\"databases\":[{\"worker\":\"gw0\",\"url\":\"secret\"\"secret\"}]}",
        "{\"pgclone\":1,\"databases\":[{\"worker\":\"gw0\",\"url\":\"secret",
        "[1]",
        "{}",
        "{\"pgclone\":\"1\",\"databases\":[]}",
        "{\"pgclone\":2,\"databases\":[]}",
        "{\"pgclone\":1}",
        "{\"pgclone\":1,\"databases\":{\"gw0\":\"secret\"}}",
        "{\"pgclone\":1,\"databases\":[1]}",
        "{\"pgclone\":1,\"databases\":[{\"worker\":\"gw0\",\"url\":null}]}",
        "{\"pgclone\":1,\"databases\":[{\"worker\":0,\"url\":\"secret\"}]}",
        "{\"pgclone\":1,\"pgclone\":1,\"databases\":[]}",
        "{\"pgclone\":1,\"databases\":[{\"worker\":\"gw0\",\"url\":\"caf\xe9 secret\"}]}",
    };
    (void)state;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct error err OWNED(error_release) = {0};
        char *url = NULL;

        write_file(texts[i]);
        assert_false(manifest_find_url(path, "gw0", &url, &err));
        assert_null(url);
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_non_null(strstr(err.message, path));
        assert_null(strstr(err.message, "secret"));
        assert_null(err.detail);
        assert_non_null(err.hint);
    }
}

/* Without this a wrong PGCLONE_MANIFEST is answered with something about JSON. */
static void test_unreadable_files_say_why(void **state)
{
    static const struct {
        const char *path;
        const char *reason;
    } cases[] = {{"/nonexistent/m.json", "No such file"}, {"/tmp", "Is a directory"}};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err OWNED(error_release) = {0};
        char *url = NULL;

        assert_false(manifest_find_url(cases[i].path, "gw0", &url, &err));
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_non_null(strstr(err.message, cases[i].path));
        assert_non_null(strstr(err.message, cases[i].reason));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_each_worker),
        cmocka_unit_test(test_unknown_worker_lists_the_known),
        cmocka_unit_test(test_malformed_files_are_named_but_not_quoted),
        cmocka_unit_test(test_unreadable_files_say_why),
    };

    return cmocka_run_group_tests(tests, make_file, remove_file);
}
