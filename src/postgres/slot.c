#include "pgclone/postgres/slot.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/strbuf.h"
#include "pgclone/postgres/failure.h"

/* The one writer of the state. A deadline belongs to the state that it was set for. */
static void slot_enter(struct slot *slot, enum slot_state state, int64_t deadline_ms)
{
    slot->state = state;
    slot->deadline_ms = deadline_ms;
}

void slot_init(struct slot *slot, int number, const struct slot_target *target)
{
    *slot = (struct slot){.number = number, .target = target, .deadline_ms = INT64_MAX};
}

void slot_close(struct slot *slot)
{
    helper_end(&slot->canceller);
    PQfinish(slot->conn);
    slot->conn = NULL;
    slot_enter(slot, SLOT_CLOSED, INT64_MAX);
}

void slot_release(struct slot *slot)
{
    slot_close(slot);
    results_release(&slot->results);
    error_release(&slot->error);
}

bool slot_is_busy(const struct slot *slot)
{
    return slot->state != SLOT_CLOSED && slot->state != SLOT_FREE;
}

/* Whatever the reason, a connection that broke never counts as a statement that was done. */
static void slot_lost(struct slot *slot)
{
    failure_of_connection(PQerrorMessage(slot->conn), &slot->error);
    slot_close(slot);
}

/* Waits and tries again when the failure passes by itself and there is time left. */
static bool slot_back_off(struct slot *slot, int64_t now_ms)
{
    unsigned random = (unsigned)now_ms * 2654435761U + (unsigned)slot->number * 40503U;
    int64_t delay = failure_retry_delay_ms(slot->error.sqlstate, slot->attempt, random >> 8);

    if (delay < 0 || slot->cancelled || now_ms + delay > slot->retry_until_ms)
        return false;
    slot_enter(slot, SLOT_BACKOFF, now_ms + delay);
    return true;
}

/* --------------------------------------------------------------------------------- connecting */

static void slot_connect_failed(struct slot *slot, int64_t now_ms)
{
    failure_of_connect(PQerrorMessage(slot->conn), PQconnectionNeedsPassword(slot->conn) != 0,
                       &slot->error);
    slot_close(slot);
    (void)slot_back_off(slot, now_ms);
}

/* Notices (a DROP IF EXISTS that found nothing) would go to standard error. */
static void slot_ignore_notice(void *context, const PGresult *notice)
{
    (void)context;
    (void)notice;
}

static void slot_start_connect(struct slot *slot, int64_t now_ms)
{
    slot->attempt++;
    slot->conn = PQconnectStartParams(slot->target->keywords, slot->target->values, 0);
    if (slot->conn == NULL) {
        error_set(&slot->error, ERROR_CONNECTION, "could not connect: out of memory");
        slot_enter(slot, SLOT_CLOSED, INT64_MAX); /* it may have been backing off */
        return;
    }
    if (PQstatus(slot->conn) == CONNECTION_BAD) {
        slot_connect_failed(slot, now_ms);
        return;
    }
    /* The only way to learn the SQLSTATE of a refused connection is to have it in the message. */
    (void)PQsetErrorVerbosity(slot->conn, PQERRORS_VERBOSE);
    (void)PQsetNoticeReceiver(slot->conn, slot_ignore_notice, NULL);
    slot->polling = PGRES_POLLING_WRITING; /* libpq: the first wait is for writing */
    slot_enter(slot, SLOT_CONNECTING, now_ms + slot->target->connect_timeout_ms);
}

void slot_connect(struct slot *slot, int64_t retry_until_ms, int64_t now_ms)
{
    error_release(&slot->error);
    slot->retry_until_ms = retry_until_ms;
    slot->attempt = 0;
    slot->cancelled = false;
    slot->sql = NULL;
    slot_start_connect(slot, now_ms);
}

static void slot_connected(struct slot *slot)
{
    if (PQsetnonblocking(slot->conn, 1) != 0) {
        slot_lost(slot);
        return;
    }
    (void)PQsetErrorVerbosity(slot->conn, PQERRORS_DEFAULT);
    error_release(&slot->error);
    slot_enter(slot, SLOT_FREE, INT64_MAX);
}

