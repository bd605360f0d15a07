// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/server/cache.h"
#include "scratch_folder.h"

static bool reads(const char *text, uint64_t expected)
{
    struct error err OWNED(error_release) = {0};
    uint64_t found = 77;

    assert_int_equal(setenv(CACHE_SIZE_VARIABLE, text, 1), 0);
    if (!cache_read_limit(&found, &err)) {
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_non_null(err.hint);
        assert_int_equal(found, 77);
        return false;
    }
    return found == expected;
}

/* Without this a size that is written otherwise fills the disk, or turns the cache off. */
static void test_limit(void **state)
{
    uint64_t found = 0;
    (void)state;

    assert_int_equal(unsetenv(CACHE_SIZE_VARIABLE), 0);
    assert_true(cache_read_limit(&found, NULL));
    assert_int_equal(found, CACHE_SIZE_DEFAULT);
    assert_true(reads("", CACHE_SIZE_DEFAULT));
    assert_true(reads("0", 0));
    assert_true(reads("0MB", 0));
    assert_true(reads("500MB", UINT64_C(500) << 20));
    assert_true(reads("2 gb", UINT64_C(2) << 30));
    assert_true(reads("64kB", 65536));
    assert_true(reads("1TB", UINT64_C(1) << 40));
    assert_false(reads("500", 500));
    assert_false(reads("2GiB", 0));
    assert_false(reads("-1MB", 0));
    assert_false(reads("MB", 0));
    assert_false(reads("1.5GB", 0));
    assert_false(reads("99999999999999999999GB", 0));
    assert_false(reads("18446744073709551615TB", 0));
}

/* An entry that is said to hold so many bytes, and was used so many seconds ago. */
static void make_entry(const char *name, unsigned bytes, time_t seconds)
{
    struct timespec used[2] = {{.tv_sec = time(NULL) - seconds}, {.tv_sec = time(NULL) - seconds}};
    char path[64];
    char text[64];

    scratch_make_folder(name, 0700);
    (void)snprintf(path, sizeof path, "%s/" CACHE_STATE, name);
    (void)snprintf(text, sizeof text, "1 %u 00000000000000aa\n", bytes);
    scratch_make_file(path, text, 0600);
    assert_int_equal(utimensat(AT_FDCWD, scratch_path(name), used, 0), 0);
}

static bool make_room(uint64_t limit, uint64_t bytes)
{
    int folder OWNED(file_close) = file_open_folder(AT_FDCWD, scratch_folder());

    return cache_make_room(folder, limit, bytes);
}

static bool there(const char *name)
{
    return access(scratch_path(name), F_OK) == 0;
}

/* Without this the cache grows for ever, or what is used every day goes first. */
static void test_last_used_stays(void **state)
{
    (void)state;

    make_entry("b", 100, 300);
    make_entry("a", 100, 200);
    make_entry("c", 100, 100);
    scratch_make_file("lock", "", 0600);
    assert_true(make_room(400, 100));
    assert_true(there("a") && there("b") && there("c"));
    assert_true(make_room(400, 101));
    assert_true(there("a") && !there("b") && there("c"));
    assert_true(make_room(400, 400));
    assert_false(there("a") || there("c"));
    assert_true(there("lock"));
    assert_false(make_room(400, 401));
}

/* Without this versions of years ago, and halves of entries, fill the disk. */
static void test_what_is_no_use_goes(void **state)
{
    (void)state;

    make_entry("old", 1, (time_t)(CACHE_UNUSED_DAYS + 1) * 24 * 3600);
    make_entry("new", 1, (time_t)(CACHE_UNUSED_DAYS - 1) * 24 * 3600);
    scratch_make_folder("half", 0700);
    scratch_make_folder("former", 0700);
    scratch_make_file("former/count", "1 1\n", 0600);
    assert_true(make_room(400, 1));
    assert_false(there("old") || there("half") || there("former"));
    assert_true(there("new"));
}

/* Without this data is removed under a server that works on it. */
static void test_what_is_used_stays(void **state)
{
    int used OWNED(file_close) = -1;
    (void)state;

    make_entry("used", 100, 300);
    make_entry("other", 100, 200);
    used = file_open_folder(AT_FDCWD, scratch_path("used"));
    assert_int_equal(flock(used, LOCK_SH | LOCK_NB), 0);
    assert_true(make_room(200, 100));
    assert_true(there("used") && !there("other"));
    assert_false(make_room(200, 101));
    assert_true(there("used/" CACHE_STATE));
    file_close(&used);
    assert_true(make_room(200, 101));
    assert_false(there("used"));
}

int main(void)
{
#define ROOM_TEST(function)                                                                        \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        ROOM_TEST(test_limit),
        ROOM_TEST(test_last_used_stays),
        ROOM_TEST(test_what_is_no_use_goes),
        ROOM_TEST(test_what_is_used_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
