#include "pgclone/provision/plan_losses.h"

#include <string.h>

#include "pgclone/base/strbuf.h"
#include "pgclone/postgres/sql.h"
#include "pgclone/postgres/sqlstate.h"

/* The server refuses a setting that only a superuser may make, or one for a role that is not ours.
 */
static const char insufficient_privilege[] = SQLSTATE_INSUFFICIENT_PRIVILEGE;

static void plan_add_settings(const struct results *results, const char *scratch, struct job *job)
{
    for (int row = 0; row < results_rows(results, LOOK_SETTINGS); row++) {
        const char *setting = results_text(results, LOOK_SETTINGS, row, "setting");
        const char *role = results_text(results, LOOK_SETTINGS, row, "role");
        size_t length = strcspn(setting, "=");
        struct strbuf variable OWNED(strbuf_release) = {0};

        if (setting[length] == '\0')
            continue;
        strbuf_add_bytes(&variable, setting, length);
        job_add(job, sql_set(scratch, role, variable.data, setting + length + 1),
                insufficient_privilege, "copy the template's setting \"%s\"%s%s%s", variable.data,
                role != NULL ? " of role \"" : "", role != NULL ? role : "",
                role != NULL ? "\"" : "");
    }
}

/* A template without grants of its own has the built-in ones, which a new database gets anyway.
 * The owner of the new one has everything already. */
static void plan_add_grants(const struct inventory *inventory, const char *scratch,
                            const char *owner, struct job *job)
{
    const struct results *results = &inventory->results;

    if (!inventory->source.has_grants)
        return;
    job_add(job, sql_revoke_public(scratch), NULL, "copy the template's grants");
    for (int row = 0; row < results_rows(results, LOOK_GRANTS); row++) {
        const char *role = results_text(results, LOOK_GRANTS, row, "role");
        const char *privilege = results_text(results, LOOK_GRANTS, row, "privilege");
        bool grantable = results_bool(results, LOOK_GRANTS, row, "grantable");

        if (role == NULL || strcmp(role, owner) != 0)
            job_add(job, sql_grant(scratch, privilege, role, grantable), NULL,
                    "copy the template's grants");
    }
}

void plan_add_losses(const struct inventory *inventory, const char *scratch, const char *owner,
                     struct job *job)
{
    const struct inventory_template *source = &inventory->source;

    plan_add_settings(&inventory->results, scratch, job);
    plan_add_grants(inventory, scratch, owner, job);
    if (source->found && source->connection_limit >= 0)
        job_add(job, sql_connection_limit(scratch, source->connection_limit), NULL,
                "copy the template's connection limit");
}
