/* The desk: clients over sockets, each with its answers in its order, none in another's way. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/handout/desk.h"
#include "provision_fixture.h"
#include "scripted_session.h"

struct office {
    struct scripted_attempt base;
    struct desk desk;
    char answers[65536];
};

static void office_open(struct office *office)
{
    struct scripted_attempt *base = &office->base;

    log_set_level(LOG_QUIET);
    (void)signal(SIGPIPE, SIG_IGN);
    scripted_attempt_init(base, 2);
    base->settings.spares = SPARES_AUTO;
    base->settings.run_id = memory_copy_string("r1");
    fixture_inventory(NULL, &base->settings, &base->inventory);
    base->inventory.fsync = false; /* what is given back is dropped at once */
    assert_true(session_open(&base->scope, LEASE_RUN, &base->session, NULL));
    desk_open(&base->session, &base->inventory, true, &office->desk);
}

static void office_close(struct office *office)
{
    desk_close(&office->desk);
    scripted_attempt_release(&office->base);
}

/* Another client; the result is its end. */
static int office_client(struct office *office)
{
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    desk_add_client(&office->desk, ends[0], ends[0]);
    return ends[1];
}

/* Some turns, in which nothing is waited for, and in which the server does what it is asked for. */
static void office_turns(struct office *office)
{
    const struct loop_source source = desk_source(&office->desk);
    struct poll_set set OWNED(poll_set_release) = {0};

    for (int i = 0; i < 20; i++) {
        poll_set_clear(&set);
        source.prepare(source.context, &set);
        poll_set_until(&set, 0);
        poll_set_wait(&set);
        source.turn(source.context, &set);
        (void)(scripted_session_goes_on(&office->desk.handout.stock.makes) ||
               scripted_session_goes_on(&office->desk.handout.swaps) ||
               scripted_session_goes_on(&office->desk.handout.stock.drops));
    }
}

static void says_bytes(int client, const char *bytes, size_t length)
{
    assert_int_equal(write(client, bytes, length), length);
}

static void says(int client, const char *text)
{
    says_bytes(client, text, strlen(text));
}

/* What has come so far. */
static const char *hears(struct office *office, int client)
{
    ssize_t length = recv(client, office->answers, sizeof office->answers - 1, MSG_DONTWAIT);

    office->answers[length > 0 ? length : 0] = '\0';
    return office->answers;
}

static int lines(const char *text)
{
    int count = 0;

    for (; (text = strchr(text, '\n')) != NULL; text++)
        count++;
    return count;
}

/* A client that sends all at once gets the answers in that order. */
static void test_answers_come_in_order(void **state)
{
    struct office office OWNED(office_close) = {0};
    const char *answers;
    int client;
    (void)state;

    office_open(&office);
    client = office_client(&office);
    says(client, "reset gw0\nstatus\nnonsense\ntake mine\ndrop mine\n");
    office_turns(&office);
    answers = hears(&office, client);
    assert_int_equal(lines(answers), 5);
    assert_true(strstr(answers, "circ_gw0") < strstr(answers, "\"ready\""));
    assert_true(strstr(answers, "\"ready\"") < strstr(answers, "unknown request"));
    assert_true(strstr(answers, "unknown request") < strstr(answers, "\"name\":\"mine\""));
    assert_true(strstr(answers, "\"name\":\"mine\"") < strstr(answers, "\"dropped\""));
    (void)close(client);
}

/* One waits for a copy; the other one's answer is there already. */
static void test_clients_do_not_wait_for_each_other(void **state)
{
    struct office office OWNED(office_close) = {0};
    const struct loop_source source = desk_source(&office.desk);
    struct poll_set set OWNED(poll_set_release) = {0};
    int slow, quick;
    (void)state;

    office_open(&office);
    slow = office_client(&office);
    quick = office_client(&office);
    says(slow, "take\n");
    says(quick, "url gw1\n");
    poll_set_clear(&set);
    source.prepare(source.context, &set);
    poll_set_wait(&set);
    source.turn(source.context, &set);
    assert_string_equal(hears(&office, slow), "");
    assert_non_null(strstr(hears(&office, quick), "circ_gw1"));
    office_turns(&office);
    assert_non_null(strstr(hears(&office, slow), "\"from\":\"clone\""));
    (void)close(slow);
    (void)close(quick);
}

/* What is refused before it is a request has its code and its hint, too, and the client goes on. */
static void test_lines_that_are_no_requests(void **state)
{
    struct office office OWNED(office_close) = {0};
    char line[CHANNEL_LINE_MAX + 2];
    const char *answers;
    int client;
    (void)state;

    office_open(&office);
    client = office_client(&office);
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\n';
    says_bytes(client, line, sizeof line);
    says_bytes(client, "status\0x\n", 9);
    says_bytes(client, "\0\n", 2);
    says(client, "status\n");
    office_turns(&office);
    answers = hears(&office, client);
    assert_int_equal(lines(answers), 4);
    assert_non_null(strstr(answers, "{\"error\":\"the request is longer than 4096 bytes\","
                                    "\"hint\":\"A request is one line.\",\"exit\":2}"));
    assert_non_null(strstr(answers, "{\"error\":\"the request has a zero byte in it\","));
    assert_non_null(strstr(answers, "{\"ready\":0"));
    (void)close(client);
}

