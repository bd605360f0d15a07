#include "pgclone/postgres/job.h"

#include <stdlib.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"

void job_init(struct job *job, const char *label)
{
    *job = (struct job){.label = memory_copy_string(label)};
}

void job_in(struct job *job, const char *database)
{
    free(job->database);
    job->database = memory_copy_string(database);
}

void job_add(struct job *job, char *sql, const char *tolerated, const char *purpose, ...)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    va_list args;

    va_start(args, purpose);
    strbuf_vprintf(&text, purpose, args);
    va_end(args);
    job->statements = memory_resize(job->statements, job->count + 1, sizeof *job->statements);
    job->statements[job->count++] =
        (struct job_statement){.sql = sql, .purpose = strbuf_take(&text), .tolerated = tolerated};
}

void job_otherwise(struct job *job, const char *sqlstate, char *sql)
{
    struct job_statement *last = &job->statements[job->count - 1];

    last->otherwise_for = sqlstate;
    last->otherwise = sql;
}

bool job_has_ended(const struct job *job)
{
    return job->state != JOB_WAITING && job->state != JOB_RUNNING;
}

void job_release(struct job *job)
{
    for (size_t i = 0; i < job->count; i++) {
        free(job->statements[i].sql);
        free(job->statements[i].purpose);
        free(job->statements[i].otherwise);
    }
    free(job->statements);
    free(job->label);
    free(job->database);
    results_release(&job->results);
    error_release(&job->error);
    *job = (struct job){0};
}

void job_release_all(struct job *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        job_release(&jobs[i]);
    free(jobs);
}

void job_queue_add(struct job_queue *queue, struct job *job)
{
    job->behind = NULL;
    if (queue->first == NULL)
        queue->first = job;
    else
        queue->last->behind = job;
    queue->last = job;
    if (queue->waiting++ == 0)
        queue->next = job;
}

struct job *job_queue_take(struct job_queue *queue, int64_t now_ms)
{
    struct job *job = queue->waiting > 0 ? queue->next : NULL;

    if (job == NULL)
        return NULL;
    queue->next = job->behind;
    queue->waiting--;
    job->state = JOB_RUNNING;
    job->started_ms = now_ms;
    return job;
}

void job_queue_remove(struct job_queue *queue, const struct job *job)
{
    struct job **at = &queue->first;

    queue->last = NULL;
    while (*at != NULL) {
        if (*at == job) {
            *at = job->behind;
            continue;
        }
        queue->last = *at;
        at = &(*at)->behind;
    }
}

void job_queue_skip(struct job_queue *queue)
{
    for (; queue->waiting > 0; queue->waiting--) {
        queue->next->state = JOB_SKIPPED;
        queue->next = queue->next->behind;
    }
}

bool job_queue_succeeded(const struct job_queue *queue, struct error *err)
{
    struct error all = {0};
    bool done = true;

    for (const struct job *job = queue->first; job != NULL; job = job->behind) {
        struct error one = {0};

        if (job->state == JOB_DONE || job->optional)
            continue;
        done = false;
        if (job->state != JOB_FAILED)
            continue;
        error_copy(&one, &job->error);
        error_append(&all, &one);
    }
    return error_is_set(&all) ? error_move(err, &all) : done;
}
