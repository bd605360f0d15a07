// links: scratch_folder.c
// links: stand_in_server.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/memory.h"
#include "pgclone/server/ephemeral.h"
#include "scratch_folder.h"
#include "stand_in_server.h"

/* Without this a folder with unusual characters makes a URL of another server. */
static void test_url(void **state)
{
    char socket[] = "/tmp/a b&c/socket";
    const struct ephemeral server = {.folder = {.socket = socket}, .port = 5432};
    char *url OWNED(memory_free_string) = ephemeral_url(&server, "my db/ö");
    (void)state;

    assert_string_equal(
        url, "postgresql://postgres@/my%20db%2F%C3%B6?host=%2Ftmp%2Fa%20b%26c%2Fsocket&port=5432");
}

/* Without this drivers that know no sockets find no server, or are not let in. */
static void test_tcp_url(void **state)
{
    const struct ephemeral server = {.port = 54321, .tcp = true, .password = "0123abcd"};
    char *url OWNED(memory_free_string) = ephemeral_tcp_url(&server, "my db/ö");
    (void)state;

    assert_string_equal(url, "postgresql://postgres:0123abcd@127.0.0.1:54321/my%20db%2F%C3%B6");
}

/* Without this the start comes back before the server is ready, or the end leaves something. */
static void test_start_and_stop(void **state)
{
    struct ephemeral server = EPHEMERAL_NONE;
    struct error err OWNED(error_release) = {0};
    char *folder OWNED(memory_free_string) = NULL;
    char *url OWNED(memory_free_string) = NULL;
    (void)state;

    stand_in_make("sleep 0.05\n" STAND_IN_READY "exec sleep 60\n");
    assert_true(stand_in_start(false, &server, &err));
    url = ephemeral_url(&server, "postgres");
    assert_non_null(strstr(url, "postgresql://postgres@/postgres?host=%2F"));
    assert_int_equal(kill(server.pid, 0), 0);
    folder = memory_copy_string(server.folder.temporary.path);
    assert_int_equal(access(folder, F_OK), 0);
    assert_int_equal(getsid(server.pid), server.pid);
    ephemeral_stop(&server);
    assert_int_equal(server.pid, 0);
    assert_int_not_equal(access(folder, F_OK), 0);
    ephemeral_stop(&server);
}

/* Without this a server that died during the run leaves its folder, or a process. */
static void test_stop_after_its_death(void **state)
{
    struct ephemeral server OWNED(ephemeral_stop) = EPHEMERAL_NONE;
    struct error err OWNED(error_release) = {0};
    char *folder OWNED(memory_free_string) = NULL;
    siginfo_t ended = {0};
    (void)state;

    stand_in_make(STAND_IN_READY "sleep 0.02\nexit 2\n");
    assert_true(stand_in_start(false, &server, &err));
    folder = memory_copy_string(server.folder.temporary.path);
    assert_int_equal(waitid(P_PID, (id_t)server.pid, &ended, WEXITED | WNOWAIT), 0);
    assert_int_equal(ended.si_status, 2);
    ephemeral_stop(&server);
    assert_int_not_equal(access(folder, F_OK), 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

/* Runs a server to its end; gives how it came to its data. */
static const char *way_of_a_start(void)
{
    struct ephemeral server OWNED(ephemeral_stop) = EPHEMERAL_NONE;
    struct error err OWNED(error_release) = {0};

    assert_true(stand_in_start(false, &server, &err));
    return server.way;
}

/* Without this what is kept is never used, or copied where that is not needed. */
static void test_cache_is_used(void **state)
{
    const char *way;
    (void)state;

    stand_in_make("test -e $data/made || exit 1\n" STAND_IN_READY "exec sleep 60\n");
    assert_string_equal(way_of_a_start(), "by initdb");
    way = way_of_a_start();
    /* Ordinary users may not mount everywhere. */
    if (geteuid() == 0 || strcmp(way, "on a copy of the cache") != 0)
        assert_string_equal(way, "on an overlay of the cache");
}

/* Without this data that the server cannot use, though all of it is there, is used for ever. */
static void test_fresh_data_where_the_server_ends_on_the_cached(void **state)
{
    (void)state;

    stand_in_make("test -e $data/made || exit 1\n" STAND_IN_READY "exec sleep 60\n");
    assert_string_equal(way_of_a_start(), "by initdb");
    scratch_make_file("bin/initdb", "#!/bin/sh\necho anew >\"$2/anew\"\n", 0755);
    stand_in_serve("test -e $data/anew || exit 1\n" STAND_IN_READY "exec sleep 60\n");
    assert_string_equal(way_of_a_start(), "by initdb");
    assert_string_not_equal(way_of_a_start(), "by initdb");
}

/* Without this a mistake in the variable is found when the disk is full. */
static void test_cache_size_is_checked(void **state)
{
    struct ephemeral server = EPHEMERAL_NONE;
    struct error err OWNED(error_release) = {0};
    (void)state;

    stand_in_make("exit 1\n");
    assert_int_equal(setenv("PGCLONE_CACHE_SIZE", "many", 1), 0);
    assert_false(stand_in_start(false, &server, &err));
    assert_int_equal(unsetenv("PGCLONE_CACHE_SIZE"), 0);
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_string_equal(err.message, "PGCLONE_CACHE_SIZE: \"many\" is not a size");
}

int main(void)
{
#define EPHEMERAL_TEST(function)                                                                   \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        EPHEMERAL_TEST(test_url),
        EPHEMERAL_TEST(test_tcp_url),
        EPHEMERAL_TEST(test_start_and_stop),
        EPHEMERAL_TEST(test_stop_after_its_death),
        EPHEMERAL_TEST(test_cache_is_used),
        EPHEMERAL_TEST(test_fresh_data_where_the_server_ends_on_the_cached),
        EPHEMERAL_TEST(test_cache_size_is_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
