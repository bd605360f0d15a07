#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/cli/commands.h"
#include "pgclone/provision/guard.h"
#include "pgclone/provision/scope.h"
#include "pgclone/report/manifest.h"
#include "pgclone/report/output.h"

static char *url_worker(const struct invocation *invocation)
{
    const char *named = invocation_value(invocation, OPTION_WORKER);

    if (named == NULL && invocation->operands.count > 0)
        named = invocation->operands.items[0];
    if (named != NULL)
        return memory_copy_string(named);
    return runner_current_worker(invocation->settings.runner);
}

/* Serial mode has one worker: any other shows that tests run in parallel on one database (G2). */
static bool url_serial(const struct scope *scope, const char *worker, char **url, struct error *err)
{
    char *first OWNED(memory_free_string) = runner_worker_id(scope->settings->runner, 0);

    if (!guard_serial(scope, err))
        return false;
    if (strcmp(runner_worker_label(worker), runner_worker_label(first)) != 0) {
        error_set(err, ERROR_GUARD,
                  "creation is off, so the tests must run serially, but this is worker \"%s\"",
                  worker);
        return error_hint(err, "Run the tests with one worker, or let databases be created with "
                               "--create.");
    }
    *url = url_for_database(&scope->url, scope->configured, URL_PASSWORD_SHOWN);
    return true;
}

static bool url_find(const struct invocation *invocation, const char *worker, char **url,
                     struct error *err)
{
    const char *manifest = getenv("PGCLONE_MANIFEST");
    struct scope scope OWNED(scope_release) = {0};
    char *name OWNED(memory_free_string) = NULL;

    if (manifest != NULL && manifest[0] != '\0')
        return manifest_find_url(manifest, worker, url, err);
    if (!scope_resolve(&invocation->settings, &scope, err))
        return false;
    if (scope_is_serial(&invocation->settings))
        return url_serial(&scope, worker, url, err);
    if (!scope_name_of(&scope, worker, &name, err))
        return false;
    *url = url_for_database(&scope.url, name, URL_PASSWORD_SHOWN);
    return true;
}

bool url_command_run(struct invocation *invocation, struct error *err)
{
    char *worker OWNED(memory_free_string) = url_worker(invocation);
    char *url OWNED(memory_free_string) = NULL;
    struct strbuf line OWNED(strbuf_release) = {0};
    struct output output OWNED(output_release) = {0};

    if (!url_find(invocation, worker, &url, err) || !output_open(NULL, &output, err))
        return false;
    strbuf_printf(&line, "%s\n", url);
    return output_write(&output, &line, err);
}
