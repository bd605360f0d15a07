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

#include "pgclone/server/place.h"
#include "scratch_folder.h"

static bool suits(const char *path, uint64_t needs_bytes, const char *reason)
{
    const struct place place = {.path = path, .needs_bytes = needs_bytes};
    const struct account account = {.user = {.uid = geteuid(), .gid = getegid()}};
    struct error err OWNED(error_release) = {0};
    bool suited = place_suits(&place, &account, &err);

    if (reason != NULL)
        assert_non_null(strstr(err.message, reason));
    return suited;
}

/* Without this the RAM disk is passed by, or a temporary folder is asked for two gigabytes. */
static void test_order(void **state)
{
    struct place_list list;
    (void)state;

    assert_int_equal(setenv("XDG_RUNTIME_DIR", "/run/me", 1), 0);
    assert_int_equal(setenv("TMPDIR", "/mine", 1), 0);
    place_list(&list);
    assert_int_equal(list.count, 4);
    assert_string_equal(list.items[0].path, "/dev/shm");
    assert_int_equal(list.items[0].needs_bytes, PLACE_RAM_BYTES);
    assert_string_equal(list.items[1].path, "/run/me");
    assert_int_equal(list.items[1].needs_bytes, PLACE_RAM_BYTES);
    assert_string_equal(list.items[2].path, "/mine");
    assert_int_equal(list.items[2].needs_bytes, 0);
    assert_string_equal(list.items[3].path, "/tmp");
    assert_int_equal(list.items[3].needs_bytes, 0);
    assert_int_equal(setenv("TMPDIR", "", 1), 0);
    assert_int_equal(unsetenv("XDG_RUNTIME_DIR"), 0);
    place_list(&list);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[1].path, "/tmp");
}

/* Without this the server starts and its socket's path is cut, or means something else. */
static void test_path(void **state)
{
    char path[PLACE_PATH_LIMIT + 2];
    (void)state;

    assert_true(suits("/tmp", 0, NULL));
    assert_false(suits("tmp", 0, "not an absolute path"));
    assert_false(suits("/no,ne", 0, "characters"));
    assert_false(suits("/none", 0, "No such file"));
    assert_false(suits("/dev/null", 0, "not a folder"));
    memset(path, '/', sizeof path);
    path[PLACE_PATH_LIMIT] = '\0';
    assert_true(suits(path, 0, NULL));
    path[PLACE_PATH_LIMIT] = '/';
    path[PLACE_PATH_LIMIT + 1] = '\0';
    assert_false(suits(path, 0, "too long"));
}

/* Without this another user puts a folder of his own in the place of ours. */
static void test_where_others_may_rename(void **state)
{
    (void)state;

    scratch_make_folder("shared", 0777);
    assert_false(suits(scratch_path("shared"), 0, "everybody may rename"));
    assert_int_equal(chmod(scratch_path("shared"), 01777), 0);
    assert_true(suits(scratch_path("shared"), 0, NULL));
}

/* Without this a container's /dev/shm of 64 MB is filled, and the server fails under the tests. */
static void test_room(void **state)
{
    (void)state;

    assert_true(suits("/tmp", 1, NULL));
    assert_false(suits("/tmp", UINT64_MAX, "has room for"));
}

/* Without this a RAM disk takes memory that the container does not have, and everything in it is
 * killed. */
static void test_memory(void **state)
{
    static const char meminfo[] =
        "MemTotal:  16000000 kB\nMemAvailable:    1000 kB\nBuffers: 1 kB\n";
    (void)state;

    assert_int_equal(place_memory_bytes(&(struct place_memory){0}), UINT64_MAX);
    assert_int_equal(place_memory_bytes(&(struct place_memory){.meminfo = meminfo}), 1024000);
    /* No limit. */
    assert_int_equal(place_memory_bytes(&(struct place_memory){
                         .meminfo = meminfo, .limit = "max\n", .current = "5\n"}),
                     1024000);
    /* 900 kB of a limit of 1,000 kB are used, 100 of them by the page cache. */
    assert_int_equal(
        place_memory_bytes(&(struct place_memory){.meminfo = meminfo,
                                                  .limit = "1000000\n",
                                                  .current = "900000\n",
                                                  .stat = "anon 5\ninactive_file 100000\nx 1\n"}),
        200000);
    /* Over its limit. */
    assert_int_equal(place_memory_bytes(&(struct place_memory){
                         .meminfo = meminfo, .limit = "1000\n", .current = "2000\n"}),
                     0);
}

int main(void)
{
#define PLACE_TEST(function)                                                                       \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        PLACE_TEST(test_order), PLACE_TEST(test_path),   PLACE_TEST(test_where_others_may_rename),
        PLACE_TEST(test_room),  PLACE_TEST(test_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
