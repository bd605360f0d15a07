/*
 * A terminal between a program and ours, through which what the program writes is passed on as it
 * is: so a progress line can stand below it, and is out of its way when it goes on. The program
 * still finds a terminal, and writes lines at once, in its colours.
 */
#ifndef PGCLONE_BASE_RELAY_H
#define PGCLONE_BASE_RELAY_H

#include <stdbool.h>

#include "pgclone/base/poll_set.h"

struct relay {
    int leader;   /**< our side; -1: closed */
    int follower; /**< the program's, for spawn_start(); -1: closed */
    size_t entry; /* of the leader in the set of the wait that is under way */
    bool waits;
};

/** Opens one that is like the terminal of standard error. False, with nothing opened, where there
 * is none, or none can be had: the program can then write to standard error itself. */
bool relay_open(struct relay *relay);

/** Closes the program's side in this process: call it once the program runs. */
void relay_give(struct relay *relay);

/** Adds what is waited for, and tells the program's side how wide the window is now. */
void relay_prepare(struct relay *relay, struct poll_set *set);

/** Passes on what has come. */
void relay_turn(struct relay *relay, const struct poll_set *set);

/** Passes on what is left, when the program has ended, and closes both sides. */
void relay_close(struct relay *relay);

#endif
