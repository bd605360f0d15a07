/* What a throw-away server is filled from. Keeping it is tested with real servers
 * (tests/integration/test_ephemeral_content.py). */
// links: provision_fixture.c
// links: table_results.c
// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/memory.h"
#include "pgclone/cli/run_content.h"
#include "provision_fixture.h"
#include "scratch_folder.h"

static bool read_files(const char *text, struct run_content *out)
{
    struct strings files OWNED(strings_release) = {0};
    struct settings settings OWNED(settings_release) = {0};
    bool done;

    fixture_settings(&settings);
    if (text != NULL)
        scratch_make_file("one.sql", text, 0600);
    strings_add(&files, scratch_path("one.sql"));
    out->files = &files;
    done = run_content_read(&settings, out, NULL);
    out->files = NULL;
    return done;
}

/* Without this a changed schema is not loaded. */
static void test_files(void **state)
{
    struct run_content one = {0};
    struct run_content other = {0};
    (void)state;

    /* That it is missing is told when it is to be loaded. */
    assert_true(read_files(NULL, &one));
    assert_false(one.known);
    assert_true(read_files("select 1;", &one));
    assert_true(one.known);
    assert_true(read_files("select 1;", &other));
    assert_memory_equal(&one.source, &other.source, sizeof one.source);
    assert_true(read_files("select 2;", &other));
    assert_memory_not_equal(&one.source, &other.source, sizeof one.source);
    assert_true(read_files("\\i two.sql", &other));
    assert_false(other.known);
}

/* Without this a server is started, and only then it is found that a file is missing. */
static void test_build(void **state)
{
    const struct strings none = {0};
    struct run_content content = {.files = &none};
    struct error err OWNED(error_release) = {0};
    struct settings settings OWNED(settings_release) = {0};
    (void)state;

    fixture_settings(&settings);
    assert_true(run_content_read(&settings, &content, &err));
    assert_false(content.known);
    settings.origin[SETTING_BUILD] = (struct origin){.kind = ORIGIN_YAML, .line = 7};
    settings.config = memory_copy_string(scratch_path("pgclone.yaml"));
    strings_add(&settings.build.sql, "one.sql");
    assert_false(run_content_read(&settings, &content, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_non_null(strstr(err.message, "pgclone.yaml:7: build.sql: could not read \"one.sql\""));
    scratch_make_file("one.sql", "\\i two.sql", 0600);
    /* What the files read is to be among the inputs. */
    assert_true(run_content_read(&settings, &content, NULL));
    assert_true(content.known);
    settings.external_schema = false;
    assert_true(run_content_read(&settings, &content, NULL));
    assert_false(content.known);
}

int main(void)
{
#define CONTENT_TEST(function)                                                                     \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        CONTENT_TEST(test_files),
        CONTENT_TEST(test_build),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
