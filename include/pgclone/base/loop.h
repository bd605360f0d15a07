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
    /** Adds the descriptors and the time that the source waits for. */
    void (*prepare)(void *context, struct poll_set *set);
    /** Does what can be done without waiting. Called after each wait, whatever ended it. May add
     * and remove sources. */
    void (*turn)(void *context, const struct poll_set *set);
    void *context; /**< passed to both; tells the sources of a loop apart */
};

struct loop_entry {
    struct loop_source source;
    bool prepared; /**< has said what it waits for in this turn */
};

/** A loop; all zero, it has no sources. Its members are its own. */
struct loop {
    struct loop_entry *entries;
    size_t count;
    struct poll_set set;
    void (*signal)(const struct interrupt_event *event, void *context);
    void *signal_context;
    pid_t child; /**< 0: none */
    void (*child_ended)(int status, void *context);
    void *child_context;
};

/** Adds a source. */
void loop_add(struct loop *loop, const struct loop_source *source);

/** Removes the source with that context. */
void loop_remove(struct loop *loop, const void *context);

/** Has each SIGINT, SIGTERM and SIGHUP passed to `signal`, in order of arrival. Signals that nobody
 * is told of only end the wait. */
void loop_on_signals(struct loop *loop,
                     void (*signal)(const struct interrupt_event *event, void *context),
                     void *context);

/**
 * Has `ended` called once, when the child process `pid` has ended: with its exit status, or 128 +
 * the signal's number. interrupt_watch_children() must have been called before the child was
 * started. A loop watches one child.
 */
void loop_on_child(struct loop *loop, pid_t pid, void (*ended)(int status, void *context),
                   void *context);

/** Waits once for whatever comes first, and gives every source its turn. */
void loop_turn(struct loop *loop);

/** Frees what the loop holds, and leaves it all zero. The sources stay as they are. */
void loop_release(struct loop *loop);

#endif
