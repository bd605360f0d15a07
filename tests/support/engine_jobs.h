/* Jobs for an engine on the scripted libpq, and what became of them. */
#ifndef PGCLONE_TESTS_ENGINE_JOBS_H
#define PGCLONE_TESTS_ENGINE_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pgclone/postgres/engine.h"

struct engine_jobs {
    struct job *items;
    size_t count;
    size_t ended;     /**< as the engine's callback heard of it */
    char order[1024]; /**< labels in order of arrival, each with a space behind it */
};

/** For cmocka: a quiet log and a scripted libpq with nothing open; and that all was given back. */
int engine_jobs_setup(void **state);
int engine_jobs_teardown(void **state);

/** The same where signals arrive: the first for the group of tests, the others for each. */
int engine_jobs_install_signals(void **state);
int engine_jobs_setup_signals(void **state);
int engine_jobs_teardown_signals(void **state);

/** An engine whose sessions are set up with the statement "SETUP", in other databases than its own
 * ("own") with "VISIT". `wait_ms` as in its options. */
struct engine *engine_jobs_new_engine(int64_t wait_ms);

/** One whose first connection rests. */
struct engine *engine_jobs_new_resting_engine(int64_t wait_ms);

/** For OWNED(engine_jobs_free_engine). */
void engine_jobs_free_engine(struct engine **engine);

/**
 * Makes `count` jobs and listens to the engine's callback from now on. `pattern` has the
 * statements, "A%zu B%zu" say, where %zu is the job's number from 0; the job's label is the first,
 * and the statement's purpose is "do A0".
 */
void engine_jobs_init(struct engine_jobs *jobs, size_t count, const char *pattern);

/** Runs an array of jobs to its end. */
bool engine_run(struct engine *engine, struct job *jobs, size_t count, size_t width,
                struct error *err);

/** Runs them over `width` connections; fails unless all are done. */
void engine_jobs_assert_run_succeeds(struct engine *engine, struct engine_jobs *jobs, size_t width);

/** Asks, and waits for the answer. */
bool engine_query(struct engine *engine, const char *sql, const char *purpose, size_t prewarm,
                  struct results *out, struct error *err);

/** Fails unless the server did each of the job's statements once, in order, on one connection. */
void engine_jobs_assert_done_once(const struct job *job);

/** Fails where a job is left as if it were at work, or is said to be done and was not. */
void engine_jobs_assert_outcomes(const struct engine_jobs *jobs);

/** Whether every job is done. */
bool engine_jobs_all_done(const struct engine_jobs *jobs);

void engine_jobs_release(struct engine_jobs *jobs);

#endif
