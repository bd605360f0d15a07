// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/server/cache.h"
#include "scratch_folder.h"

/* We are the server's user. */
static struct account self;

static int setup(void **state)
{
    if (scratch_setup(state) != 0)
        return -1;
    self = (struct account){.user = {.uid = geteuid(), .gid = getegid()}};
    scratch_make_folder("made", 0700);
    scratch_make_folder("made/base", 0700);
    scratch_make_file("made/base/1", "table", 0600);
    scratch_make_file("made/PG_VERSION", "15\n", 0600);
    scratch_make_folder("data", 0700);
    return 0;
}

static struct cache cache_of(const char *path)
{
    return (struct cache){.path = path, .limit = CACHE_SIZE_DEFAULT, .account = &self};
}

static bool store_as(const char *key, struct error *err)
{
    const struct cache cache = cache_of(scratch_path("deep/cache"));

    return cache_store(&cache, key, scratch_path("made"), err);
}

static bool store(struct error *err)
{
    return store_as("key", err);
}

static bool can_open(void)
{
    const struct cache cache = cache_of(scratch_path("deep/cache"));
    struct cache_entry entry OWNED(cache_close) = CACHE_NO_ENTRY;

    return cache_open(&cache, "key", &entry);
}

/* Without this initdb runs each time. */
static void test_what_is_stored_is_found(void **state)
{
    const struct cache cache = cache_of(scratch_path("deep/cache"));
    struct cache_entry entry OWNED(cache_close) = CACHE_NO_ENTRY;
    struct error err OWNED(error_release) = {0};
    struct strbuf text OWNED(strbuf_release) = {0};
    struct stat status;
    (void)state;

    assert_false(can_open());
    assert_true(store(&err));
    assert_true(cache_open(&cache, "key", &entry));
    assert_string_equal(entry.path, scratch_path("deep/cache/key/data"));
    assert_int_equal(entry.count.files, 2);
    assert_true(cache_copy(&cache, &entry, scratch_path("data"), &err));
    assert_true(file_read_end(AT_FDCWD, scratch_path("data/base/1"), 100, &text));
    assert_string_equal(strbuf_text(&text), "table");
    assert_int_equal(stat(scratch_path("deep/cache"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    assert_int_not_equal(access(scratch_path("deep/cache/unfinished"), F_OK), 0);
    cache_close(&entry);
    cache_close(&entry);
}

/* Without this a cache that a cleaner went through gives a server that fails in strange ways, for
 * ever. */
static void test_damage_is_noticed_and_mended(void **state)
{
    const struct timespec later[2] = {{.tv_sec = 2000000000}, {.tv_sec = 2000000000}};
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_true(store(&err));
    assert_int_equal(unlink(scratch_path("deep/cache/key/data/base/1")), 0);
    assert_false(can_open());
    assert_true(store(&err));
    assert_true(can_open());
    assert_int_equal(truncate(scratch_path("deep/cache/key/data/base/1"), 3), 0);
    assert_false(can_open());
    assert_true(store(&err));
    assert_int_equal(utimensat(AT_FDCWD, scratch_path("deep/cache/key/data/base/1"), later, 0), 0);
    assert_false(can_open());
    assert_true(store(&err));
    assert_int_equal(
        rename(scratch_path("deep/cache/key/data/base"), scratch_path("deep/cache/key/data/bare")),
        0);
    assert_false(can_open());
    assert_true(store(&err));
    assert_true(can_open());
    assert_int_equal(truncate(scratch_path("deep/cache/key/state"), 8), 0);
    assert_false(can_open());
    assert_int_equal(unlink(scratch_path("deep/cache/key/state")), 0);
    assert_false(can_open());
}

/* Without this another user decides what our server runs on. */
static void test_what_others_could_have_planted_is_not_used(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_true(store(&err));
    assert_int_equal(chmod(scratch_path("deep/cache/key"), 0770), 0);
    assert_false(can_open());
    assert_int_equal(chmod(scratch_path("deep/cache/key"), 0700), 0);
    assert_true(can_open());
    assert_int_equal(chmod(scratch_path("deep/cache/key/data"), 0750), 0);
    assert_false(can_open());
    assert_int_equal(chmod(scratch_path("deep/cache/key/data"), 0700), 0);
    assert_int_equal(chmod(scratch_path("deep/cache"), 0707), 0);
    assert_false(can_open());
    assert_false(store(&err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_int_equal(chmod(scratch_path("deep/cache"), 0700), 0);
    assert_int_equal(rename(scratch_path("deep/cache"), scratch_path("deep/other")), 0);
    assert_int_equal(symlink(scratch_path("deep/other"), scratch_path("deep/cache")), 0);
    assert_false(can_open());
    if (geteuid() != 0)
        return;
    assert_int_equal(unlink(scratch_path("deep/cache")), 0);
    assert_int_equal(rename(scratch_path("deep/other"), scratch_path("deep/cache")), 0);
    assert_true(can_open());
    assert_int_equal(chown(scratch_path("deep/cache/key/data/base/1"), 65534, 65534), 0);
    assert_false(can_open());
}

/* Without this the overlay that root's server finds belongs to root, and it refuses to start; or
 * the server's user can change what is kept. */
static void test_data_belongs_to_the_servers_user(void **state)
{
    struct error err OWNED(error_release) = {0};
    struct stat status;
    (void)state;

    if (geteuid() != 0)
        skip();
    self = (struct account){.user = {.uid = 65534, .gid = 65533}, .other = true};
    assert_int_equal(chown(scratch_path("made"), 65534, 65533), 0);
    assert_int_equal(chown(scratch_path("made/PG_VERSION"), 65534, 65533), 0);
    assert_int_equal(chown(scratch_path("made/base"), 65534, 65533), 0);
    assert_int_equal(chown(scratch_path("made/base/1"), 65534, 65533), 0);
    assert_true(store(&err));
    assert_true(can_open());
    assert_int_equal(stat(scratch_path("deep/cache/key"), &status), 0);
    assert_int_equal(status.st_uid, 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    assert_int_equal(stat(scratch_path("deep/cache/key/data"), &status), 0);
    assert_int_equal(status.st_uid, 65534);
    assert_int_equal(status.st_gid, 65533);
    assert_int_equal(stat(scratch_path("deep/cache/key/data/base/1"), &status), 0);
    assert_int_equal(status.st_uid, 65534);
    self.user.uid = 65532;
    assert_false(can_open());
}

/* Without this first runs side by side wait for each other, or undo each other's work. */
static void test_one_makes_it(void **state)
{
    struct error err OWNED(error_release) = {0};
    int lock OWNED(file_close) = -1;
    (void)state;

    assert_true(store(&err));
    lock = open(scratch_path("deep/cache/lock"), O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(lock, LOCK_EX | LOCK_NB), 0);
    assert_false(store(&err));
    assert_true(can_open());
    file_close(&lock);
    assert_true(store(&err));
}

/* Without this the data is removed under a server that works on an overlay of it. */
static void test_what_is_used_stays(void **state)
{
    const struct cache cache = cache_of(scratch_path("deep/cache"));
    struct cache_entry entry OWNED(cache_close) = CACHE_NO_ENTRY;
    struct error err OWNED(error_release) = {0};
    int folder OWNED(file_close) = -1;
    (void)state;

    assert_true(store(&err));
    assert_true(cache_open(&cache, "key", &entry));
    assert_false(store(&err));
    folder = file_open_folder(AT_FDCWD, cache.path);
    assert_false(cache_remove(folder, "key"));
    assert_true(can_open());
    assert_int_not_equal(access(scratch_path("deep/cache/unfinished"), F_OK), 0);
    cache_close(&entry);
    assert_true(cache_remove(folder, "key"));
    assert_true(cache_remove(folder, "key"));
    assert_false(can_open());
}

/* Without this what a killed maker left is in the way, at whatever point it was killed. */
static void test_leftovers_go(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_true(store(&err));
    scratch_make_folder("deep/cache/unfinished", 0700);
    scratch_make_folder("deep/cache/unfinished/data", 0700);
    scratch_make_file("deep/cache/unfinished/state", "", 0600);
    assert_true(store_as("next", &err));
    assert_int_not_equal(access(scratch_path("deep/cache/unfinished"), F_OK), 0);
    assert_true(can_open());
    /* As a removal leaves it. */
    assert_int_equal(unlink(scratch_path("deep/cache/key/state")), 0);
    assert_true(store_as("next", &err));
    assert_int_not_equal(access(scratch_path("deep/cache/key"), F_OK), 0);
}

/* Without this the cache cannot be turned off, or what does not fit is stored. */
static void test_no_room(void **state)
{
    struct cache cache = cache_of(scratch_path("deep/cache"));
    struct cache_entry entry OWNED(cache_close) = CACHE_NO_ENTRY;
    struct error err OWNED(error_release) = {0};
    (void)state;

    cache.limit = 7; /* of 8 bytes */
    assert_false(cache_store(&cache, "key", scratch_path("made"), &err));
    assert_non_null(strstr(err.message, "PGCLONE_CACHE_SIZE"));
    assert_int_not_equal(access(scratch_path("deep/cache/key"), F_OK), 0);
    cache.limit = 8;
    assert_true(cache_store(&cache, "key", scratch_path("made"), &err));
    cache.limit = 0;
    assert_false(cache_open(&cache, "key", &entry));
    assert_false(cache_store(&cache, "key", scratch_path("made"), &err));
    cache.path = NULL;
    assert_false(cache_open(&cache, "key", &entry));
}

int main(void)
{
#define CACHE_TEST(function) cmocka_unit_test_setup_teardown(function, setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        CACHE_TEST(test_what_is_stored_is_found),
        CACHE_TEST(test_damage_is_noticed_and_mended),
        CACHE_TEST(test_what_others_could_have_planted_is_not_used),
        CACHE_TEST(test_data_belongs_to_the_servers_user),
        CACHE_TEST(test_one_makes_it),
        CACHE_TEST(test_what_is_used_stays),
        CACHE_TEST(test_leftovers_go),
        CACHE_TEST(test_no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
