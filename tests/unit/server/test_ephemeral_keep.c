// links: scratch_folder.c
// links: stand_in_server.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/memory.h"
#include "pgclone/server/ephemeral.h"
#include "scratch_folder.h"
#include "stand_in_server.h"

/* Ends as a server does that is asked to, which takes its lock file away. */
#define SERVES                                                                                     \
    STAND_IN_READY "trap 'rm $data/postmaster.pid; exit 0' INT\nwhile :; do sleep 0.02; done\n"

/* What it is to be filled from is told apart by the first byte. */
static bool start(unsigned char first, struct ephemeral *out, struct error *err)
{
    const struct fingerprint_source source = {.digest = {{first}}};
    const struct ephemeral_options options = {
        .bindir = scratch_path("bin"), .content = &source, .database = "shop"};

    return ephemeral_start(&options, out, err);
}

/* Fills what the server has, as a load would. */
static void fill(const struct ephemeral *server)
{
    char *path OWNED(memory_free_string) = file_join(server->folder.data, "filled");
    int file OWNED(file_close) = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(file >= 0);
    assert_int_equal(fchown(file, server->account.user.uid, server->account.user.gid), 0);
}

/* Whether a start with that content finds it. */
static bool finds(unsigned char first)
{
    struct ephemeral server OWNED(ephemeral_stop) = EPHEMERAL_NONE;

    assert_true(start(first, &server, NULL));
    return server.filled;
}

/* Without this every run loads and builds anew, or one finds another's content. */
static void test_what_is_kept_is_found(void **state)
{
    struct ephemeral server OWNED(ephemeral_stop) = EPHEMERAL_NONE;
    struct error err OWNED(error_release) = {0};
    pid_t before;
    (void)state;

    stand_in_make(SERVES);
    assert_true(start(1, &server, &err));
    assert_false(server.filled);
    assert_false(server.folder.overlaid);
    fill(&server);
    before = server.pid;
    assert_true(ephemeral_keep(&server, &err));
    assert_int_not_equal(server.pid, before);
    assert_int_equal(kill(server.pid, 0), 0);
    ephemeral_stop(&server);
    stand_in_serve("test -e $data/filled || exit 1\n" SERVES);
    assert_true(finds(1));
    stand_in_serve(SERVES);
    assert_false(finds(2));
    assert_true(finds(1));
}

/* Without this a run with nothing to keep is held up for it. */
static void test_nothing_to_keep(void **state)
{
    struct ephemeral server OWNED(ephemeral_stop) = EPHEMERAL_NONE;
    struct error err OWNED(error_release) = {0};
    pid_t before;
    (void)state;

    stand_in_make(SERVES);
    assert_true(stand_in_start(false, &server, &err));
    before = server.pid;
    assert_true(ephemeral_keep(&server, &err));
    assert_int_equal(server.pid, before);
    ephemeral_stop(&server);
    assert_int_equal(setenv("PGCLONE_CACHE_SIZE", "0", 1), 0);
    assert_true(start(1, &server, &err));
    assert_int_equal(unsetenv("PGCLONE_CACHE_SIZE"), 0);
    assert_null(server.key);
    before = server.pid;
    assert_true(ephemeral_keep(&server, &err));
    assert_int_equal(server.pid, before);
}

/* Without this half of what a server had to write is kept. */
static void test_a_server_that_ends_badly(void **state)
{
    struct ephemeral server OWNED(ephemeral_stop) = EPHEMERAL_NONE;
    struct error err OWNED(error_release) = {0};
    (void)state;

    stand_in_make(STAND_IN_READY "trap 'exit 3' INT\nwhile :; do sleep 0.02; done\n");
    assert_true(start(1, &server, &err));
    assert_false(ephemeral_keep(&server, &err));
    assert_string_equal(err.message, "the throw-away server exited with status 3");
    ephemeral_stop(&server);
    stand_in_serve(SERVES);
    assert_false(finds(1));
}

/* Without this copies are kept where they would have to be copied. */
static void test_may_overlay(void **state)
{
    struct ephemeral server OWNED(ephemeral_stop) = EPHEMERAL_NONE;
    struct error err OWNED(error_release) = {0};
    (void)state;

    stand_in_make(SERVES);
    assert_true(start(1, &server, &err));
    if (geteuid() == 0)
        assert_true(ephemeral_may_overlay(&server));
    assert_int_equal(setenv("XDG_CACHE_HOME", scratch_path("other"), 1), 0);
    assert_false(ephemeral_may_overlay(&server));
}

int main(void)
{
#define KEEP_TEST(function)                                                                        \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        KEEP_TEST(test_what_is_kept_is_found),
        KEEP_TEST(test_nothing_to_keep),
        KEEP_TEST(test_a_server_that_ends_badly),
        KEEP_TEST(test_may_overlay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
