/* The socket of a run: where it is, who can reach it, and that nothing of it is left. */
// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "pgclone/base/listener.h"
#include "scratch_folder.h"

static int setup(void **state)
{
    return scratch_setup(state) == 0 ? setenv("TMPDIR", scratch_folder(), 1) : -1;
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int peer = socket(AF_UNIX, SOCK_STREAM, 0);

    assert_true(strlen(path) < sizeof address.sun_path);
    memcpy(address.sun_path, path, strlen(path));
    assert_int_equal(connect(peer, (const struct sockaddr *)&address, sizeof address), 0);
    return peer;
}

/* This user's programs reach it, others do not even see it, and it goes with its process. */
static void test_is_private_and_goes(void **state)
{
    struct listener listener OWNED(listener_close) = LISTENER_NONE;
    struct stat status;
    char folder[200];
    int peer;
    int accepted;
    (void)state;

    assert_true(listener_open(&listener, NULL));
    assert_int_equal(strncmp(listener.path, scratch_folder(), strlen(scratch_folder())), 0);
    assert_true(strlen(listener.folder.path) < sizeof folder);
    strcpy(folder, listener.folder.path);
    assert_int_equal(stat(folder, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    assert_int_equal(listener_accept(&listener), -1);
    peer = connect_to(listener.path);
    accepted = listener_accept(&listener);
    assert_true(accepted >= 0);
    (void)close(accepted);
    (void)close(peer);
    listener_close(&listener);
    assert_int_equal(stat(folder, &status), -1);
    listener_close(&listener);
}

/* A CI's TMPDIR may be longer than a socket's path can be. */
static void test_the_path_is_short_enough(void **state)
{
    struct listener listener OWNED(listener_close) = LISTENER_NONE;
    char folder[200];
    (void)state;

    memset(folder, 'x', sizeof folder - 1);
    folder[0] = '/';
    folder[sizeof folder - 1] = '\0';
    assert_int_equal(setenv("TMPDIR", folder, 1), 0);
    assert_true(listener_open(&listener, NULL));
    assert_int_equal(strncmp(listener.path, "/tmp/", 5), 0);
    (void)close(connect_to(listener.path));
}

/* The folder of a process that was killed is removed by the next one. */
static void test_sweeps_what_dead_processes_left(void **state)
{
    struct listener killed = LISTENER_NONE;
    struct listener next OWNED(listener_close) = LISTENER_NONE;
    struct stat status;
    (void)state;

    assert_true(listener_open(&killed, NULL));
    (void)close(killed.folder.lock);
    killed.folder.lock = -1;
    assert_true(listener_open(&next, NULL));
    assert_int_equal(stat(killed.folder.path, &status), -1);
    assert_int_equal(stat(next.folder.path, &status), 0);
    (void)close(killed.descriptor);
    free(killed.folder.path);
    free(killed.path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_is_private_and_goes, setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_the_path_is_short_enough, setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_sweeps_what_dead_processes_left, setup,
                                        scratch_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
