// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/base/memory.h"
#include "pgclone/server/cluster.h"
#include "scratch_folder.h"

static struct account account;

/* With an initdb that writes down its options and its environment. */
static const char initdb[] = "#!/bin/sh\n"
                             "echo \"$@\" >\"$2/options\"\n"
                             "env >\"$2/environment\"\n";

static int setup(void **state)
{
    if (scratch_setup(state) != 0 || !account_choose(&account, NULL))
        return -1;
    scratch_make_file("initdb", initdb, 0755);
    scratch_make_folder("data", 0700);
    return account.other ? chown(scratch_path("data"), account.user.uid, account.user.gid) : 0;
}

static struct cache cache_of(void)
{
    return (struct cache){
        .path = scratch_path("cache"), .limit = CACHE_SIZE_DEFAULT, .account = &account};
}

static bool make(struct error *err)
{
    struct binaries binaries = {.initdb = memory_copy_string(scratch_path("initdb")),
                                .version = memory_copy_string("15.1"),
                                .major = 15};
    const struct cache cache = cache_of();
    bool made = cluster_make(&binaries, &cache, scratch_path("data"), err);

    binaries_release(&binaries);
    return made;
}

static char *key_of(const char *program, const char *version, int major)
{
    struct binaries binaries = {.initdb = memory_copy_string(program),
                                .version = memory_copy_string(version),
                                .major = major};
    char *key = cluster_cache_key(&binaries);

    binaries_release(&binaries);
    return key;
}

/* Without this a server of one version is started on the data of another. */
static void test_key(void **state)
{
    char *key OWNED(memory_free_string) = key_of("/a/initdb", "15.18 (Debian 15.18-1)", 15);
    char *same OWNED(memory_free_string) = key_of("/a/initdb", "15.18 (Debian 15.18-1)", 15);
    char *packaged OWNED(memory_free_string) = key_of("/a/initdb", "15.18 (Debian 15.18-2)", 15);
    char *elsewhere OWNED(memory_free_string) = key_of("/b/initdb", "15.18 (Debian 15.18-1)", 15);
    char *odd OWNED(memory_free_string) = key_of("/a/initdb", "../../etc", 15);
    (void)state;

    assert_string_equal(key, same);
    assert_string_not_equal(key, packaged);
    assert_string_not_equal(key, elsewhere);
    assert_memory_equal(key, "postgresql-15.18-2-", 19);
    assert_int_equal(strlen(key), 19 + 16);
    assert_null(strchr(odd, '/'));
}

/* Without this initdb asks for what this version does not know, or what is made is slow to make. */
static void test_initdb_options(void **state)
{
    struct strings seventeen OWNED(strings_release) = {0};
    struct strings eighteen OWNED(strings_release) = {0};
    const struct binaries old = {.major = 17};
    const struct binaries new = {.major = 18};
    (void)state;

    cluster_initdb_options(&old, &seventeen);
    cluster_initdb_options(&new, &eighteen);
    assert_true(strings_contain(&seventeen, "--no-sync"));
    assert_true(strings_contain(&seventeen, "--username=postgres"));
    assert_true(strings_contain(&seventeen, "--auth-host=reject"));
    assert_false(strings_contain(&seventeen, "--no-data-checksums"));
    assert_true(strings_contain(&eighteen, "--no-data-checksums"));
}

static void assert_cache_folder(const char *expected)
{
    char *folder OWNED(memory_free_string) = cluster_cache_folder();

    if (expected == NULL)
        assert_null(folder);
    else
        assert_string_equal(folder, expected);
}

/* Without this the cache lies where nobody looks for it, or root's in the home of whoever called
 * sudo. */
static void test_cache_folder(void **state)
{
    (void)state;

    assert_int_equal(setenv("XDG_CACHE_HOME", "/caches", 1), 0);
    assert_int_equal(setenv("HOME", "/home/me", 1), 0);
    assert_cache_folder("/caches/pgclone");
    assert_int_equal(setenv("XDG_CACHE_HOME", "relative", 1), 0);
    assert_cache_folder(geteuid() == 0 ? "/var/cache/pgclone" : "/home/me/.cache/pgclone");
    assert_int_equal(unsetenv("XDG_CACHE_HOME"), 0);
    assert_cache_folder(geteuid() == 0 ? "/var/cache/pgclone" : "/home/me/.cache/pgclone");
    assert_int_equal(unsetenv("HOME"), 0);
    assert_cache_folder(geteuid() == 0 ? "/var/cache/pgclone" : NULL);
}

/* Without this each run costs an initdb, or root's server cannot read its data. */
static void test_made_by_initdb_and_kept(void **state)
{
    struct error err OWNED(error_release) = {0};
    char *key OWNED(memory_free_string) = key_of(scratch_path("initdb"), "15.1", 15);
    struct cache_entry entry OWNED(cache_close) = CACHE_NO_ENTRY;
    const struct cache cache = cache_of();
    struct stat status;
    (void)state;

    assert_false(cache_open(&cache, key, &entry));
    assert_true(make(&err));
    assert_int_equal(stat(scratch_path("data/options"), &status), 0);
    assert_int_equal(status.st_uid, account.user.uid);
    assert_true(cache_open(&cache, key, &entry));
    assert_int_equal(entry.count.files, 2);
    assert_int_equal(stat(scratch_path("cache"), &status), 0);
    assert_int_equal(status.st_uid, geteuid());
}

/* Without this the reason why initdb failed is lost, and what it failed with is kept. */
static void test_initdb_fails(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    scratch_make_file("initdb", "#!/bin/sh\necho 'initdb: error: no space' >&2\nexit 1\n", 0755);
    assert_false(make(&err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_non_null(strstr(err.message, "exited with status 1"));
    assert_string_equal(err.detail, "initdb: error: no space");
    assert_int_not_equal(access(scratch_path("cache"), F_OK), 0);
}

int main(void)
{
#define CLUSTER_TEST(function) cmocka_unit_test_setup_teardown(function, setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        CLUSTER_TEST(test_key),          CLUSTER_TEST(test_initdb_options),
        CLUSTER_TEST(test_cache_folder), CLUSTER_TEST(test_made_by_initdb_and_kept),
        CLUSTER_TEST(test_initdb_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
