// links: scratch_folder.c
// links: stand_in_server.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/server/ephemeral.h"
#include "scratch_folder.h"
#include "stand_in_server.h"

/* Without this nobody learns why the server does not start, and its folder stays. */
static void test_server_that_does_not_start(void **state)
{
    struct ephemeral server = EPHEMERAL_NONE;
    struct error err OWNED(error_release) = {0};
    (void)state;

    stand_in_make("echo 'FATAL:  no such setting' >&2\nexit 1\n");
    assert_false(stand_in_start(false, &server, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_string_equal(err.message, "the throw-away server exited with status 1");
    assert_string_equal(err.detail, "FATAL:  no such setting");
    assert_null(server.folder.temporary.path);
}

/* What a server does whose port another program has taken: it is noted, and it says so. */
#define LOSES                                                                                      \
    "echo $4 >>$TRIES\n"                                                                           \
    "echo 'FATAL:  could not create any TCP/IP sockets' >&2\n"                                     \
    "exit 1\n"

/* Root's server runs as another user, who is to write into the file, too. */
static void begin_tries(void)
{
    scratch_make_file("tries", "", 0666);
    assert_int_equal(setenv("TRIES", scratch_path("tries"), 1), 0);
}

static size_t count_tries(void)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    size_t lines = 0;

    assert_true(file_read_end(AT_FDCWD, scratch_path("tries"), 4096, &text));
    for (const char *at = strbuf_text(&text); (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    return lines;
}

/* Without this a run fails for no reason when another program takes the port just then. */
static void test_another_port_is_tried(void **state)
{
    struct ephemeral server OWNED(ephemeral_stop) = EPHEMERAL_NONE;
    struct error err OWNED(error_release) = {0};
    (void)state;

    begin_tries();
    stand_in_make("if [ \"$(wc -l <$TRIES)\" -lt 2 ]; then\n" LOSES "fi\n" STAND_IN_READY
                  "exec sleep 60\n");
    assert_true(stand_in_start(true, &server, &err));
    assert_int_equal(count_tries(), 2);
    assert_in_range(server.port, 1, 65535);
    assert_int_equal(strlen(server.password), TCP_PASSWORD_LENGTH);
    assert_int_equal(access(server.folder.rules, R_OK), 0);
}

/* Without this a machine on which no port can be had keeps a run busy for ever. */
static void test_ports_are_not_tried_for_ever(void **state)
{
    struct ephemeral server = EPHEMERAL_NONE;
    struct error err OWNED(error_release) = {0};
    (void)state;

    begin_tries();
    stand_in_make(LOSES);
    assert_false(stand_in_start(true, &server, &err));
    assert_int_equal(count_tries(), 10);
    assert_string_equal(err.message, "the throw-away server exited with status 1");
    assert_string_equal(err.detail, "FATAL:  could not create any TCP/IP sockets");
    assert_null(server.folder.temporary.path);
}

/* Without this a server that ends for another reason is started ten times. */
static void test_other_failures_are_not_tried_again(void **state)
{
    struct ephemeral server = EPHEMERAL_NONE;
    struct error err OWNED(error_release) = {0};
    (void)state;

    begin_tries();
    stand_in_make("echo $4 >>$TRIES\necho 'FATAL:  no such setting' >&2\nexit 1\n");
    assert_false(stand_in_start(true, &server, &err));
    assert_int_equal(count_tries(), 1);
    assert_string_equal(err.detail, "FATAL:  no such setting");
}

int main(void)
{
#define EPHEMERAL_TEST(function)                                                                   \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        EPHEMERAL_TEST(test_server_that_does_not_start),
        EPHEMERAL_TEST(test_another_port_is_tried),
        EPHEMERAL_TEST(test_ports_are_not_tried_for_ever),
        EPHEMERAL_TEST(test_other_failures_are_not_tried_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
