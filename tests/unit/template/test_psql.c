/* The client that loads SQL files: the right one, called so that it stops at the first error. */
// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/template/psql.h"
#include "scratch_folder.h"

/* Without this Debian's wrapper adds a tenth of a second to each call, or psql is not found. */
static void test_finding(void **state)
{
    struct error err OWNED(error_release) = {0};
    char *psql;
    (void)state;

    scratch_make_folder("beside", 0755);
    scratch_make_folder("path", 0755);
    assert_int_equal(setenv("PATH", scratch_path("path"), 1), 0);
    assert_null(psql_find(scratch_path("beside"), &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_non_null(strstr(err.message, "beside\" and in PATH"));
    assert_non_null(strstr(err.hint, "postgresql-client"));
    assert_null(psql_find(NULL, &err));
    assert_string_equal(err.message, "no psql found in PATH");
    scratch_make_file("path/psql", "", 0755);
    psql = psql_find(scratch_path("beside"), &err);
    assert_string_equal(psql, scratch_path("path/psql"));
    free(psql);
    scratch_make_file("beside/psql", "", 0755);
    psql = psql_find(scratch_path("beside"), &err);
    assert_string_equal(psql, scratch_path("beside/psql"));
    free(psql);
    psql = psql_find(NULL, &err);
    assert_string_equal(psql, scratch_path("path/psql"));
    free(psql);
}

/* Without this a file's error goes unnoticed, a user's ~/.psqlrc changes what is loaded, or each
 * file has a session of its own. */
static void test_arguments(void **state)
{
    static const char *const expected[] = {
        "/bin/psql",       "-X", "-q",    "-w", "-o",     "/dev/null", "-v",
        "ON_ERROR_STOP=1", "-f", "a.sql", "-f", "-b.sql", "-f",        "./-"};
    struct strings files OWNED(strings_release) = {0};
    struct strings arguments OWNED(strings_release) = {0};
    (void)state;

    strings_add(&files, "a.sql");
    strings_add(&files, "-b.sql");
    strings_add(&files, "-");
    psql_arguments("/bin/psql", &arguments);
    psql_add_files(&files, &arguments);
    assert_int_equal(arguments.count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < arguments.count; i++)
        assert_string_equal(arguments.items[i], expected[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_finding, scratch_setup, scratch_teardown),
        cmocka_unit_test(test_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
