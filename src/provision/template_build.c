#include "pgclone/provision/template_build.h"

#include <inttypes.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/identity.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql.h"
#include "pgclone/postgres/url_environment.h"
#include "pgclone/provision/plan_mark.h"
#include "pgclone/provision/template_make.h"
#include "pgclone/template/recipe.h"

/* What a build needs to fill a database. */
struct building {
    const struct template_facts *facts;
    const char *mark;
};

static bool build_begin(struct session *session, const char *scratch, const char *mark,
                        struct error *err)
{
    const char *name = session->scope->built->name;
    const struct sql_create create = {.name = scratch, .template_name = IDENTITY_EMPTY_DATABASE};
    struct job job;

    job_init(&job, name);
    job_add(&job, sql_create_database(&create), NULL, "create a database for the template \"%s\"",
            name);
    job_add(&job, sql_comment(scratch, mark), NULL, "mark the template \"%s\"", name);
    return template_make_job(session, &job, err);
}

static bool build_run(const struct scope *scope, const char *scratch, const char *role,
                      struct error *err)
{
    struct strings environment OWNED(strings_release) = {0};
    struct strbuf self OWNED(strbuf_release) = {0};
    const struct recipe recipe = {.build = scope->built->build,
                                  .name = scope->built->name,
                                  .folder = scope->built->folder,
                                  .environment = &environment,
                                  .without = URL_ENVIRONMENT_WITHOUT};

    url_environment(&scope->url, scratch, role, &environment);
    strbuf_printf(&self, TEMPLATE_BUILDING_VARIABLE "=%s", scope->built->name);
    strings_add(&environment, strbuf_text(&self));
    if (recipe_run(&recipe, err))
        return true;
    if (err == NULL || err->kind == ERROR_INTERRUPTED)
        return false;
    return error_prefix(err, "could not build the template \"%s\": ", scope->built->name);
}

static bool build_fill(struct session *session, const char *scratch, void *context, bool *changed,
                       struct error *err)
{
    const struct building *building = context;
    const struct scope *scope = session->scope;

    return build_begin(session, scratch, building->mark, err) &&
           build_run(scope, scratch, building->facts->role, err) &&
           template_facts_reread(building->facts, scope, changed, err);
}

bool template_build(struct session *session, const struct template_facts *facts,
                    const struct inventory *found, bool *changed, struct error *err)
{
    int64_t began_ms = clock_now_ms();
    char *mark OWNED(memory_free_string) =
        plan_template_mark(session->scope, &session->lease, &facts->fingerprint);
    struct building building = {.facts = facts, .mark = mark};
    const struct template_making making = {.name = session->scope->built->name,
                                           .mark = mark,
                                           .fill = build_fill,
                                           .context = &building};

    if (!template_make(session, &making, found, changed, err))
        return false;
    if (!*changed)
        log_message(LOG_VERBOSE, "built template \"%s\" (%" PRId64 " ms)", making.name,
                    clock_now_ms() - began_ms);
    return true;
}
