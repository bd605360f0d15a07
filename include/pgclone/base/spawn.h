/*
 * Other programs: started, listened to, waited for and ended. A program that is started here gets
 * /dev/null as standard input, SIGPIPE as it was made (not ignored), no blocked signals, and no
 * descriptor of ours but those named. Nothing here waits without a limit.
 */
#ifndef PGCLONE_BASE_SPAWN_H
#define PGCLONE_BASE_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/base/strings.h"

/** A user by number, with the one group that a program of it gets. */
struct spawn_user {
    uid_t uid;
    gid_t gid;
};

struct spawn_options {
    const struct strings *arguments;   /**< the first is a path, or a name that PATH has */
    const struct strings *environment; /**< `NAME=value` each; NULL: this process's own */
    const char *folder;                /**< the working folder; NULL: this process's own */
    const struct spawn_user *user;     /**< whom to become for good; NULL: stay who we are */
    int output;                        /**< a descriptor for standard output; 0: /dev/null */
    int errors;                        /**< a descriptor for standard error; 0: /dev/null */
    bool own_session; /**< away from the terminal and its Ctrl-C, leader of a process group */
    int death_signal; /**< what it gets when this process dies, however it dies (Linux); 0: none */
};

/** What a program left. `status` is waitpid()'s; of each stream no more than its last 64 KiB. */
struct spawn_result {
    int status;
    struct strbuf output;
    struct strbuf errors;
};

/**
 * Starts a program, and comes back when it runs. ERROR_SYSTEM with the program's name when it
 * could not be started; `errno` then holds the reason (ENOENT: there is no such program). Call it
 * from the first thread only: `death_signal` goes by the thread.
 */
bool spawn_start(const struct spawn_options *options, pid_t *out, struct error *err);

/**
 * Runs a program to its end and collects what it writes (`output` and `errors` of the options are
 * not looked at). ERROR_SYSTEM when it could not be started or took longer than `timeout_ms`,
 * ERROR_INTERRUPTED when a signal arrived; it has then been killed, with its whole group when it
 * has its own session. A program that fails is no error: `out->status` tells. The caller releases
 * `out` with spawn_result_release().
 */
bool spawn_run(const struct spawn_options *options, int timeout_ms, struct spawn_result *out,
               struct error *err);

/** Whether the program ended by itself with status 0. */
bool spawn_succeeded(const struct spawn_result *result);

/** Adds "exited with status 3" or "was ended by signal 9", from waitpid()'s `status`. */
void spawn_describe(int status, struct strbuf *out);

/**
 * Waits for a child for `timeout_ms` at the most (0: only looks), whether or not a signal arrives.
 * True when it has ended (or was never ours); `status` may be NULL.
 */
bool spawn_wait(pid_t pid, int timeout_ms, int *status);

void spawn_result_release(struct spawn_result *result);

#endif
