// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>
#include <unistd.h>

#include "pgclone/base/spawn.h"
#include "pgclone/server/postmaster.h"
#include "scratch_folder.h"

static const char whole[] =
    "1234\n/data\n1763829000\n5432\n/socket\n\n   987654     42\nready   \n";

/* Without this the start waits for a server that is ready, or goes on before it is. */
static void test_parse(void **state)
{
    struct postmaster_file file = {0};
    (void)state;

    assert_true(postmaster_parse(whole, &file));
    assert_int_equal(file.pid, 1234);
    assert_true(file.ready);
    assert_int_equal(file.key, 987654);
    assert_int_equal(file.segment, 42);
    assert_true(
        postmaster_parse("1234\n/data\n1763829000\n5432\n/socket\n\n 1 2\nstarting\n", &file));
    assert_false(file.ready);
    /* As it is while it is being written. */
    assert_true(postmaster_parse("1234\n/data\n", &file));
    assert_false(file.ready);
    assert_int_equal(file.key, 0);
    /* A server without a postmaster: initdb's. */
    assert_true(postmaster_parse("-77\n/data\n", &file));
    assert_int_equal(file.pid, 77);
}

/* Without this a file that is half written ends the process 12 in place of 1234. */
static void test_parse_refuses(void **state)
{
    struct postmaster_file file = {.pid = 7};
    (void)state;

    assert_false(postmaster_parse("", &file));
    assert_false(postmaster_parse("12", &file));
    assert_false(postmaster_parse("\n", &file));
    assert_false(postmaster_parse("x\n", &file));
    assert_false(postmaster_parse("0\n", &file));
    assert_int_equal(file.pid, 7);
}

static bool has_setting(const struct strings *arguments, const char *option, const char *value)
{
    for (size_t i = 0; i + 1 < arguments->count; i++)
        if (strcmp(arguments->items[i], option) == 0 && strcmp(arguments->items[i + 1], value) == 0)
            return true;
    return false;
}

/* Without this the server is open to the network, slow, or not found by its socket. */
static void test_arguments(void **state)
{
    struct postmaster_options options = {
        .program = "/bin/postgres", .data = "/d", .socket = "/s", .port = POSTMASTER_PORT};
    struct strings arguments OWNED(strings_release) = {0};
    (void)state;

    postmaster_arguments(&options, &arguments);
    assert_string_equal(arguments.items[0], "/bin/postgres");
    assert_true(has_setting(&arguments, "-D", "/d"));
    assert_true(has_setting(&arguments, "-k", "/s"));
    assert_true(has_setting(&arguments, "-p", "5432"));
    assert_true(has_setting(&arguments, "-c", "listen_addresses="));
    assert_true(has_setting(&arguments, "-c", "fsync=off"));
}

/* Without this the server listens on every address, on another port, or asks nobody for a password.
 */
static void test_arguments_for_tcp(void **state)
{
    struct postmaster_options options = {.program = "/bin/postgres",
                                         .data = "/d",
                                         .socket = "/s",
                                         .port = 54321,
                                         .rules = "/x y/pg_hba.conf"};
    struct strings arguments OWNED(strings_release) = {0};
    (void)state;

    postmaster_arguments(&options, &arguments);
    assert_true(has_setting(&arguments, "-k", "/s"));
    assert_true(has_setting(&arguments, "-p", "54321"));
    assert_true(has_setting(&arguments, "-c", "listen_addresses=127.0.0.1"));
    assert_true(has_setting(&arguments, "-c", "hba_file=/x y/pg_hba.conf"));
    assert_false(has_setting(&arguments, "-c", "listen_addresses="));
}

/* Without this root, who in a container may not ask where a process works, ends no server, or one
 * of another folder. */
static void test_is_of_by_argument(void **state)
{
    struct strings arguments OWNED(strings_release) = {0};
    struct spawn_options options = {.arguments = &arguments, .folder = "/"};
    pid_t pid = 0;
    (void)state;

    scratch_make_folder("data", 0700);
    scratch_make_folder("other", 0700);
    strings_add(&arguments, "sh");
    strings_add(&arguments, "-c");
    strings_add(&arguments, "sleep 60; :");
    strings_add(&arguments, "postgres");
    strings_add(&arguments, "-D");
    strings_add(&arguments, scratch_path("data/"));
    strings_add(&arguments, scratch_path("other"));
    options.own_session = true;
    assert_true(spawn_start(&options, &pid, NULL));
    assert_true(postmaster_is_of(pid, scratch_path("data")));
    assert_false(postmaster_is_of(pid, scratch_path("other")));
    assert_false(postmaster_is_of(pid, scratch_path("none")));
    assert_int_equal(kill(-pid, SIGKILL), 0);
    /* Dead, but not waited for: it will never be. */
    while (postmaster_is_of(pid, scratch_path("data")))
        continue;
    assert_true(spawn_wait(pid, 5000, NULL));
}

/* Writes the lock file of a killed server that had this segment under this key. */
static void make_lock_file(unsigned long key, int segment)
{
    struct strbuf text OWNED(strbuf_release) = {0};

    strbuf_printf(&text, "%d\n/d\n1\n5432\n/s\n\n%9lu %9d\nready   \n", 0x3fffffff, key, segment);
    scratch_make_file("data/postmaster.pid", strbuf_text(&text), 0600);
}

/* Without this every killed server costs a piece of the system's shared memory, of which there are
 * few, or another server's is taken. */
static void test_shared_memory_is_freed(void **state)
{
    const key_t key = 0x50470000 | (getpid() & 0xffff);
    int segment = shmget(key, 56, IPC_CREAT | IPC_EXCL | 0600);
    struct shmid_ds status;
    (void)state;

    assert_true(segment >= 0);
    scratch_make_folder("data", 0700);
    make_lock_file((unsigned long)key + 1, segment);
    postmaster_end(0, scratch_path("data"), scratch_path("data"));
    assert_int_equal(shmctl(segment, IPC_STAT, &status), 0);
    make_lock_file((unsigned long)key, segment);
    postmaster_end(0, scratch_path("data"), scratch_path("data"));
    assert_int_equal(shmctl(segment, IPC_STAT, &status), -1);
}

int main(void)
{
#define POSTMASTER_TEST(function)                                                                  \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        POSTMASTER_TEST(test_parse),
        POSTMASTER_TEST(test_parse_refuses),
        POSTMASTER_TEST(test_arguments),
        POSTMASTER_TEST(test_arguments_for_tcp),
        POSTMASTER_TEST(test_is_of_by_argument),
        POSTMASTER_TEST(test_shared_memory_is_freed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
