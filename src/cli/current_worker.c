#include "pgclone/cli/current_worker.h"

#include "pgclone/base/memory.h"

const char *current_worker_named(const struct invocation *invocation)
{
    const char *named = invocation_value(invocation, &option_worker);
    const struct strings *operands = &invocation->operands;

    return named == NULL && operands->count > 0 ? operands->items[0] : named;
}

bool current_worker(struct invocation *invocation, char **out, struct error *err)
{
    const char *named = current_worker_named(invocation);

    if (named == NULL && !settings_load(invocation->flags, invocation->flag_count, SETTING_RUNNER,
                                        &invocation->settings, err))
        return false;
    *out = named != NULL ? memory_copy_string(named)
                         : runner_current_worker(invocation->settings.runner);
    return true;
}
