/* Counts how requests were served, and what kept databases from being undone. */
#ifndef PGCLONE_HANDOUT_TALLY_H
#define PGCLONE_HANDOUT_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "pgclone/report/answer.h"

/** How a request was served with a pristine database. */
enum served_from {
    SERVED_SPARE, /**< a copy was ready */
    SERVED_CLONE, /**< a copy was waited for */
    SERVED_UNDO,  /**< the database was undone */
    SERVED_KINDS
};

struct tally {
    int64_t served[SERVED_KINDS];
    struct answer_reason *reasons; /**< owned, in the order in which they came up */
    size_t reason_count;
};

/** The word for it in an answer: "spare", "clone" or "undo". */
const char *tally_word(enum served_from from);

/** How many requests were served in all. */
int64_t tally_served(const struct tally *tally);

/** Counts a database that could not be undone, and for what reason. */
void tally_refuse(struct tally *tally, const char *reason);

/** Says with -v what there is to say at the end of a run. */
void tally_say(const struct tally *tally);

/** Frees everything and leaves it empty. */
void tally_release(struct tally *tally);

#endif
