/*
 * Answers the requests of tests for databases: from the stock at once where it can, and otherwise
 * as soon as a copy is there. Nothing here waits; what is under way goes on in a loop.
 */
#ifndef PGCLONE_HANDOUT_HANDOUT_H
#define PGCLONE_HANDOUT_HANDOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "pgclone/base/error.h"
#include "pgclone/base/poll_set.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/handout/request.h"
#include "pgclone/handout/stock.h"

/** How far a request is. */
enum errand_phase {
    ERRAND_WAITS_FOR_NAME,   /**< a database that was given back still has the name */
    ERRAND_WAITS_FOR_WORKER, /**< the worker's database is still being made */
    ERRAND_WAITS_FOR_COPY,
    ERRAND_UNDOES, /**< the server undoes the changes in the database */
    ERRAND_SWAPS,  /**< the server gives or changes its name */
    ERRAND_DONE,   /**< `answer` is there */
};

/** A request on its way to its answer. */
struct errand {
    struct request request;
    const void *client; /**< who asked; tells clients apart */
    enum errand_phase phase;
    struct strbuf answer; /**< one line of JSON */

    /* The handout's own. */
    int64_t began_us;
    bool waited;
    char *worker;      /* the worker's id; NULL where a copy is meant; owned */
    char *target;      /* the name that a copy is to get; NULL: its own; owned */
    char *old;         /* the scratch name that the replaced database gets; owned */
    struct copy *copy; /* that is handed out */
    struct job job;
    bool makes_worker; /* the target is the database of a worker that has none */
    bool replaces;     /* the target is there already: it is swapped with the copy */
    bool forgotten;    /* whoever asked is gone */
    int rounds;        /* of undoing */
    int64_t undo_began_us;
    struct errand *next;
};

/** A statement that is sent beside all else. */
struct handout_note {
    struct job job;
    struct handout_note *next;
};

/** A worker of the run, and whether it has its database. */
struct handout_worker {
    char *id;
    char *name;   /**< of the database */
    bool ready;   /**< the database is there */
    bool making;  /**< it is being made */
    bool swapped; /**< a reset has closed the database and replaced it, or tried to */
};

struct handout {
    const struct scope *scope; /**< borrowed */
    struct stock stock;
    struct session swaps; /**< where names are given and changed */
    struct handout_worker *workers;
    size_t worker_count;
    struct errand *errands; /**< in the order in which they came */
    struct handout_note *notes;
    int64_t waited; /* requests that no ready copy could serve */
};

/** Gets ready; see stock_open(). `ready`: the scope's workers have their databases. */
void handout_open(const struct session *session, const struct inventory *found, bool ready,
                  struct handout *out);

/** Begins a request, taking it over. The errand is the handout's until handout_end(). */
struct errand *handout_begin(struct handout *handout, struct request *request, const void *client);

/** Forgets an errand, done or not. */
void handout_end(struct handout *handout, struct errand *errand);

/** What a client took goes back, since it is gone. */
void handout_client_gone(struct handout *handout, const void *client);

/** The scope's workers have their databases from now on. */
void handout_workers_ready(struct handout *handout);

/** stock_check(), after a lease was regained. */
void handout_check(struct handout *handout, const struct inventory *now);

/** The handout as part of a source of a loop: what it waits for, and its turn. */
void handout_prepare(struct handout *handout, struct poll_set *set);
void handout_turn(struct handout *handout, const struct poll_set *set);

/** Answers what can be answered by now, and begins what is due. After every handout_turn() and
 * whenever requests have been begun. */
void handout_go_on(struct handout *handout);

/** Closes the connections and frees everything. The databases stay. */
void handout_close(struct handout *handout);

#endif
