/*
 * Errors as values. A function that can fail returns bool and takes `struct error *` last; it sets
 * the error and returns false in one line: `return error_set(err, ERROR_USAGE, "…", …);`.
 * Only the top prints. Messages follow PostgreSQL's style: lower case, no full stop, names in
 * double quotes; details and hints are sentences.
 */
#ifndef PGCLONE_BASE_ERROR_H
#define PGCLONE_BASE_ERROR_H

#include <stdbool.h>

#include "pgclone/base/cleanup.h"

/** What went wrong. Each kind has its exit code; docs/pgclone.1 lists them. */
enum error_kind {
    ERROR_NONE,
    ERROR_SERVER,      /**< the server refused or failed an operation */
    ERROR_SYSTEM,      /**< this machine did: a file that cannot be written, say */
    ERROR_USAGE,       /**< usage or settings; nothing was attempted */
    ERROR_CONNECTION,  /**< no connection, or it was lost */
    ERROR_GUARD,       /**< a guard refused; nothing was changed */
    ERROR_BUSY,        /**< the template or a database stayed busy */
    ERROR_PRIVILEGE,   /**< the role may not do that */
    ERROR_INTERRUPTED, /**< a signal; `signal` says which */
};

/** An error: empty (all zero) until set. Owns its strings. */
struct error {
    enum error_kind kind;
    int signal;       /**< the signal's number, for ERROR_INTERRUPTED */
    char sqlstate[6]; /**< the server's code, or an empty string */
    char *message;
    char *detail;       /**< may be NULL */
    char *hint;         /**< may be NULL */
    struct error *next; /**< a further failure of the same call, or NULL */
};

/** Sets kind and message, dropping what was there. Returns false. A NULL `err` is allowed. */
bool error_set(struct error *err, enum error_kind kind, const char *format, ...) PRINTF_LIKE(3, 4);

/** Sets the detail (replacing one that is there). Returns false. */
bool error_detail(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/** Sets the hint (replacing one that is there). Returns false. */
bool error_hint(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/** Puts `prefix`, formatted, before the message. Returns false. */
bool error_prefix(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/** Moves `source` into `target`, releasing what was there; `source` is left empty. Returns false.
 */
bool error_move(struct error *target, struct error *source);

/** Replaces `target` by a copy of `source`, without its chain. Returns false. */
bool error_copy(struct error *target, const struct error *source);

/** Moves `further` to the end of `err`'s chain, or into `err` itself when none is set. Returns
 * false. */
bool error_append(struct error *err, struct error *further);

/** Whether an error was set. */
bool error_is_set(const struct error *err);

/** The process's exit code for this error, the first of its chain; 0 where none is set. */
int error_exit_code(const struct error *err);

/** The kind of the errors that exit with `code`; ERROR_SERVER for any other number. */
enum error_kind error_kind_of_exit(int code);

/** Releases the strings and leaves the error empty. */
void error_release(struct error *err);

#endif
