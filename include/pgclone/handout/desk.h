/*
 * Where clients come with their requests: over the socket of a run, or over standard input and
 * output. Each client's requests are answered in their order; clients do not wait for each other.
 */
#ifndef PGCLONE_HANDOUT_DESK_H
#define PGCLONE_HANDOUT_DESK_H

#include <stdbool.h>

#include "pgclone/base/channel.h"
#include "pgclone/base/listener.h"
#include "pgclone/base/loop.h"
#include "pgclone/handout/handout.h"

struct desk_client {
    struct channel channel;
    struct errand *errand; /**< the request that is on its way; NULL: none */
    struct desk_client *next;
};

struct desk {
    struct handout handout;
    struct listener listener;
    size_t listener_entry;
    bool prepared; /**< the listener has an entry in the poll set */
    struct desk_client *clients;
    size_t client_count;
    bool full; /**< there was no descriptor left for another one */
};

/** Opens a handout without clients; see handout_open(). The desk must stay where it is. */
void desk_open(const struct session *session, const struct inventory *found, bool ready,
               struct desk *out);

/** Listens on a socket of its own; its path is desk->listener.path. ERROR_SYSTEM on failure. */
bool desk_listen(struct desk *desk, struct error *err);

/** Takes in a client, whose descriptors are taken over. */
void desk_add_client(struct desk *desk, int input, int output);

/** The desk as a source of a loop. */
struct loop_source desk_source(struct desk *desk);

/** Sends the clients away, closes the connections and the socket. The databases stay. */
void desk_close(struct desk *desk);

#endif
