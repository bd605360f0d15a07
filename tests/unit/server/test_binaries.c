// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/server/binaries.h"
#include "scratch_folder.h"

static const struct account self = {0};
static const char *const nowhere[] = {NULL};

/* A folder with programs that say they are this version. */
static void make_programs(const char *folder, const char *version)
{
    char script[128];
    char path[64];

    scratch_make_folder(folder, 0755);
    (void)snprintf(script, sizeof script, "#!/bin/sh\necho 'postgres (PostgreSQL) %s'\n", version);
    (void)snprintf(path, sizeof path, "%s/postgres", folder);
    scratch_make_file(path, script, 0755);
    (void)snprintf(path, sizeof path, "%s/initdb", folder);
    scratch_make_file(path, script, 0755);
}

static void assert_finds(const struct binaries_search *search, const char *folder,
                         const char *version)
{
    struct binaries found OWNED(binaries_release) = {0};
    struct error err OWNED(error_release) = {0};

    assert_true(binaries_search(search, &found, &err));
    assert_string_equal(found.folder, scratch_path(folder));
    assert_string_equal(found.version, version);
}

/* Without this a server is started that is not the one the user has named or has in PATH. */
static void test_order(void **state)
{
    const char *usual[] = {NULL, NULL, NULL};
    struct binaries_search search = {.usual = nowhere, .account = &self};
    char path[512];
    (void)state;

    make_programs("flag", "13.1");
    make_programs("path", "14.1");
    make_programs("asked", "15.1");
    make_programs("usual-9.6", "9.6.24");
    make_programs("usual-16", "16.1");
    make_programs("usual-9", "9.5.1");
    make_programs("usual-17", "17beta1 (Mine 17~beta1)");
    scratch_make_folder("empty", 0755);
    (void)snprintf(path, sizeof path, "#!/bin/sh\necho %s\n", scratch_path("asked"));
    scratch_make_file("pg_config", path, 0755);
    (void)snprintf(path, sizeof path, ".:%s:%s", scratch_path("empty"), scratch_path("path"));
    search.flag = scratch_path("flag");
    search.path = path;
    search.asked = strdup(scratch_path("pg_config"));
    usual[0] = "/none/*";
    usual[1] = strdup(scratch_path("usual-*"));
    search.usual = usual;
    assert_finds(&search, "flag", "13.1");
    search.flag = NULL;
    assert_finds(&search, "path", "14.1");
    search.path = scratch_path("empty");
    assert_finds(&search, "asked", "15.1");
    search.path = NULL;
    assert_finds(&search, "asked", "15.1");
    free((void *)(uintptr_t)search.asked);
    search.asked = "/none/pg_config";
    assert_finds(&search, "usual-17", "17beta1 (Mine 17~beta1)");
    free((void *)(uintptr_t)usual[1]);
}

/* Without this another server than the one named is started, or nobody learns what is wrong. */
static void test_flag_must_hold_them(void **state)
{
    struct binaries_search search = {.usual = nowhere, .account = &self};
    struct binaries found = {.major = 7};
    struct error err OWNED(error_release) = {0};
    (void)state;

    make_programs("good", "16.1");
    make_programs("old", "12.22");
    scratch_make_folder("half", 0755);
    scratch_make_file("half/postgres", "#!/bin/sh\n", 0755);
    scratch_make_folder("strange", 0755);
    scratch_make_file("strange/postgres", "#!/bin/sh\necho hello\n", 0755);
    scratch_make_file("strange/initdb", "#!/bin/sh\n", 0755);
    search.path = scratch_path("good");
    search.flag = scratch_path("half");
    assert_false(binaries_search(&search, &found, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_non_null(strstr(err.message, "--postgres-bindir: "));
    assert_non_null(strstr(err.message, "does not hold both"));
    search.flag = scratch_path("old");
    assert_false(binaries_search(&search, &found, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_non_null(strstr(err.message, "is PostgreSQL 12.22, older than 13"));
    search.flag = scratch_path("strange");
    assert_false(binaries_search(&search, &found, &err));
    assert_non_null(strstr(err.message, "is not PostgreSQL"));
    search.flag = "/none";
    assert_false(binaries_search(&search, &found, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_int_equal(found.major, 7);
}

/* Without this nobody learns what to install, or why what is installed does not do. */
static void test_none(void **state)
{
    struct binaries_search search = {.usual = nowhere, .account = &self};
    struct binaries found = {0};
    struct error err OWNED(error_release) = {0};
    struct error old OWNED(error_release) = {0};
    (void)state;

    assert_false(binaries_search(&search, &found, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_non_null(strstr(err.hint, "Install the package \"postgresql\""));
    assert_null(err.detail);
    make_programs("old", "9.6");
    search.path = scratch_path("old");
    assert_false(binaries_search(&search, &found, &old));
    assert_non_null(strstr(old.detail, "is PostgreSQL 9.6, older than 13."));
}

/* Without this a version that is not a number passes, or "9.6" for 96. */
static void test_version(void **state)
{
    const char *version = NULL;
    (void)state;

    assert_int_equal(
        binaries_parse_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0)", &version), 15);
    assert_string_equal(version, "15.18 (Debian 15.18-0)");
    assert_int_equal(binaries_parse_version("postgres (PostgreSQL) 19devel", &version), 19);
    assert_int_equal(binaries_parse_version("postgres (PostgreSQL) 9.6.24", &version), 9);
    assert_int_equal(binaries_parse_version("postgres (PostgreSQL) x", &version), 0);
    assert_int_equal(binaries_parse_version("initdb (PostgreSQL) 15.18", &version), 0);
    assert_int_equal(binaries_parse_version("", &version), 0);
}

/* Without this PGHOSTADDR leads psql to the user's real server, and PGDATA the server to its
 * data. */
static void test_environment(void **state)
{
    static const char script[] = "#!/bin/sh\n"
                                 "test \"$MY_OWN\" = 1 && ! env | grep ^PG >&2 &&\n"
                                 "echo 'postgres (PostgreSQL) 15.1'\n";
    struct binaries_search search = {.usual = nowhere, .account = &self};
    (void)state;

    make_programs("bin", "0");
    scratch_make_file("bin/postgres", script, 0755);
    search.path = scratch_path("bin");
    assert_int_equal(setenv("PATH", "/usr/bin:/bin", 1), 0);
    assert_int_equal(setenv("PGHOSTADDR", "192.0.2.1", 1), 0);
    assert_int_equal(setenv("MY_OWN", "1", 1), 0);
    assert_finds(&search, "bin", "15.1");
    assert_int_equal(unsetenv("PGHOSTADDR"), 0);
}

int main(void)
{
#define BINARIES_TEST(function)                                                                    \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        BINARIES_TEST(test_order),       BINARIES_TEST(test_flag_must_hold_them),
        BINARIES_TEST(test_none),        BINARIES_TEST(test_version),
        BINARIES_TEST(test_environment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