static void slot_advance_connecting(struct slot *slot, short ready, int64_t now_ms)
{
    if (ready == 0) {
        if (now_ms < slot->deadline_ms)
            return;
        failure_of_timeout(PQhost(slot->conn), PQport(slot->conn), slot->target->connect_timeout_ms,
                           &slot->error);
        slot_close(slot);
        return;
    }
    slot->polling = PQconnectPoll(slot->conn);
    if (slot->polling == PGRES_POLLING_FAILED)
        slot_connect_failed(slot, now_ms);
    else if (slot->polling == PGRES_POLLING_OK)
        slot_connected(slot);
}

/* ---------------------------------------------------------------------------------- statements */

static void slot_start_send(struct slot *slot)
{
    slot->attempt++;
    results_release(&slot->results);
    error_release(&slot->error);
    if (PQsendQuery(slot->conn, slot->sql) == 0)
        slot_lost(slot);
    else
        slot_enter(slot, SLOT_SENDING, INT64_MAX);
}

void slot_send(struct slot *slot, const char *sql, int64_t retry_until_ms, int64_t now_ms)
{
    slot->sql = sql;
    slot->retry_until_ms = retry_until_ms;
    slot->attempt = 0;
    slot->cancelled = false;
    slot_start_send(slot);
    if (slot->state == SLOT_SENDING)
        slot_advance(slot, POLLOUT, now_ms);
}

static void slot_finish_statement(struct slot *slot, int64_t now_ms)
{
    if (PQstatus(slot->conn) == CONNECTION_BAD ||
        (error_is_set(&slot->error) && slot->error.sqlstate[0] == '\0')) {
        slot_lost(slot);
        return;
    }
    if (error_is_set(&slot->error) && slot_back_off(slot, now_ms))
        return;
    if (slot->canceller.pid != 0)
        slot_enter(slot, SLOT_SETTLING, slot->deadline_ms);
    else
        slot_enter(slot, SLOT_FREE, INT64_MAX);
}

static void slot_take_result(struct slot *slot, PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);

    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        results_add(&slot->results, result);
        return;
    }
    /* Of several failures the first is the cause. */
    if (!error_is_set(&slot->error))
        failure_of_statement(result, &slot->error);
    PQclear(result);
}

/* A cancel request that came to nothing in its time. */
static bool slot_gave_up_cancelling(struct slot *slot, short ready, int64_t now_ms)
{
    if (ready != 0 || now_ms < slot->deadline_ms)
        return false;
    error_set(&slot->error, ERROR_CONNECTION, "the server did not answer a cancel request");
    slot_close(slot);
    return true;
}

static void slot_advance_receiving(struct slot *slot, short ready, int64_t now_ms)
{
    if (slot->state == SLOT_CANCELLING && slot_gave_up_cancelling(slot, ready, now_ms))
        return;
    if ((ready & (POLLIN | POLLERR | POLLHUP)) != 0 && PQconsumeInput(slot->conn) == 0) {
        slot_lost(slot);
        return;
    }
    /* Drained to NULL: only then is the connection free for the next statement. */
    while (PQisBusy(slot->conn) == 0) {
        PGresult *result = PQgetResult(slot->conn);

        if (result == NULL) {
            slot_finish_statement(slot, now_ms);
            return;
        }
        slot_take_result(slot, result);
    }
}

static void slot_advance_sending(struct slot *slot, short ready, int64_t now_ms)
{
    int left = 1;

    if (ready == 0)
        return;
    /* libpq: read while writing, or both sides may wait for each other. */
    if ((ready & POLLIN) != 0 && PQconsumeInput(slot->conn) == 0)
        left = -1;
    else
        left = PQflush(slot->conn);
    if (left < 0) {
        slot_lost(slot);
    } else if (left == 0) {
        slot_enter(slot, SLOT_RECEIVING, INT64_MAX);
        slot_advance_receiving(slot, 0, now_ms);
    }
}

