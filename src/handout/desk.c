#include "pgclone/handout/desk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/report/answer.h"

/* A run has as many clients as tests at work; descriptors must be left for everything else. */
static const size_t most_clients = 512;

void desk_open(const struct session *session, const struct inventory *found, bool ready,
               struct desk *out)
{
    *out = (struct desk){.listener = LISTENER_NONE};
    handout_open(session, found, ready, &out->handout);
}

bool desk_listen(struct desk *desk, struct error *err)
{
    return listener_open(&desk->listener, err);
}

void desk_add_client(struct desk *desk, int input, int output)
{
    struct desk_client *client = memory_new(1, sizeof *client);

    channel_open(input, output, &client->channel);
    client->next = desk->clients;
    desk->clients = client;
    desk->client_count++;
}

/* ---------------------------------------------------------------------------------- one client */

static void desk_send(struct desk_client *client, const struct strbuf *answer)
{
    channel_send(&client->channel, strbuf_text(answer), answer->length);
}

static void desk_refuse(struct desk_client *client, const struct error *err)
{
    struct strbuf answer OWNED(strbuf_release) = {0};

    answer_error(err, &answer);
    desk_send(client, &answer);
}

static void desk_begin_request(struct desk *desk, struct desk_client *client, const char *line)
{
    struct request request OWNED(request_release) = {0};
    struct error err OWNED(error_release) = {0};

    if (request_parse(line, &request, &err))
        client->errand = handout_begin(&desk->handout, &request, client);
    else
        desk_refuse(client, &err);
}

/* Takes the next line, if there is one; whether there was. */
static bool desk_take_line(struct desk *desk, struct desk_client *client)
{
    struct strbuf line OWNED(strbuf_release) = {0};
    struct error err OWNED(error_release) = {0};

    switch (channel_next(&client->channel, &line)) {
    case CHANNEL_NOTHING:
        return false;
    case CHANNEL_TOO_LONG:
        error_set(&err, ERROR_USAGE, "the request is longer than %d bytes", CHANNEL_LINE_MAX);
        error_hint(&err, "A request is one line.");
        desk_refuse(client, &err);
        return true;
    case CHANNEL_LINE:
        break;
    }
    if (strlen(strbuf_text(&line)) == line.length) {
        desk_begin_request(desk, client, strbuf_text(&line));
        return true;
    }
    error_set(&err, ERROR_USAGE, "the request has a zero byte in it");
    error_hint(&err, "A request is one line of text.");
    desk_refuse(client, &err);
    return true;
}

/* Answers what is done, and begins what comes next, until the client has to wait; whether there was
 * anything. A client that does not read its answers is not asked for more. */
static bool desk_serve(struct desk *desk, struct desk_client *client)
{
    bool served = false;

    for (;;) {
        if (client->errand != NULL && client->errand->phase != ERRAND_DONE)
            return served;
        if (client->errand != NULL) {
            desk_send(client, &client->errand->answer);
            handout_end(&desk->handout, client->errand);
            client->errand = NULL;
            served = true;
        }
        if (channel_is_writing(&client->channel) || !desk_take_line(desk, client))
            return served;
        served = true;
    }
}

static void desk_send_away(struct desk *desk, struct desk_client *client)
{
    if (client->errand != NULL)
        handout_end(&desk->handout, client->errand);
    handout_client_gone(&desk->handout, client);
    channel_close(&client->channel);
    free(client);
    desk->client_count--;
    desk->full = false;
}

static bool desk_serve_all(struct desk *desk)
{
    struct desk_client **at = &desk->clients;
    bool served = false;

    while (*at != NULL) {
        struct desk_client *client = *at;

        served = desk_serve(desk, client) || served;
        if (channel_is_over(&client->channel) && client->errand == NULL) {
            *at = client->next;
            desk_send_away(desk, client);
        } else {
            at = &client->next;
        }
    }
    return served;
}

/* ------------------------------------------------------------------------------------- the loop */

/* Nothing more is read from a client that waits, or that has not read its answers: what it sends
 * meanwhile must not fill our memory. */
static bool desk_listens_to(const struct desk_client *client)
{
    return client->errand == NULL && !channel_is_writing(&client->channel);
}

static void desk_prepare(void *context, struct poll_set *set)
{
    struct desk *desk = context;
    bool room = desk->client_count < most_clients && !desk->full;

    desk->prepared = true;
    desk->listener_entry = poll_set_add(set, room ? desk->listener.descriptor : -1, POLLIN);
    for (struct desk_client *client = desk->clients; client != NULL; client = client->next)
        channel_prepare(&client->channel, desk_listens_to(client), set);
    handout_prepare(&desk->handout, set);
}

/* Where there are no descriptors left, those who come have to wait until somebody goes. */
static void desk_let_in(struct desk *desk)
{
    int peer;

    errno = 0;
    while (desk->client_count < most_clients && (peer = listener_accept(&desk->listener)) >= 0)
        desk_add_client(desk, peer, peer);
    desk->full = desk->clients != NULL && (errno == EMFILE || errno == ENFILE);
}

static void desk_turn(void *context, const struct poll_set *set)
{
    struct desk *desk = context;

    if (!desk->prepared)
        return;
    desk->prepared = false;
    for (struct desk_client *client = desk->clients; client != NULL; client = client->next)
        channel_turn(&client->channel, set);
    if (poll_set_ready(set, desk->listener_entry) != 0)
        desk_let_in(desk);
    handout_turn(&desk->handout, set);
    do
        handout_go_on(&desk->handout);
    while (desk_serve_all(desk));
}

struct loop_source desk_source(struct desk *desk)
{
    return (struct loop_source){.prepare = desk_prepare, .turn = desk_turn, .context = desk};
}

void desk_close(struct desk *desk)
{
    while (desk->clients != NULL) {
        struct desk_client *client = desk->clients;

        desk->clients = client->next;
        desk_send_away(desk, client);
    }
    listener_close(&desk->listener);
    handout_close(&desk->handout);
}
