// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/memory.h"
#include "pgclone/server/ephemeral.h"
#include "scratch_folder.h"

/* A server's struct with a psql that writes down how it is called, and fails where a file says so.
 */
static void make_server(struct ephemeral *server)
{
    static const char psql[] = "#!/bin/sh\n"
                               "printf '%s|' \"$@\" >>\"$CALLS\"\n"
                               "printf '%s\\n' \"$PGHOSTADDR\" >>\"$CALLS\"\n"
                               "for last; do :; done\n"
                               "case $last in\n"
                               "*bad.sql) echo 'psql:bad.sql:2: ERROR:  no' >&2; exit 3 ;;\n"
                               "esac\n";

    scratch_make_folder("bin", 0755);
    scratch_make_file("bin/psql", psql, 0755);
    scratch_make_file("one.sql", "", 0644);
    scratch_make_file("bad.sql", "", 0644);
    assert_int_equal(setenv("CALLS", scratch_path("calls"), 1), 0);
    assert_int_equal(setenv("PGHOSTADDR", "192.0.2.1", 1), 0);
    *server = EPHEMERAL_NONE;
    server->binaries.folder = memory_copy_string(scratch_path("bin"));
    server->folder.socket = memory_copy_string("/s");
    server->port = 5432;
}

static void release_server(struct ephemeral *server)
{
    binaries_release(&server->binaries);
    memory_free_string(&server->folder.socket);
}

static void add_files(struct strings *files, const char *first, const char *second)
{
    strings_add(files, scratch_path(first));
    if (second != NULL)
        strings_add(files, scratch_path(second));
}

#define PSQL "-X|-q|-w|-o|/dev/null|-v|ON_ERROR_STOP=1|-d|postgresql://postgres@/"

/* Without this a file is loaded into the wrong database, by the user's own psqlrc and settings. */
static void test_calls(void **state)
{
    struct ephemeral server OWNED(release_server) = EPHEMERAL_NONE;
    struct strings files OWNED(strings_release) = {0};
    struct strbuf calls OWNED(strbuf_release) = {0};
    struct strbuf expected OWNED(strbuf_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    make_server(&server);
    add_files(&files, "one.sql", "one.sql");
    assert_true(ephemeral_load(&server, "my=db", &files, &err));
    assert_true(file_read_end(AT_FDCWD, scratch_path("calls"), 4096, &calls));
    strbuf_printf(&expected,
                  PSQL "postgres?host=%%2Fs&port=5432|-c|CREATE DATABASE \"my=db\" TEMPLATE "
                       "\"template0\"|\n" PSQL "my%%3Ddb?host=%%2Fs&port=5432|-f|%s|\n" PSQL
                       "my%%3Ddb?host=%%2Fs&port=5432|-f|%s|\n",
                  files.items[0], files.items[0]);
    assert_string_equal(strbuf_text(&calls), strbuf_text(&expected));
}

/* Without this a schema with an error in it is cloned, or its author must guess the line. */
static void test_error_is_passed_on(void **state)
{
    struct ephemeral server OWNED(release_server) = EPHEMERAL_NONE;
    struct strings files OWNED(strings_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    make_server(&server);
    add_files(&files, "bad.sql", "one.sql");
    assert_false(ephemeral_load(&server, "db", &files, &err));
    assert_int_equal(err.kind, ERROR_SERVER);
    assert_non_null(strstr(err.message, "could not load \""));
    assert_string_equal(err.detail, "psql:bad.sql:2: ERROR:  no");
}

/* Without this the first file is loaded before the second turns out to be missing. */
static void test_missing_file(void **state)
{
    struct ephemeral server OWNED(release_server) = EPHEMERAL_NONE;
    struct strings files OWNED(strings_release) = {0};
    struct error err OWNED(error_release) = {0};
    (void)state;

    make_server(&server);
    add_files(&files, "one.sql", "none.sql");
    assert_false(ephemeral_load(&server, "db", &files, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_non_null(strstr(err.message, "none.sql\": No such file or directory"));
    assert_int_not_equal(access(scratch_path("calls"), F_OK), 0);
}

int main(void)
{
#define LOAD_TEST(function)                                                                        \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        LOAD_TEST(test_calls),
        LOAD_TEST(test_error_is_passed_on),
        LOAD_TEST(test_missing_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
