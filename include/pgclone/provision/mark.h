/*
 * The mark: the comment (COMMENT ON DATABASE) of every database that pgclone made, one line of
 * "pgclone:" and a JSON object. A complete database without a valid mark is never dropped.
 */
#ifndef PGCLONE_PROVISION_MARK_H
#define PGCLONE_PROVISION_MARK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "pgclone/template/fingerprint.h"

/** What a database is used for, where it is not a worker's. */
enum mark_use {
    MARK_USE_WORKER,   /**< it is a worker's: nothing is said */
    MARK_USE_SPARE,    /**< a copy that is kept ready; "use":"spare" */
    MARK_USE_TAKEN,    /**< a copy in somebody's hands; "use":"taken" */
    MARK_USE_TEMPLATE, /**< a template made from files and a command; "use":"template" */
    MARK_USE_STORED,   /**< a copy for whoever creates next; "use":"stored" (stored.h) */
};

/** A digest of each part of what a template was made from, borrowed like the mark's strings. */
struct mark_parts {
    const char *digits[FINGERPRINT_PARTS]; /**< NULL where it is not known */
};

/** All strings are borrowed: those of a mark that was read, from `json`. */
struct mark {
    const char *project;
    const char *run;           /**< NULL: none */
    const char *worker;        /**< the id; may be "" */
    const char *template_name; /**< NULL: none */
    const char *lease;         /**< 16 hexadecimal digits */
    const char *created;       /**< RFC 3339, UTC */
    const char *host;
    int64_t pid;
    enum mark_use use;
    /** What a `create` inside a run has made bears the run's lease; both NULL for everything else.
     */
    const char *inside; /**< the project of that run */
    const char *maker;  /**< the lease of the process that made it, which need not live any more */
    struct mark_parts parts; /**< of a template: "fingerprint":{"sql":…} */
    json_t *json;            /**< owned; NULL in a mark that was not read */
};

/** The comment for a mark. The caller frees it. */
char *mark_format(const struct mark *mark);

/**
 * Reads a comment. False when it is not a mark of version 1 with every field in its type, and
 * nothing behind it. Fields that it does not know are allowed. `out` is untouched then.
 */
bool mark_parse(const char *comment, struct mark *out);

/** Frees everything and leaves it empty. */
void mark_release(struct mark *mark);

#endif
