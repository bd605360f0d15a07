#include "pgclone/provision/create_parts.h"

enum step create_run(struct create *create, struct job *jobs, size_t count, size_t width,
                     enum create_phase phase)
{
    static const char *const verbs[] = {[CREATE_MAKES] = "creating",
                                        [CREATE_PUBLISHES] = "publishing",
                                        [CREATE_WATCHES] = "preparing",
                                        [CREATE_DROPS_OLD] = "dropping replaced"};

    create->phase = phase;
    session_begin_jobs(create->session, create->silent ? NULL : verbs[phase], jobs, count, width);
    return STEP_WAITS;
}

enum step create_publish(struct create *create)
{
    struct plan *plan = &create->plan;
    /* Renaming takes less time than connecting. */
    size_t width = plan->replaces ? create->choice.drop_width : create->choice.create_width;

    return create_run(create, plan->publish, plan->count, width, CREATE_PUBLISHES);
}

enum step create_drop_old(struct create *create)
{
    struct plan *plan = &create->plan;

    if (plan->old_count > 0)
        return create_run(create, plan->old, plan->old_count, create->choice.drop_width,
                          CREATE_DROPS_OLD);
    create->phase = CREATE_IS_DONE;
    return STEP_DONE;
}

/* Nobody knows of the databases yet. */
enum step create_watch(struct create *create)
{
    struct plan *plan = &create->plan;

    if (plan->begin == NULL)
        return create_drop_old(create);
    return create_run(create, plan->begin, plan->count, create->choice.create_width,
                      CREATE_WATCHES);
}

/*
 * Our locks on the names keep every other pgclone away from what is to be replaced, but not other
 * programs. Making the new databases took its time: is what bears the names still ours?
 */
enum step create_check(struct create *create)
{
    const struct scope *scope = create->session->scope;
    const struct look_request request = {
        .catalog = {.names = scope->names, .name_count = scope->worker_count}};

    if (!create->plan.replaces)
        return create_publish(create);
    create->phase = CREATE_CHECKS;
    look_release(&create->second);
    look_begin(create->session, &request, &create->second);
    return look_step(&create->second, NULL);
}

/* A swept name is anybody's again; a run would keep its lock for as long as it lives. */
enum step create_unlock(struct create *create)
{
    const struct drop_work *swept = &create->swept;
    size_t count = create->second.request.catalog.name_count;

    if (count == 0)
        return create_check(create);
    create->phase = CREATE_UNLOCKS;
    session_begin_unlock(create->session, swept->names, count);
    return STEP_WAITS;
}
