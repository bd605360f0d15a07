/*
 * One asynchronous connection: the only place that calls asynchronous libpq. A slot is a state
 * machine; one function writes its state, one function advances it until it would block, given
 * ready events and the time. It never waits by itself.
 */
#ifndef PGCLONE_POSTGRES_SLOT_H
#define PGCLONE_POSTGRES_SLOT_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

#include "pgclone/base/error.h"
#include "pgclone/base/helper.h"
#include "pgclone/postgres/results.h"

enum slot_state {
    SLOT_CLOSED,     /**< no connection; `error` is set when one failed or was lost */
    SLOT_CONNECTING, /**< the connection is being made */
    SLOT_FREE, /**< connected, nothing under way; `error` and `results` tell of the last statement
                */
    SLOT_SENDING,    /**< a statement is being written */
    SLOT_RECEIVING,  /**< its results are being read */
    SLOT_BACKOFF,    /**< a refusal that passes by itself: waiting to try again */
    SLOT_CANCELLING, /**< a cancel request is under way; reading what the statement came to */
    SLOT_SETTLING,   /**< the cancelled statement has ended, the request not: it could still hit the
                        next */
};

/** How to connect. Borrowed by the slot, and must outlive it. */
struct slot_target {
    const char *const *keywords; /**< as PQconnectStartParams() takes them */
    const char *const *values;
    int connect_timeout_ms; /**< PQconnectPoll() does not honour connect_timeout, so deadlines are
                               ours */
};

struct slot {
    int number; /**< for messages, from 1 */
    enum slot_state state;
    const struct slot_target *target;
    PGconn *conn;
    PostgresPollingStatusType polling; /**< what the connect waits for */
    const char *sql;                   /**< the statement at work, borrowed */
    struct results results;            /**< of the last statement */
    struct error error;                /**< of the last connect or statement */
    int64_t deadline_ms;               /**< of the state; INT64_MAX for none */
    int64_t retry_until_ms;            /**< no further try after this */
    int attempt;                       /**< tries so far */
    bool cancelled;                    /**< the statement was cancelled: do not try it again */
    struct helper canceller;           /**< sends the cancel request, which may block */
};

/** Starts empty and closed. */
void slot_init(struct slot *slot, int number, const struct slot_target *target);

/** Starts a connection. Refusals that pass by themselves are tried again until `retry_until_ms`. */
void slot_connect(struct slot *slot, int64_t retry_until_ms, int64_t now_ms);

/** Sends `sql`, which must outlive the statement. The slot must be SLOT_FREE. */
void slot_send(struct slot *slot, const char *sql, int64_t retry_until_ms, int64_t now_ms);

/**
 * Asks the server to give up the statement at work, and closes a connection that is not yet made,
 * or whose statement is not yet sent. The connection is given up when nothing came of it after
 * `grace_ms`. Never blocks, whatever the server does.
 */
void slot_cancel(struct slot *slot, int64_t grace_ms, int64_t now_ms);

/** The descriptor to poll, asked anew each turn; -1 when there is none to wait for. */
int slot_descriptor(const struct slot *slot);

/** The poll events to wait for. */
short slot_events(const struct slot *slot);

/** Does all that can be done without waiting. `ready` are poll's events, 0 for none. An idle
 * connection that the server has ended is closed, and `error` set. */
void slot_advance(struct slot *slot, short ready, int64_t now_ms);

/** Whether something is under way. */
bool slot_is_busy(const struct slot *slot);

/** Closes the connection; the last error stays. */
void slot_close(struct slot *slot);

/** Closes the connection and frees everything. */
void slot_release(struct slot *slot);

#endif
