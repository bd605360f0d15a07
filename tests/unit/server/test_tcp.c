// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "pgclone/base/file.h"
#include "pgclone/server/tcp.h"
#include "scratch_folder.h"

/* Without this the server cannot take the port, since we have it still. */
static void test_port_can_be_had(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int descriptor OWNED(file_close) = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int port = 0;
    (void)state;

    assert_true(tcp_find_port(&port, NULL));
    assert_in_range(port, 1, 65535);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)port);
    assert_int_equal(bind(descriptor, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(descriptor, 1), 0);
    /* And not one that somebody has. */
    for (int i = 0; i < 100; i++) {
        int other = 0;

        assert_true(tcp_find_port(&other, NULL));
        assert_int_not_equal(other, port);
    }
}

/* Without this a run gives up where another port would do, or tries ten where none will. */
static void test_what_a_taken_port_looks_like(void **state)
{
    (void)state;
    assert_true(tcp_port_was_taken(
        "LOG:  could not bind IPv4 address \"127.0.0.1\": Address already in use\n"
        "HINT:  Is another postmaster already running on port 40541?\n"
        "WARNING:  could not create listen socket for \"127.0.0.1\"\n"
        "FATAL:  could not create any TCP/IP sockets\n"));
    assert_false(tcp_port_was_taken("FATAL:  could not create any Unix-domain sockets\n"));
    assert_false(tcp_port_was_taken(""));
}

/* Without this somebody else on the machine guesses it, or a URL with it cannot be read. */
static void test_password(void **state)
{
    char first[TCP_PASSWORD_LENGTH + 1];
    char second[TCP_PASSWORD_LENGTH + 1];
    (void)state;

    assert_true(tcp_make_password(first, NULL));
    assert_true(tcp_make_password(second, NULL));
    assert_int_equal(strlen(first), TCP_PASSWORD_LENGTH);
    assert_int_equal(strspn(first, "0123456789abcdef"), TCP_PASSWORD_LENGTH);
    assert_string_not_equal(first, second);
}

/* Without this TCP needs no password, the socket needs one, or the server cannot read its rules. */
static void test_rules(void **state)
{
    struct error err OWNED(error_release) = {0};
    struct strbuf text OWNED(strbuf_release) = {0};
    mode_t mask = umask(0077);
    struct stat status;
    bool written;
    (void)state;

    written = tcp_write_rules(scratch_path("rules"), &err);
    (void)umask(mask);
    assert_true(written);
    assert_int_equal(stat(scratch_path("rules"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0644);
    assert_true(file_read_end(AT_FDCWD, scratch_path("rules"), 4096, &text));
    assert_string_equal(strbuf_text(&text), "local all all trust\n"
                                            "host all all 127.0.0.1/32 scram-sha-256\n");
    assert_false(tcp_write_rules(scratch_path("rules"), &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_non_null(strstr(err.message, "rules\": File exists"));
}

int main(void)
{
#define TCP_TEST(function)                                                                         \
    cmocka_unit_test_setup_teardown(function, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        TCP_TEST(test_port_can_be_had),
        TCP_TEST(test_what_a_taken_port_looks_like),
        TCP_TEST(test_password),
        TCP_TEST(test_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
