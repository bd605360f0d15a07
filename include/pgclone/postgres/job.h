/* Jobs, and queues of them: what the engine runs. A job is the statements to be sent for one
 * target, in order, over one connection. */
#ifndef PGCLONE_POSTGRES_JOB_H
#define PGCLONE_POSTGRES_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pgclone/base/error.h"
#include "pgclone/postgres/results.h"

struct job_statement {
    char *sql;     /**< exactly one statement, unless the job collects results */
    char *purpose; /**< for messages: "create database \"circ_gw0\"" */
    const char
        *tolerated; /**< a SQLSTATE that is a warning instead of a failure, or NULL; static */
    const char *otherwise_for; /**< a SQLSTATE at which `otherwise` is sent, or NULL; static */
    char *otherwise;           /**< sent once in place of `sql`; if it fails, `sql` has failed */
};

enum job_state {
    JOB_WAITING,
    JOB_RUNNING,
    JOB_DONE,
    JOB_FAILED,  /**< `error` says why */
    JOB_SKIPPED, /**< never finished: the engine stopped */
};

struct job {
    char *label;    /**< what a person calls it: the database's name */
    char *database; /**< its statements are sent there; NULL: in the engine's own. Owned */
    struct job_statement *statements;
    size_t count;
    size_t next;   /**< the statement at work; `count` when all are done */
    bool optional; /**< its failure is a warning, and not the run's */
    bool quiet;    /**< not even a warning: it is told with -v */
    bool collect;  /**< keep the result sets of the last statement in `results` */
    enum job_state state;
    struct results results;
    struct error error;
    int64_t started_ms;
    int64_t finished_ms;
    struct job *behind; /**< the next one in the queue; NULL: none */
};

/** Starts a job without statements. */
void job_init(struct job *job, const char *label);

/** Has the job's statements sent in another database than the engine's own. */
void job_in(struct job *job, const char *database);

/** Adds a statement, taking over `sql`; the purpose is formatted. */
void job_add(struct job *job, char *sql, const char *tolerated, const char *purpose, ...)
    PRINTF_LIKE(4, 5);

/** What to send in place of the statement that was added last if the server refuses that one with
 * `sqlstate` (static). Takes over `sql`. */
void job_otherwise(struct job *job, const char *sqlstate, char *sql);

/** Whether it will not go on any more: done, failed or skipped. */
bool job_has_ended(const struct job *job);

/** Frees everything and leaves it empty. */
void job_release(struct job *job);

/** Frees `count` jobs and the array that they are in. NULL is allowed for none. */
void job_release_all(struct job *jobs, size_t count);

/** Jobs in the order in which an engine takes them, borrowed; all zero: none. More may be added
 * while the engine runs them. A job is in one queue at a time. */
struct job_queue {
    struct job *first;
    struct job *last;
    struct job *next; /**< the first that has not been taken */
    size_t waiting;   /**< how many have not been taken */
};

/** Adds a job. */
void job_queue_add(struct job_queue *queue, struct job *job);

/** The next job, marked as running; NULL when all have been taken. */
struct job *job_queue_take(struct job_queue *queue, int64_t now_ms);

/** Takes a job that has ended out of the queue: it may be freed while others of the queue are at
 * work. */
void job_queue_remove(struct job_queue *queue, const struct job *job);

/** Marks the jobs that nobody has taken as skipped. */
void job_queue_skip(struct job_queue *queue);

/**
 * Whether every job was done that is not optional. Otherwise `err` is the chain of all failures in
 * the order of the queue, or untouched where jobs were only skipped.
 */
bool job_queue_succeeded(const struct job_queue *queue, struct error *err);

#endif
