/* The test runners: their workers' ids, and the variable that names the current worker. */
#ifndef PGCLONE_SETTINGS_RUNNER_H
#define PGCLONE_SETTINGS_RUNNER_H

#include <stdbool.h>
#include <stddef.h>

struct runner {
    const char *name;
    const char *variable; /**< environment variable with the current worker's id; NULL: none */
    const char *count_variable; /**< environment variable with the number of workers; NULL: none */
    const char *prefix;         /**< what stands before the number in an id: "gw" or "" */
    int first;                  /**< the first worker's number */
    const char *first_id; /**< the first worker's id where it is not prefix and number, else NULL */
    const char
        *no_worker; /**< a value of the variable that means "not parallel" ("master"), or NULL */
};

/** The runner of that name, or NULL. */
const struct runner *runner_find(const char *name);

/** The names of all runners, NULL-terminated, in the order in which help lists them. */
extern const char *const runner_names[];

/** The id of worker `index` (from 0). May be "" (parallel-tests). The caller frees it. */
char *runner_worker_id(const struct runner *runner, int index);

/**
 * The id of the worker that this process belongs to, from the environment; the first worker's
 * where the variable is unset or says "not parallel". The caller frees it.
 */
char *runner_current_worker(const struct runner *runner);

/** How many workers the runner says there are, as its variable has it; NULL: it does not say. */
const char *runner_worker_count(const struct runner *runner);

/** Whether the runner would give that id to some worker. */
bool runner_gives(const struct runner *runner, const char *worker_id);

/** An id as it is written in database names and variable names: parallel-tests' "" is "1". */
const char *runner_worker_label(const char *worker_id);

#endif
