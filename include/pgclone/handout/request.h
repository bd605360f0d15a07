/* One line of a client as a request: what is asked for, and by which name. Pure. */
#ifndef PGCLONE_HANDOUT_REQUEST_H
#define PGCLONE_HANDOUT_REQUEST_H

#include <stdbool.h>

#include "pgclone/base/error.h"

enum request_kind {
    REQUEST_TAKE,   /**< a pristine copy, for as long as the connection lasts */
    REQUEST_CREATE, /**< a pristine copy under a name, until it is dropped or the run ends */
    REQUEST_DROP,   /**< gives one back */
    REQUEST_RESET,  /**< a worker's or a copy's database becomes pristine under the same name */
    REQUEST_URL,    /**< a worker's URL, when its database is there */
    REQUEST_STATUS, /**< numbers */
};

struct request {
    enum request_kind kind;
    char *name; /**< of a database or a worker, as it was sent; owned; NULL: none */
};

/**
 * Reads a line such as "take", "create circ_a" or "reset gw0". What stands behind the first space
 * is the name, whatever is in it; a worker's name may be empty. ERROR_USAGE for what is none of it,
 * with the requests that there are as its hint. `out` must be empty, and is untouched on failure.
 */
bool request_parse(const char *line, struct request *out, struct error *err);

/** Frees everything and leaves it empty. */
void request_release(struct request *request);

#endif
