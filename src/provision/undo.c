#include "pgclone/provision/undo.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql_undo.h"
#include "pgclone/provision/guard.h"
#include "pgclone/provision/look.h"
#include "pgclone/provision/plan.h"

/* Undoing takes the server's time, not the disk's: more at once gain nothing. */
static const size_t undo_width = 8;

void undo_begin(const char *database, struct job *out)
{
    job_init(out, database);
    job_in(out, database);
    job_add(out, memory_copy_string(sql_undo_begin), NULL, "begin to watch \"%s\"", database);
    out->collect = true;
    out->optional = true;
}

static void undo_add(struct job *job)
{
    job_add(job, memory_copy_string(sql_undo), NULL, "undo the changes in \"%s\"", job->label);
    job->collect = true;
    job->optional = true;
    job->quiet = true;
}

void undo_job(const char *database, struct job *out)
{
    job_init(out, database);
    job_in(out, database);
    undo_add(out);
}

void undo_again(const char *database, const struct undo_result *prepared, struct job *out)
{
    char *lines OWNED(memory_free_string) = memory_copy_string(prepared->detail);
    char *rest = lines;

    job_init(out, database);
    job_in(out, database);
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n"))
        job_add(out, memory_copy_string(line), NULL, "roll back what was prepared in \"%s\"",
                database);
    undo_add(out);
}

void undo_vacuum(const char *database, struct job *out)
{
    job_init(out, database);
    job_in(out, database);
    job_add(out, memory_copy_string(sql_undo_vacuum), NULL, "vacuum the notes of \"%s\"", database);
    out->optional = true;
    out->quiet = true;
}

static char *undo_text(const struct job *job, const char *column)
{
    const char *text = results_text(&job->results, 0, 0, column);

    return text != NULL ? memory_copy_string(text) : NULL;
}

void undo_read(const struct job *job, struct undo_result *out)
{
    const char *outcome =
        job->state == JOB_DONE ? results_text(&job->results, 0, 0, "outcome") : NULL;

    *out = (struct undo_result){.outcome = UNDO_REFUSED};
    if (outcome == NULL) {
        out->reason = memory_copy_string("the undo failed");
        if (job->error.message != NULL)
            out->detail = memory_copy_string(job->error.message);
        return;
    }
    if (strcmp(outcome, "undone") == 0)
        out->outcome = UNDO_DONE;
    else if (strcmp(outcome, "prepared") == 0)
        out->outcome = UNDO_PREPARED;
    out->vacuum = results_bool(&job->results, 0, 0, "vacuum");
    out->reason = undo_text(job, "reason");
    out->detail = undo_text(job, "detail");
}

void undo_result_release(struct undo_result *result)
{
    free(result->reason);
    free(result->detail);
    *result = (struct undo_result){0};
}

const char *undo_reason(const struct undo_result *result)
{
    return result->reason != NULL ? result->reason : "prepared transactions";
}

void undo_say(const char *database, const struct undo_result *result)
{
    if (result->outcome == UNDO_DONE)
        log_message(LOG_VERBOSE, "undid the changes in database \"%s\"", database);
    else
        log_message(LOG_VERBOSE, "the changes in database \"%s\" cannot be undone: %s%s%s%s",
                    database, undo_reason(result), result->detail != NULL ? " (" : "",
                    result->detail != NULL ? result->detail : "",
                    result->detail != NULL ? ")" : "");
}

/* ------------------------------------------------------------------------------ several at once */

/* What is reported is there after a crash of the server. */
static void undo_durable_job(const char *database, struct job *out)
{
    job_init(out, database);
    job_in(out, database);
    plan_add_wait_for_disk(out);
    undo_add(out);
}

/* Whether what bears a worker's name is a copy of the present template, which notes its changes. */
static bool undo_may(const struct session *session, const struct inventory_database *database)
{
    return database != NULL && database->marked && !database->invalid &&
           database->mark.template_name != NULL &&
           strcmp(database->mark.template_name, session->scope->template_name) == 0;
}

/* What is rolled back may be prepared anew by whoever comes in between. */
static bool undo_prepared(struct session *session, const char *database, struct undo_result *result,
                          struct error *err)
{
    for (int round = 0; round < UNDO_MOST_ROUNDS && result->outcome == UNDO_PREPARED; round++) {
        struct job job;

        undo_again(database, result, &job);
        if (!session_run(session, NULL, &job, 1, 1, err)) {
            job_release(&job);
            return false;
        }
        undo_result_release(result);
        undo_read(&job, result);
        job_release(&job);
    }
    return true;
}

static bool undo_run(struct session *session, struct job *jobs, size_t count, const size_t *workers,
                     bool *undone, struct error *err)
{
    if (!session_run(session, NULL, jobs, count, undo_width, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct undo_result result OWNED(undo_result_release) = {0};

        undo_read(&jobs[i], &result);
        if (!undo_prepared(session, jobs[i].label, &result, err))
            return false;
        undone[workers[i]] = result.outcome == UNDO_DONE;
        undo_say(jobs[i].label, &result);
    }
    return true;
}

static enum look_verdict undo_judge(struct look *look, int64_t elapsed_ms, struct error *err)
{
    (void)elapsed_ms;
    return guard_names(look->session->scope, &look->found, err) ? LOOK_IS_ENOUGH : LOOK_IS_REFUSED;
}

bool undo_workers(struct session *session, bool *undone, struct error *err)
{
    const struct scope *scope = session->scope;
    const struct look_request request = {.catalog = {.names = scope->names,
                                                     .name_count = scope->worker_count,
                                                     .lock_names = true,
                                                     .all_marked = true},
                                         .settle = true,
                                         .judge = undo_judge};
    struct inventory found OWNED(inventory_release) = {0};
    struct job *jobs = memory_new(scope->worker_count, sizeof *jobs);
    size_t *workers = memory_new(scope->worker_count, sizeof *workers);
    size_t count = 0;
    bool done = look_take(session, &request, &found, err);

    for (size_t i = 0; done && i < scope->worker_count; i++) {
        if (!undo_may(session, inventory_find(&found, scope->names[i])))
            continue;
        undo_durable_job(scope->names[i], &jobs[count]);
        workers[count++] = i;
    }
    done = done && (count == 0 || undo_run(session, jobs, count, workers, undone, err));
    job_release_all(jobs, count);
    free(workers);
    return done;
}
