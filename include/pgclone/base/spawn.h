/*
 * Other programs: started, listened to, waited for and ended. No program gets a descriptor of ours
 * but those that it is given.
 *
 * A program in the background gets /dev/null as standard input, SIGPIPE as it usually is (not
 * ignored) and no blocked signals. One in the foreground is the user's own command: it shares our
 * terminal and standard streams, and finds its signals as our caller has set them.
 */
#ifndef PGCLONE_BASE_SPAWN_H
#define PGCLONE_BASE_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "pgclone/base/error.h"
#include "pgclone/base/overlay.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/base/strings.h"

/** Exit statuses for a command that could not be started, as env(1) and sh have them. */
enum { SPAWN_NOT_EXECUTABLE = 126, SPAWN_NOT_FOUND = 127 };

/** A user by number, with the one group that a program of it gets. */
struct spawn_user {
    uid_t uid;
    gid_t gid;
};

struct spawn_options {
    const struct strings *arguments; /**< the first is a path, or a name that PATH has */
    const struct strings *additions; /**< variables to set, `NAME=value` each; NULL: none */
    const char *without;             /**< of ours it gets none that begins so; NULL: all of them */
    const char *folder;              /**< the working folder; NULL: this process's own */
    const struct spawn_user *user;   /**< whom to become for good; NULL: stay who we are */
    const struct overlay *overlay;   /**< what it alone finds mounted; NULL: nothing of its own */
    bool foreground;                 /**< the user's own command: see above */
    int output;       /**< in the background: standard output's descriptor; 0: /dev/null */
    int errors;       /**< in the background: standard error's descriptor; 0: /dev/null */
    bool own_session; /**< away from the terminal and its Ctrl-C, leader of a process group */
    int death_signal; /**< what it gets when this process dies, however it dies (Linux); 0: none */
};

/**
 * Starts a program, and comes back when it runs. ERROR_SYSTEM with the program's name when it could
 * not be started; `errno` then holds the reason (ENOENT: there is no such program). A signal that
 * arrives on the way is either ERROR_INTERRUPTED, and the program never runs, or one that a program
 * in the foreground has got as well. Call it from the first thread only: `death_signal` goes by the
 * thread.
 */
bool spawn_start(const struct spawn_options *options, pid_t *out, struct error *err);

/** The exit status that tells of a command that could not be started, by spawn_start()'s errno. */
int spawn_status_of_failure(int number);

/**
 * Runs a program in the background, in a session of its own and no longer than this process lives,
 * and adds to `out` the last 64 KiB, at least, of what it writes to `stream` (STDOUT_FILENO or
 * STDERR_FILENO; the other one goes to /dev/null). ERROR_SYSTEM when it could not be started or
 * took longer than `timeout_ms`, ERROR_INTERRUPTED when a signal arrived; its whole session has
 * then been killed. A program that fails is no error: `status` is waitpid()'s, which is 0 only for
 * one that ended by itself with status 0.
 */
bool spawn_run(const struct spawn_options *options, int stream, int timeout_ms, struct strbuf *out,
               int *status, struct error *err);

/** Adds "exited with status 3" or "was ended by signal 9", from waitpid()'s `status`. */
void spawn_describe(int status, struct strbuf *out);

/**
 * Waits for a child for `timeout_ms` at the most (0: only looks), whether or not a signal arrives.
 * True when it has ended (or was never ours); `status`, which may be NULL, is waitpid()'s.
 */
bool spawn_wait(pid_t pid, int timeout_ms, int *status);

/** Whether a child has ended; then `status` is its exit status, or 128 + the signal's number. Does
 * not wait. */
bool spawn_has_ended(pid_t pid, int *status);

#endif
