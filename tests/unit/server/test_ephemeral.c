// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/memory.h"
#include "pgclone/server/ephemeral.h"
#include "scratch_folder.h"

/* Programs that act as PostgreSQL's do. `serve` is what the server does. */
static void make_programs(const char *serve)
{
    struct strbuf script OWNED(strbuf_release) = {0};

    strbuf_printf(&script,
                  "#!/bin/sh\n"
                  "if [ \"$1\" = --version ]; then echo 'postgres (PostgreSQL) 16.1'; exit; fi\n"
                  "data=$2\n%s",
                  serve);
    scratch_make_folder("bin", 0755);
    scratch_make_file("bin/postgres", strbuf_text(&script), 0755);
    scratch_make_file("bin/initdb", "#!/bin/sh\n:\n", 0755);
    assert_int_equal(setenv("XDG_CACHE_HOME", scratch_path("cache"), 1), 0);
}

static bool start(struct ephemeral *out, struct error *err)
{
    const struct ephemeral_options options = {.bindir = scratch_path("bin")};

    return ephemeral_start(&options, out, err);
}

static const char ready[] = "printf '%d\\n%s\\n1\\n5432\\n/s\\n\\n\\n%s\\n' $$ $data 'ready   ' "
                            ">$data/postmaster.pid\n";

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
    char script[256];
    char *folder OWNED(memory_free_string) = NULL;
    char *url OWNED(memory_free_string) = NULL;
    (void)state;

    (void)snprintf(script, sizeof script, "sleep 0.05\n%sexec sleep 60\n", ready);
    make_programs(script);
    assert_true(start(&server, &err));
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

/* Without this nobody learns why the server does not start, and its folder stays. */
static void test_server_that_does_not_start(void **state)
{
    struct ephemeral server = EPHEMERAL_NONE;
    struct error err OWNED(error_release) = {0};
    (void)state;

    make_programs("echo 'FATAL:  no such setting' >&2\nexit 1\n");
    assert_false(start(&server, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_string_equal(err.message, "the throw-away server exited with status 1");
    assert_string_equal(err.detail, "FATAL:  no such setting");
    assert_null(server.folder.temporary.path);
}

/* Without this a server that died during the run leaves its folder, or a process. */
static void test_stop_after_its_death(void **state)
{
    struct ephemeral server OWNED(ephemeral_stop) = EPHEMERAL_NONE;
    struct error err OWNED(error_release) = {0};
    char *folder OWNED(memory_free_string) = NULL;
    siginfo_t ended = {0};
    char script[256];
    (void)state;

    (void)snprintf(script, sizeof script, "%ssleep 0.02\nexit 2\n", ready);
    make_programs(script);
    assert_true(start(&server, &err));
    folder = memory_copy_string(server.folder.temporary.path);
    assert_int_equal(waitid(P_PID, (id_t)server.pid, &ended, WEXITED | WNOWAIT), 0);
    assert_int_equal(ended.si_status, 2);
    ephemeral_stop(&server);
    assert_int_not_equal(access(folder, F_OK), 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static bool start_on_tcp(struct ephemeral *out, struct error *err)
{
    const struct ephemeral_options options = {.bindir = scratch_path("bin"), .tcp = true};

    return ephemeral_start(&options, out, err);
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
    char script[512];
    (void)state;

    begin_tries();
    (void)snprintf(script, sizeof script,
                   "if [ \"$(wc -l <$TRIES)\" -lt 2 ]; then\n" LOSES "fi\n%sexec sleep 60\n",
                   ready);
    make_programs(script);
    assert_true(start_on_tcp(&server, &err));
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
    make_programs(LOSES);
    assert_false(start_on_tcp(&server, &err));
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
    make_programs("echo $4 >>$TRIES\necho 'FATAL:  no such setting' >&2\nexit 1\n");
    assert_false(start_on_tcp(&server, &err));
    assert_int_equal(count_tries(), 1);
    assert_string_equal(err.detail, "FATAL:  no such setting");
}

int main(void)
{
#define EPHEMERAL_TEST(function)                                                                   \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        EPHEMERAL_TEST(test_url),
        EPHEMERAL_TEST(test_tcp_url),
        EPHEMERAL_TEST(test_start_and_stop),
        EPHEMERAL_TEST(test_server_that_does_not_start),
        EPHEMERAL_TEST(test_stop_after_its_death),
        EPHEMERAL_TEST(test_another_port_is_tried),
        EPHEMERAL_TEST(test_ports_are_not_tried_for_ever),
        EPHEMERAL_TEST(test_other_failures_are_not_tried_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