static void slot_advance_settling(struct slot *slot, short ready, int64_t now_ms)
{
    if (slot_gave_up_cancelling(slot, ready, now_ms) || ready == 0)
        return;
    helper_end(&slot->canceller);
    slot_enter(slot, SLOT_FREE, INT64_MAX);
}

static void slot_advance_backoff(struct slot *slot, int64_t now_ms)
{
    if (now_ms < slot->deadline_ms)
        return;
    if (slot->conn == NULL)
        slot_start_connect(slot, now_ms);
    else
        slot_start_send(slot);
}

/* The server says nothing to an idle connection, but for a notice, or that it has ended it. */
static void slot_advance_free(struct slot *slot, short ready)
{
    if (ready != 0 && (PQconsumeInput(slot->conn) == 0 || PQstatus(slot->conn) == CONNECTION_BAD))
        slot_lost(slot);
}

void slot_advance(struct slot *slot, short ready, int64_t now_ms)
{
    switch (slot->state) {
    case SLOT_CONNECTING:
        slot_advance_connecting(slot, ready, now_ms);
        break;
    case SLOT_FREE:
        slot_advance_free(slot, ready);
        break;
    case SLOT_SENDING:
        slot_advance_sending(slot, ready, now_ms);
        break;
    case SLOT_RECEIVING:
    case SLOT_CANCELLING:
        slot_advance_receiving(slot, ready, now_ms);
        break;
    case SLOT_SETTLING:
        slot_advance_settling(slot, ready, now_ms);
        break;
    case SLOT_BACKOFF:
        slot_advance_backoff(slot, now_ms);
        break;
    case SLOT_CLOSED:
        break;
    }
}

/* --------------------------------------------------------------------------------- cancelling */

/* PQcancel() makes a connection of its own and waits for the server to close it, without a limit:
 * so it is called by a helper. Only libpq 17 has a cancel request that does not block. */
static void slot_send_cancel(void *context)
{
    const struct slot *slot = context;
    char message[256] = "";
    PGcancel *cancel = PQgetCancel(slot->conn);

    if (cancel != NULL)
        (void)PQcancel(cancel, message, (int)sizeof message);
    PQfreeCancel(cancel);
}

void slot_cancel(struct slot *slot, int64_t grace_ms, int64_t now_ms)
{
    slot->cancelled = true;
    switch (slot->state) {
    case SLOT_CONNECTING:
        slot_close(slot);
        break;
    case SLOT_SENDING:
        /* As long as it is not all there, the server has nothing that could be cancelled. */
        error_set(&slot->error, ERROR_CONNECTION, "closed before all of a statement was sent");
        slot_close(slot);
        break;
    case SLOT_BACKOFF:
        if (slot->conn == NULL)
            slot_enter(slot, SLOT_CLOSED, INT64_MAX);
        else
            slot_enter(slot, SLOT_FREE, INT64_MAX);
        break;
    case SLOT_RECEIVING:
        /* A request that fails changes nothing: the statement is then waited for as well. */
        (void)helper_start(slot_send_cancel, slot, (unsigned)(grace_ms / 1000) + 1,
                           &slot->canceller);
        slot_enter(slot, SLOT_CANCELLING, now_ms + grace_ms);
        break;
    case SLOT_CLOSED:
    case SLOT_FREE:
    case SLOT_CANCELLING:
    case SLOT_SETTLING:
        break;
    }
}

/* ------------------------------------------------------------------------------------- waiting */

int slot_descriptor(const struct slot *slot)
{
    if (slot->state == SLOT_SETTLING)
        return slot->canceller.descriptor;
    return slot->conn != NULL && slot->state != SLOT_BACKOFF ? PQsocket(slot->conn) : -1;
}

short slot_events(const struct slot *slot)
{
    switch (slot->state) {
    case SLOT_CONNECTING:
        return slot->polling == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    case SLOT_SENDING:
        return POLLIN | POLLOUT;
    case SLOT_FREE:
    case SLOT_RECEIVING:
    case SLOT_CANCELLING:
    case SLOT_SETTLING:
        return POLLIN;
    case SLOT_CLOSED:
    case SLOT_BACKOFF:
        break;
    }
    return 0;
}
