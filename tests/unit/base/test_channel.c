/* Lines from and to a peer that may be slow, rude, or gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pgclone/base/channel.h"
#include "pgclone/base/cleanup.h"

struct pair {
    struct channel channel;
    int peer;
    struct strbuf line;
};

static void pair_open(struct pair *pair)
{
    int ends[2];

    *pair = (struct pair){0};
    (void)signal(SIGPIPE, SIG_IGN);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    channel_open(ends[0], ends[0], &pair->channel);
    pair->peer = ends[1];
}

static void pair_close(struct pair *pair)
{
    channel_close(&pair->channel);
    if (pair->peer >= 0)
        (void)close(pair->peer);
    strbuf_release(&pair->line);
}

static void turn(struct pair *pair, bool reads)
{
    struct poll_set set OWNED(poll_set_release) = {0};

    poll_set_clear(&set);
    channel_prepare(&pair->channel, reads, &set);
    poll_set_until(&set, 0);
    poll_set_wait(&set);
    channel_turn(&pair->channel, &set);
}

static void says(const struct pair *pair, const char *text)
{
    assert_int_equal(write(pair->peer, text, strlen(text)), strlen(text));
}

static void assert_next(struct pair *pair, const char *expected)
{
    if (expected == NULL) {
        assert_int_equal(channel_next(&pair->channel, &pair->line), CHANNEL_NOTHING);
        return;
    }
    assert_int_equal(channel_next(&pair->channel, &pair->line), CHANNEL_LINE);
    assert_string_equal(strbuf_text(&pair->line), expected);
}

/* However the bytes come, each line is given once and whole. */
static void test_lines_are_whole(void **state)
{
    struct pair pair OWNED(pair_close);
    (void)state;

    pair_open(&pair);
    assert_next(&pair, NULL);
    says(&pair, "ta");
    turn(&pair, true);
    assert_next(&pair, NULL);
    says(&pair, "ke a\nurl gw0\n\nst");
    turn(&pair, true);
    assert_next(&pair, "take a");
    assert_next(&pair, "url gw0");
    assert_next(&pair, "");
    assert_next(&pair, NULL);
    assert_false(channel_has_ended(&pair.channel));
}

/* `printf status | nc -U` sends no newline, closes its side, and still wants the answer. */
static void test_the_last_line_needs_no_end(void **state)
{
    struct pair pair OWNED(pair_close);
    char answer[8] = "";
    (void)state;

    pair_open(&pair);
    says(&pair, "status");
    assert_int_equal(shutdown(pair.peer, SHUT_WR), 0);
    turn(&pair, true);
    turn(&pair, true);
    assert_next(&pair, "status");
    channel_send(&pair.channel, "{}\n", 3);
    assert_int_equal(read(pair.peer, answer, sizeof answer), 3);
    assert_true(channel_is_over(&pair.channel));
}

/* Nobody can fill our memory with one line; what follows it is understood again. */
static void test_a_line_that_is_too_long_is_passed_over(void **state)
{
    struct pair pair OWNED(pair_close);
    char bytes[1000];
    int too_long = 0;
    (void)state;

    pair_open(&pair);
    memset(bytes, 'x', sizeof bytes);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(write(pair.peer, bytes, sizeof bytes), sizeof bytes);
        turn(&pair, true);
        too_long += channel_next(&pair.channel, &pair.line) == CHANNEL_TOO_LONG;
        assert_true(pair.channel.received.length <= 2 * CHANNEL_LINE_MAX);
    }
    assert_int_equal(too_long, 1);
    says(&pair, "\nstatus\n");
    turn(&pair, true);
    assert_next(&pair, "status");
}

/* A peer that does not read holds nobody up, and is given up when too much waits for it. */
static void test_a_peer_that_never_reads_is_given_up(void **state)
{
    struct pair pair OWNED(pair_close);
    char answer[4096];
    int sent = 0;
    (void)state;

    pair_open(&pair);
    memset(answer, 'x', sizeof answer);
    while (!channel_is_over(&pair.channel) && sent < 10000) {
        channel_send(&pair.channel, answer, sizeof answer);
        sent++;
    }
    assert_in_range(sent, 1048576 / 4096, 2000);
    assert_false(channel_is_writing(&pair.channel));
    channel_send(&pair.channel, answer, sizeof answer);
}

/* One that reads late gets everything, in order. */
static void test_a_late_reader_gets_everything(void **state)
{
    struct pair pair OWNED(pair_close);
    char byte = 0;
    size_t got = 0;
    char sent[1000];
    (void)state;

    pair_open(&pair);
    for (int i = 0; i < 500; i++) {
        memset(sent, 'a' + i % 26, sizeof sent);
        channel_send(&pair.channel, sent, sizeof sent);
    }
    assert_true(channel_is_writing(&pair.channel));
    while (got < 500000) {
        if (recv(pair.peer, &byte, 1, MSG_DONTWAIT) == 1) {
            assert_int_equal(byte, 'a' + (int)(got / 1000) % 26);
            got++;
        } else {
            turn(&pair, false);
        }
    }
    turn(&pair, false);
    assert_false(channel_is_writing(&pair.channel));
}

/* The peer was killed: nothing more is expected of it. */
static void test_a_peer_that_is_gone_is_over(void **state)
{
    struct pair pair OWNED(pair_close);
    (void)state;

    pair_open(&pair);
    (void)close(pair.peer);
    pair.peer = -1;
    turn(&pair, true);
    assert_true(channel_has_ended(&pair.channel));
    channel_send(&pair.channel, "x\n", 2);
    assert_true(channel_is_over(&pair.channel));
}

/* With two for each client poll() would refuse half as many as may have a descriptor. */
static void test_a_socket_has_one_entry(void **state)
{
    struct pair pair OWNED(pair_close);
    struct poll_set set OWNED(poll_set_release) = {0};
    char bytes[100000] = "";
    (void)state;

    pair_open(&pair);
    while (!channel_is_writing(&pair.channel))
        channel_send(&pair.channel, bytes, sizeof bytes);
    poll_set_clear(&set);
    channel_prepare(&pair.channel, true, &set);
    assert_int_equal(set.count, 1);
    assert_int_equal(set.entries[0].events, POLLIN | POLLOUT);
    says(&pair, "status\n");
    poll_set_wait(&set);
    channel_turn(&pair.channel, &set);
    assert_next(&pair, "status");
    poll_set_clear(&set);
    channel_prepare(&pair.channel, false, &set);
    assert_int_equal(set.entries[0].events, POLLOUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_are_whole),
        cmocka_unit_test(test_the_last_line_needs_no_end),
        cmocka_unit_test(test_a_line_that_is_too_long_is_passed_over),
        cmocka_unit_test(test_a_peer_that_never_reads_is_given_up),
        cmocka_unit_test(test_a_late_reader_gets_everything),
        cmocka_unit_test(test_a_peer_that_is_gone_is_over),
        cmocka_unit_test(test_a_socket_has_one_entry),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
