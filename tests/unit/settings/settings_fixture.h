/* What tests of settings_load() share: a folder of their own, and no variables of ours. */
#ifndef PGCLONE_TESTS_SETTINGS_FIXTURE_H
#define PGCLONE_TESTS_SETTINGS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "pgclone/base/strbuf.h"
#include "pgclone/settings/settings.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static char folder[] = "/tmp/pgclone-test-XXXXXX";

static inline int enter_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static inline int leave_folder(void **state)
{
    (void)state;
    return chdir("/") != 0 || rmdir(folder) != 0;
}

/* Each test begins without a file and without variables of ours. */
static inline int clear(void **state)
{
    (void)state;
    for (enum setting_id id = 0; id < SETTING_COUNT; id++)
        if (settings_row(id)->environment != NULL)
            unsetenv(settings_row(id)->environment);
    unlink("pgclone.yaml");
    unlink("other.yaml");
    return 0;
}

static inline void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static inline void load(const struct settings_flag *flags, size_t count, struct settings *settings)
{
    struct error err = {0};
    bool loaded = settings_load(flags, count, SETTING_COUNT, settings, &err);

    if (!loaded)
        print_error("%s\n", err.message);
    assert_true(loaded);
}

/* Line by line, so that a failure shows the line and not the beginning of the text. */
static inline void assert_lines_equal(const char *actual, const char *expected)
{
    char *actual_rest = NULL;
    char *expected_rest = NULL;
    char *actual_copy = strdup(actual);
    char *expected_copy = strdup(expected);
    const char *line = strtok_r(actual_copy, "\n", &actual_rest);
    const char *expected_line = strtok_r(expected_copy, "\n", &expected_rest);

    while (line != NULL && expected_line != NULL) {
        assert_string_equal(line, expected_line);
        line = strtok_r(NULL, "\n", &actual_rest);
        expected_line = strtok_r(NULL, "\n", &expected_rest);
    }
    assert_null(line);
    assert_null(expected_line);
    assert_string_equal(actual, expected);
    free(actual_copy);
    free(expected_copy);
}

static inline void assert_mistakes(const struct settings_flag *flags, size_t count,
                                   const char *message)
{
    struct settings settings = {.workers = 77};
    struct error err = {0};

    assert_false(settings_load(flags, count, SETTING_COUNT, &settings, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_lines_equal(err.message, message);
    assert_int_equal(settings.workers, 77);
    assert_null(settings.maintenance_database);
    error_release(&err);
}

/* Parses with the row's parser. Returns the error's message, "" for none; the caller frees it. */
static inline char *parse_message(enum setting_id id, const char *value, struct settings *settings)
{
    const struct setting *row = settings_row(id);
    struct error err = {0};
    struct strbuf text = {0};

    if (!row->parse(row, value, (char *)settings + row->offset, &err)) {
        assert_int_equal(err.kind, ERROR_USAGE);
        strbuf_add(&text, err.message);
    }
    error_release(&err);
    return strbuf_take(&text);
}

#endif
