/* Work that may block without a limit, done by a short-lived copy (fork) of this process. */
#ifndef PGCLONE_BASE_HELPER_H
#define PGCLONE_BASE_HELPER_H

#include <stdbool.h>
#include <sys/types.h>

/** A copy of this process at work. All zero where there is none. */
struct helper {
    pid_t pid;
    int descriptor; /**< becomes readable when the helper is gone */
};

/**
 * Calls work(context) in a copy of this process. The copy blocks signals, and ends after `limit_s`
 * seconds, or with this process (Linux), at the latest. What the work changes in memory is changed
 * in the copy only. False when no process can be made. The caller ends it with helper_end().
 */
bool helper_start(void (*work)(void *context), void *context, unsigned limit_s, struct helper *out);

/** Ends the helper if it is still at work, and leaves it zero. One that is all zero is allowed. */
void helper_end(struct helper *helper);

#endif
