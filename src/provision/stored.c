#include "pgclone/provision/stored.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/identity.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/postgres/sql.h"
#include "pgclone/provision/plan_mark.h"

/* From this version on the server is told to copy files, which leaves less to be kept. */
static const int strategy_version = 150000;

static void stored_job(const struct session *session, size_t number, struct job *out)
{
    const struct scope *scope = session->scope;
    struct strbuf name OWNED(strbuf_release) = {0};
    char *mark OWNED(memory_free_string) = NULL;
    struct sql_create create = {.template_name = scope->template_name};

    strbuf_printf(&name, IDENTITY_STORED_PREFIX "%s_%zu", session->lease.text, number);
    create.name = strbuf_text(&name);
    if (session_server_version(session) >= strategy_version)
        create.strategy = settings_strategy_name(STRATEGY_FILE_COPY);
    mark = plan_mark(scope, &session->lease, create.name, MARK_USE_STORED);
    job_init(out, create.name);
    job_add(out, sql_create_database(&create), NULL, "create database \"%s\"", create.name);
    job_add(out, sql_comment(create.name, mark), NULL, "mark database \"%s\"", create.name);
}

bool stored_make(struct session *session, size_t count, struct error *err)
{
    struct job *jobs = memory_new(count, sizeof *jobs);
    bool made;

    for (size_t i = 0; i < count; i++)
        stored_job(session, i, &jobs[i]);
    made = session_run(session, NULL, jobs, count, 1, err);
    job_release_all(jobs, count);
    return made;
}

static bool stored_may_be_taken(const struct inventory_database *database,
                                const struct scope *scope)
{
    return database->marked && database->mark.use == MARK_USE_STORED && !database->scratch &&
           !database->invalid && !database->held && database->mark.template_name != NULL &&
           strcmp(database->mark.template_name, scope->template_name) == 0;
}

const char *stored_find(const struct inventory *inventory, const struct scope *scope, size_t number)
{
    if (scope->template_name == NULL || scope->settings->owner != NULL)
        return NULL;
    for (size_t i = 0; i < inventory->database_count; i++)
        if (stored_may_be_taken(&inventory->databases[i], scope) && number-- == 0)
            return inventory->databases[i].name;
    return NULL;
}
