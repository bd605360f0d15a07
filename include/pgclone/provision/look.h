/*
 * A look at the server: what is there, and everything else that the work after it depends on. It is
 * always whole, and is taken again, within bounds, for as long as what it finds may be gone in a
 * moment: sessions of dead processes, somebody in the template, another pgclone at work on a name.
 *
 * A look goes on in steps, each of which begins something on the session and comes back at once.
 */
#ifndef PGCLONE_PROVISION_LOOK_H
#define PGCLONE_PROVISION_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pgclone/base/error.h"
#include "pgclone/postgres/sql.h"
#include "pgclone/provision/inventory.h"
#include "pgclone/provision/session.h"

/** What a step of an operation comes to. */
enum step {
    STEP_WAITS, /**< the session is at work: another step is due when it no longer is */
    STEP_DONE,
    STEP_FAILED, /**< the error is set */
};

/** What a judge says of what was found. */
enum look_verdict {
    LOOK_IS_ENOUGH,
    LOOK_AGAIN, /**< after a moment, and after ending the sessions that look_end_session() named */
    LOOK_IS_REFUSED, /**< the judge has set the error */
};

struct look;

/** Judges what `look` has found; `elapsed_ms` is the time since it was begun. */
typedef enum look_verdict look_judge(struct look *look, int64_t elapsed_ms, struct error *err);

struct look_request {
    struct sql_look catalog; /**< what is read; its lists are borrowed */
    size_t prewarm;          /**< connections for jobs that are begun during the first look */
    bool settle;   /**< first end the sessions of dead processes, and wait for some seconds at the
                      most until they are gone, so that nothing of theirs comes to life later */
    bool strategy; /**< also find out what the choice of a strategy depends on */
    look_judge *judge; /**< NULL: whatever was found is enough */
    /** Adds to the error when sessions that the judge named may not be ended; NULL: nothing. */
    void (*explain)(const struct look *look, struct error *err);
    void *context; /**< for both */
};

enum look_phase {
    LOOK_BEGINS,
    LOOK_READS,        /* the catalog */
    LOOK_TRIES_CLONES, /* whether sessions may have files cloned */
    LOOK_REAPS,        /* sessions of dead processes are told to end */
    LOOK_DISCONNECTS,  /* sessions that the judge named are told to end */
    LOOK_PAUSES,
    LOOK_READS_FILES, /* how many the template has, and on what file system */
    LOOK_IS_DONE,
};

struct look {
    struct session *session; /**< borrowed */
    struct look_request request;
    struct inventory found; /**< by the last look; whole when the look is done */
    int pause_ms;           /**< before the next look; a judge that says LOOK_AGAIN may set it */

    /* The look's own. */
    enum look_phase phase;
    int64_t began_ms;
    int64_t settled_by_ms; /* until when sessions of dead processes are waited for */
    int failures;          /* of looks that asked for sizes */
    bool knows_clones;     /* the server has been asked */
    bool clones;           /* and sessions may have files cloned */
    int *ending;           /* process ids of sessions that the judge wants to have ended; owned */
    size_t ending_count;
};

/** Gets ready. `request` is copied, what it points to is borrowed. */
void look_begin(struct session *session, const struct look_request *request, struct look *out);

/** Goes on as far as can be without waiting. */
enum step look_step(struct look *look, struct error *err);

/** For a judge that says LOOK_AGAIN: a session that is to be ended before. */
void look_end_session(struct look *look, int pid);

/** Takes a look to its end, and gives what it found; what was in `out` is released. */
bool look_take(struct session *session, const struct look_request *request, struct inventory *out,
               struct error *err);

/** Frees everything and leaves it empty. */
void look_release(struct look *look);

#endif