/* However a client goes, what it took is dropped; half closed, it gets its answer first. */
static void test_what_a_client_took_goes_with_it(void **state)
{
    struct office office OWNED(office_close) = {0};
    int clients[3];
    (void)state;

    office_open(&office);
    for (size_t i = 0; i < 3; i++)
        clients[i] = office_client(&office);
    says(clients[0], "take closed\n");
    says(clients[1], "take half");
    says(clients[2], "take unread\n");
    assert_int_equal(shutdown(clients[1], SHUT_WR), 0);
    (void)close(clients[2]);
    office_turns(&office);
    assert_non_null(strstr(hears(&office, clients[1]), "\"half\""));
    (void)close(clients[0]);
    office_turns(&office);
    assert_null(office.desk.clients);
    assert_int_equal(office.desk.client_count, 0);
    for (size_t i = 0; i < 3; i++) {
        static const char *const drops[] = {"EXISTS \"closed\"", "EXISTS \"half\"",
                                            "EXISTS \"unread\""};

        assert_non_null(strstr(scripted_session_calls(), drops[i]));
    }
    (void)close(clients[1]);
}

/* Its answers wait, and so do its requests: our memory does not grow, and others are served. */
static void test_a_client_that_never_reads(void **state)
{
    struct office office OWNED(office_close) = {0};
    char requests[9000];
    int rude, other;
    (void)state;

    office_open(&office);
    rude = office_client(&office);
    other = office_client(&office);
    for (size_t i = 0; i < sizeof requests; i += 9)
        memcpy(requests + i, "nonsense\n", 9);
    for (int i = 0; i < 200; i++) {
        (void)send(rude, requests, sizeof requests, MSG_DONTWAIT);
        office_turns(&office);
    }
    for (struct desk_client *client = office.desk.clients; client != NULL; client = client->next)
        assert_true(client->channel.received.length + client->channel.sent.length < 100000);
    says(other, "status\n");
    office_turns(&office);
    assert_non_null(strstr(hears(&office, other), "\"ready\""));
    (void)close(rude);
    (void)close(other);
}

static int connect_to(const struct desk *desk)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int peer = socket(AF_UNIX, SOCK_STREAM, 0);

    memcpy(address.sun_path, desk->listener.path, strlen(desk->listener.path) + 1);
    assert_true(peer >= 0);
    assert_int_equal(connect(peer, (const struct sockaddr *)&address, sizeof address), 0);
    return peer;
}

/* Whoever connects to the socket is let in. */
static void test_clients_of_the_socket(void **state)
{
    struct office office OWNED(office_close) = {0};
    int peers[3];
    (void)state;

    office_open(&office);
    assert_true(desk_listen(&office.desk, &office.base.err));
    for (size_t i = 0; i < 3; i++)
        peers[i] = connect_to(&office.desk);
    says(peers[2], "status\n");
    office_turns(&office);
    assert_int_equal(office.desk.client_count, 3);
    assert_non_null(strstr(hears(&office, peers[2]), "\"ready\""));
    for (size_t i = 0; i < 3; i++)
        (void)close(peers[i]);
    office_turns(&office);
    assert_int_equal(office.desk.client_count, 0);
}

/* valgrind has its own limit of descriptors: it accepts a peer, and closes it to refuse it. */
static bool is_under_valgrind(void)
{
    const char *preloaded = getenv("LD_PRELOAD");

    return preloaded != NULL && strstr(preloaded, "vgpreload") != NULL;
}

/* Without a descriptor for the next one, the loop must not be woken by it again and again. */
static void test_who_finds_no_descriptor_waits(void **state)
{
    struct office office OWNED(office_close) = {0};
    struct rlimit before, few;
    int first, second;
    (void)state;

    if (is_under_valgrind()) {
        print_message("skipped: valgrind closes the peers that wait\n");
        return;
    }
    office_open(&office);
    assert_true(desk_listen(&office.desk, &office.base.err));
    first = connect_to(&office.desk);
    office_turns(&office);
    second = connect_to(&office.desk);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    few.rlim_cur = (rlim_t)second + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    office_turns(&office);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_true(office.desk.full);
    assert_int_equal(office.desk.client_count, 1);
    (void)close(first);
    says(second, "status\n");
    office_turns(&office);
    assert_false(office.desk.full);
    assert_non_null(strstr(hears(&office, second), "\"ready\""));
    (void)close(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_come_in_order),
        cmocka_unit_test(test_clients_do_not_wait_for_each_other),
        cmocka_unit_test(test_lines_that_are_no_requests),
        cmocka_unit_test(test_what_a_client_took_goes_with_it),
        cmocka_unit_test(test_a_client_that_never_reads),
        cmocka_unit_test(test_clients_of_the_socket),
        cmocka_unit_test(test_who_finds_no_descriptor_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
