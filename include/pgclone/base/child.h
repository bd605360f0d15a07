/* The user's command as a child: same terminal, same process group. */
#ifndef PGCLONE_BASE_CHILD_H
#define PGCLONE_BASE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strings.h"

/** Exit statuses of a command that could not be started, as env(1) and sh have them. */
enum { CHILD_NOT_EXECUTABLE = 126, CHILD_NOT_FOUND = 127 };

struct child {
    pid_t pid;
};

/**
 * Starts `argv` (NULL-terminated, found in PATH) with `environment` ("NAME=value") added to ours.
 * interrupt_watch_children() must have been called. On failure `status` is CHILD_NOT_FOUND or
 * CHILD_NOT_EXECUTABLE, and the error ERROR_SYSTEM. A signal that arrives on the way is either
 * ERROR_INTERRUPTED, and the command never runs, or one that the child has got as well.
 */
bool child_start(char *const argv[], const struct strings *environment, struct child *child,
                 int *status, struct error *err);

/** Whether the child has ended; then `status` is its exit status, or 128 + the signal's number. */
bool child_has_ended(const struct child *child, int *status);

#endif
