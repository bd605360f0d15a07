/* Work that may block without a limit, done aside by a short-lived copy of this process. */
#ifndef PGCLONE_BASE_HELPER_H
#define PGCLONE_BASE_HELPER_H

#include <stdbool.h>
#include <sys/types.h>

/** All zero: there is none. */
struct helper {
    pid_t pid;
    int descriptor; /**< becomes readable when the helper is gone */
};

/**
 * Calls work(context) in a copy of this process, which is deaf to signals and ends after `limit_s`
 * seconds or with this process (Linux) at the latest. What the work changes in memory stays in the
 * copy. False when no process can be had. The caller ends it with helper_end().
 */
bool helper_start(void (*work)(void *context), void *context, unsigned limit_s, struct helper *out);

/** Ends the helper if it is still at work. None is allowed. */
void helper_end(struct helper *helper);

#endif
