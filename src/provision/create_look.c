#include "pgclone/provision/create_parts.h"
#include "pgclone/provision/guard.h"

/* How long the locks of a process that was killed while it made them are waited for. */
static const int64_t maker_patience_ms = 3000;

/* How long a run that this process is in may take to regain its lease: it tries at once, and then
 * four times a second. On another server, where it never had one, a create takes that much longer.
 */
static const int64_t run_patience_ms = 500;

/* Whether another process is making one of these databases: it has the lock on the name, and what
 * bears the name, if anything does, is not yet its. */
static bool create_is_made_elsewhere(const struct scope *scope, const struct inventory *found)
{
    for (size_t i = 0; i < scope->worker_count; i++) {
        const struct inventory_database *database = inventory_find(found, scope->names[i]);

        if (!inventory_is_locked(found, i) && (database == NULL || !database->held))
            return true;
    }
    return false;
}

/* Whether the run that this process is in is not seen, as it may have lost its connection. */
static bool create_misses_run(const struct scope *scope, const struct inventory *found)
{
    return scope->enclosing != NULL && enclosing_run_on(scope->enclosing, found) == NULL;
}

/* Whether somebody has dropped a built template since it was found, or is about to. */
static bool create_misses_template(const struct create *create, const struct inventory *found)
{
    return scope_makes_template(create->session->scope) && !create->dry_run &&
           !(found->source.found && found->template_used);
}

static enum look_verdict create_judge(struct look *look, int64_t elapsed_ms, struct error *err)
{
    struct create *create = look->request.context;
    const struct scope *scope = create->session->scope;

    if (!create->dry_run && elapsed_ms < maker_patience_ms &&
        create_is_made_elsewhere(scope, &look->found))
        return LOOK_AGAIN;
    if (elapsed_ms < run_patience_ms && create_misses_run(scope, &look->found))
        return LOOK_AGAIN;
    create->template_is_gone = create_misses_template(create, &look->found);
    if (create->template_is_gone)
        return LOOK_IS_REFUSED;
    if (!guard_server(scope, &look->found, session_server_version(create->session), err) ||
        !guard_names(scope, &look->found, err))
        return LOOK_IS_REFUSED;
    return create->dry_run ? LOOK_IS_ENOUGH : template_wait_judge(&create->wait, look, err);
}

void create_begin_look(struct create *create)
{
    const struct scope *scope = create->session->scope;
    const struct settings *settings = scope->settings;
    const struct look_request request = {
        .catalog =
            {
                .names = scope->names,
                .name_count = scope->worker_count,
                .lock_names = true,
                .all_marked = true,
                .template_name = scope->template_name,
                .template_size = settings->strategy == STRATEGY_AUTO,
                .use_template = scope_makes_template(scope),
                .owner = settings->owner,
                .grant_to = settings->grant_to,
            },
        .prewarm = create->dry_run ? 0 : strategy_least_width(settings, scope->worker_count),
        .settle = !create->dry_run,
        .strategy = true,
        .judge = create_judge,
        .explain = template_wait_explain,
        .context = create,
    };

    create->phase = CREATE_LOOKS;
    look_begin(create->session, &request, &create->look);
}
