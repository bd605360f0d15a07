/* libpq's failures as errors, and which of them pass by themselves: by SQLSTATE, never by text,
 * which lc_messages translates. */
#ifndef PGCLONE_POSTGRES_FAILURE_H
#define PGCLONE_POSTGRES_FAILURE_H

#include <libpq-fe.h>
#include <stdint.h>

#include "pgclone/base/error.h"

/** The kind of a server error by its SQLSTATE, and so pgclone's exit code. */
enum error_kind failure_kind(const char *sqlstate);

/**
 * Milliseconds to wait before try number `attempt` + 1 (`attempt` counts from 1), or -1 when the
 * condition does not pass by itself. The wait doubles from try to try up to a cap, and is spread by
 * a quarter either way by `random`, so that clients that failed together do not come back together.
 */
int64_t failure_retry_delay_ms(const char *sqlstate, int attempt, unsigned random);

/**
 * A connection that was refused or not reached: ERROR_CONNECTION. `message` is libpq's, made with
 * PQERRORS_VERBOSE, which is the only way to learn the SQLSTATE; it is taken out of the text.
 * `needs_password`: the server asked for one, and there was none.
 */
void failure_of_connect(const char *message, bool needs_password, struct error *err);

/** A connection that was not made in time: ERROR_CONNECTION. Host and port may be NULL. */
void failure_of_timeout(const char *host, const char *port, int timeout_ms, struct error *err);

/** A connection that broke while it was used: ERROR_CONNECTION. `message` is libpq's. */
void failure_of_connection(const char *message, struct error *err);

/** A statement that the server refused: message, detail and hint are the server's. */
void failure_of_statement(const PGresult *result, struct error *err);

#endif
