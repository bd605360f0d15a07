#include "pgclone/postgres/job.h"

#include <stdlib.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"

void job_init(struct job *job, const char *label)
{
    *job = (struct job){.label = memory_copy_string(label)};
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

void job_release(struct job *job)
{
    for (size_t i = 0; i < job->count; i++) {
        free(job->statements[i].sql);
        free(job->statements[i].purpose);
        free(job->statements[i].otherwise);
    }
    free(job->statements);
    free(job->label);
    results_release(&job->results);
    error_release(&job->error);
    *job = (struct job){0};
}
