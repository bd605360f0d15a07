/* The other end of a run's socket: asks the run that this process is in, and waits for its answer.
 */
#ifndef PGCLONE_HANDOUT_ASK_H
#define PGCLONE_HANDOUT_ASK_H

#include <stdbool.h>

#include "pgclone/base/error.h"

/** What a run answered: the fields that the answer has, the others NULL. Owned. */
struct asked {
    char *worker;
    char *name;
    char *url;
};

/** The path of the socket of the run that this process is in, borrowed; NULL: it is in none. */
const char *ask_socket(void);

/**
 * Sends `verb` and `name` as a request to that run, and waits for the answer. A refusal becomes an
 * error of the kind that its exit code stands for; ERROR_CONNECTION when the run cannot be reached,
 * ERROR_INTERRUPTED when a signal arrives. `out` must be empty, and is untouched on failure.
 */
bool ask_run(const char *verb, const char *name, struct asked *out, struct error *err);

/** Frees everything and leaves it empty. */
void asked_release(struct asked *asked);

#endif
