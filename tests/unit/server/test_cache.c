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
#include "pgclone/base/tree.h"
#include "pgclone/server/cache.h"
#include "scratch_folder.h"

/* We are the server's user. */
static struct account self;

static int setup(void **state)
{
    if (scratch_setup(state) != 0)
        return -1;
    self.user = (struct spawn_user){.uid = geteuid(), .gid = getegid()};
    scratch_make_folder("made", 0700);
    scratch_make_folder("made/base", 0700);
    scratch_make_file("made/base/1", "table", 0600);
    scratch_make_file("made/PG_VERSION", "15\n", 0600);
    scratch_make_folder("data", 0700);
    return 0;
}

static bool store(struct error *err)
{
    return cache_store(scratch_path("deep/cache"), "key", scratch_path("made"), &self, err);
}

static bool fetch(void)
{
    assert_true(tree_remove(AT_FDCWD, scratch_path("data"), NULL));
    scratch_make_folder("data", 0700);
    return cache_fetch(scratch_path("deep/cache"), "key", scratch_path("data"), &self);
}

/* Without this initdb runs each time. */
static void test_what_is_stored_is_fetched(void **state)
{
    struct error err OWNED(error_release) = {0};
    struct strbuf text OWNED(strbuf_release) = {0};
    struct stat status;
    (void)state;

    assert_false(fetch());
    assert_true(store(&err));
    assert_true(fetch());
    assert_true(file_read_end(AT_FDCWD, scratch_path("data/base/1"), 100, &text));
    assert_string_equal(strbuf_text(&text), "table");
    assert_int_equal(stat(scratch_path("deep/cache"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    assert_int_not_equal(access(scratch_path("deep/cache/unfinished"), F_OK), 0);
}

/* Without this a cache that a cleaner went through gives a server that fails in strange ways, for
 * ever. */
static void test_damage_is_noticed_and_mended(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_true(store(&err));
    assert_int_equal(unlink(scratch_path("deep/cache/key/data/base/1")), 0);
    assert_false(fetch());
    assert_true(store(&err));
    assert_true(fetch());
    assert_int_equal(truncate(scratch_path("deep/cache/key/data/base/1"), 3), 0);
    assert_false(fetch());
    assert_true(store(&err));
    assert_int_equal(unlink(scratch_path("deep/cache/key/count")), 0);
    assert_false(fetch());
}

/* Without this another user decides what our server runs on. */
static void test_what_others_could_have_planted_is_not_used(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_true(store(&err));
    assert_int_equal(chmod(scratch_path("deep/cache/key"), 0770), 0);
    assert_false(fetch());
    assert_int_equal(chmod(scratch_path("deep/cache/key"), 0700), 0);
    assert_true(fetch());
    assert_int_equal(chmod(scratch_path("deep/cache"), 0707), 0);
    assert_false(fetch());
    assert_false(store(&err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_int_equal(chmod(scratch_path("deep/cache"), 0700), 0);
    assert_int_equal(rename(scratch_path("deep/cache"), scratch_path("deep/other")), 0);
    assert_int_equal(symlink(scratch_path("deep/other"), scratch_path("deep/cache")), 0);
    assert_false(fetch());
    if (geteuid() != 0)
        return;
    assert_int_equal(unlink(scratch_path("deep/cache")), 0);
    assert_int_equal(rename(scratch_path("deep/other"), scratch_path("deep/cache")), 0);
    assert_true(fetch());
    assert_int_equal(chown(scratch_path("deep/cache/key/data/base/1"), 65534, 65534), 0);
    assert_false(fetch());
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
    assert_true(fetch());
    file_close(&lock);
    assert_true(store(&err));
}

/* Without this what a killed maker left is in the way, and versions of years ago fill the disk. */
static void test_leftovers_go(void **state)
{
    const struct timespec long_ago[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_true(store(&err));
    scratch_make_folder("deep/cache/unfinished", 0700);
    scratch_make_file("deep/cache/unfinished/count", "", 0600);
    scratch_make_folder("deep/cache/old", 0700);
    scratch_make_folder("deep/cache/new", 0700);
    assert_int_equal(utimensat(AT_FDCWD, scratch_path("deep/cache/old"), long_ago, 0), 0);
    assert_int_equal(utimensat(AT_FDCWD, scratch_path("deep/cache/key"), long_ago, 0), 0);
    /* Its use makes it young again. */
    assert_true(fetch());
    assert_true(cache_store(scratch_path("deep/cache"), "next", scratch_path("made"), &self, &err));
    assert_int_not_equal(access(scratch_path("deep/cache/old"), F_OK), 0);
    assert_int_equal(access(scratch_path("deep/cache/new"), F_OK), 0);
    assert_int_equal(access(scratch_path("deep/cache/next/count"), F_OK), 0);
    assert_true(fetch());
}

int main(void)
{
#define CACHE_TEST(function) cmocka_unit_test_setup_teardown(function, setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        CACHE_TEST(test_what_is_stored_is_fetched),
        CACHE_TEST(test_damage_is_noticed_and_mended),
        CACHE_TEST(test_what_others_could_have_planted_is_not_used),
        CACHE_TEST(test_one_makes_it),
        CACHE_TEST(test_leftovers_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
