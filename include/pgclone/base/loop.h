/*
 * The one loop of a command that waits for several things at once: its sources say what they wait
 * for, one poll() waits for all of it, and each source then does what can be done without waiting.
 */
#ifndef PGCLONE_BASE_LOOP_H
#define PGCLONE_BASE_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "pgclone/base/interrupt.h"
#include "pgclone/base/poll_set.h"

/** Something to wait for: connections, sockets, a point in time. */
struct loop_source {
    /** Adds the descriptors and the time that the source waits for; NULL: it waits for nothing of
     * its own, but has its turn after every wait. */
    void (*prepare)(void *context, struct poll_set *set);
    /** Does what can be done without waiting. Called after each wait, whatever ended it. May add
     * and remove sources. */
    void (*turn)(void *context, const struct poll_set *set);
    void *context; /**< passed to both; tells the sources of a loop apart */
};

/**
 * A loop. All zero it waits for nothing. Whoever starts it sets what is to be told of signals and
 * of a child; the rest are its own.
 */
struct loop {
    /** Is told of each SIGINT, SIGTERM and SIGHUP, in order of arrival; NULL: they only end the
     * wait. */
    void (*signal)(const struct interrupt_event *event, void *context);
    pid_t child; /**< a child process; 0: none */
    /** Is told once, when the child has ended: its exit status, or 128 + the signal's number. */
    void (*child_ended)(int status, void *context);
    void *context; /**< passed to both */
    struct loop_source *sources;
    size_t count;
    struct poll_set set;
};

/** Adds a source. */
void loop_add(struct loop *loop, const struct loop_source *source);

/** Removes the sources with that context, which are called no more. */
void loop_remove(struct loop *loop, const void *context);

/** Waits once for whatever comes first, and gives every source its turn. */
void loop_turn(struct loop *loop);

/** Frees what the loop holds, and leaves it all zero. The sources stay as they are. */
void loop_release(struct loop *loop);

#endif
