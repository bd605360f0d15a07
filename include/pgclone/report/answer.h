/* What is answered to a request for a database: one JSON object on one line. */
#ifndef PGCLONE_REPORT_ANSWER_H
#define PGCLONE_REPORT_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strbuf.h"

/** A database that was handed out, reset or asked for. All strings are borrowed; NULL is left out.
 */
struct answer {
    const char *worker;
    const char *name;
    const char *url;    /**< with the real password */
    const char *from;   /**< "spare", "clone" or "undo": how it became pristine */
    int64_t elapsed_us; /**< microseconds since the request; told where `from` is */
};

/** What kept databases from being undone, and how many. */
struct answer_reason {
    char *text;
    int64_t count;
};

/** Numbers of copies and requests of a run. */
struct answer_status {
    size_t ready;   /**< spare copies that can be handed out at once */
    size_t making;  /**< that are being made, or put back */
    size_t taken;   /**< that are in somebody's hands */
    int64_t served; /**< requests that were answered with a pristine database */
    int64_t waited; /**< of these, those that no ready spare could serve */
    bool undoes;    /**< databases are undone; the rest is told only then */
    int64_t undone; /**< of the served, those whose database was undone */
    const struct answer_reason *reasons; /**< borrowed */
    size_t reason_count;
};

/** `{"worker":…,"name":…,"url":…,"from":…,"elapsed_ms":1.9}` */
void answer_database(const struct answer *answer, struct strbuf *out);

/** `{"dropped":NAME}` */
void answer_dropped(const char *name, struct strbuf *out);

/** `{"ready":…,"making":…,"taken":…,"served":…,"waited":…}` */
void answer_status(const struct answer_status *status, struct strbuf *out);

/** `{"error":…,"hint":…,"exit":CODE}`, with the detail behind the message; `hint` is null where
 * there is none, and the code is error_exit_code()'s. */
void answer_error(const struct error *err, struct strbuf *out);

#endif
