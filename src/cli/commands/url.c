#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/cli/command.h"
#include "pgclone/cli/current_worker.h"
#include "pgclone/handout/ask.h"
#include "pgclone/provision/guard.h"
#include "pgclone/provision/scope.h"
#include "pgclone/report/manifest.h"
#include "pgclone/report/output.h"

/*
 * Guard G2: serial mode has one worker. What the runner tells its workers is known only here; the
 * settings say what a user wants.
 */
static bool url_check_alone(const struct runner *runner, const char *named, const char *worker,
                            struct error *err)
{
    char *first OWNED(memory_free_string) = runner_worker_id(runner, 0);
    const char *count = runner_worker_count(runner);
    struct strbuf reason OWNED(strbuf_release) = {0};

    if (strcmp(runner_worker_label(worker), runner_worker_label(first)) != 0) {
        if (named == NULL)
            strbuf_printf(&reason, "%s says that ", runner->variable);
        strbuf_printf(&reason, "this is worker \"%s\"", worker);
    } else if (count != NULL && strcmp(count, "1") != 0) {
        strbuf_printf(&reason, "%s says that there are %s workers", runner->count_variable, count);
    } else {
        return true;
    }
    error_set(err, ERROR_GUARD, "creation is off, so the tests must run serially, but %s",
              strbuf_text(&reason));
    return error_hint(err, "Run the tests with one worker, or let databases be created with "
                           "--create.");
}

static bool url_from_settings(struct invocation *invocation, const char *named, char **url,
                              struct error *err)
{
    const struct settings *settings = &invocation->settings;
    struct scope scope OWNED(scope_release) = {0};
    char *worker OWNED(memory_free_string) = NULL;
    char *name OWNED(memory_free_string) = NULL;

    if (!invocation_load_settings(invocation, err) || !scope_resolve(settings, &scope, err))
        return false;
    worker = named != NULL ? memory_copy_string(named) : runner_current_worker(settings->runner);
    if (scope_is_serial(settings)) {
        if (!guard_serial(&scope, err) || !url_check_alone(settings->runner, named, worker, err))
            return false;
        *url = url_for_database(&scope.url, scope.configured, URL_PASSWORD_SHOWN);
        return true;
    }
    if (!scope_name_of(&scope, worker, &name, err))
        return false;
    *url = url_for_database(&scope.url, name, URL_PASSWORD_SHOWN);
    return true;
}

/* The manifest has the URLs: all that can be missing is which worker this is. */
static bool url_from_manifest(struct invocation *invocation, const char *manifest,
                              const char *named, char **url, struct error *err)
{
    const struct settings *settings = &invocation->settings;
    struct settings whole OWNED(settings_release) = {0};
    struct error why OWNED(error_release) = {0};
    char *worker OWNED(memory_free_string) = NULL;

    if (!current_worker(invocation, &worker, err))
        return false;
    if (manifest_find_url(manifest, worker, url, err))
        return true;
    /* A file with a mistake in its form may name a runner all the same. */
    if (named == NULL && settings->origin[SETTING_RUNNER].kind == ORIGIN_DEFAULT &&
        err->hint == NULL &&
        !settings_load(invocation->flags, invocation->flag_count, SETTING_COUNT, &whole, &why))
        return error_hint(err, "No runner is set, or it is not seen because of mistakes:\n%s",
                          why.message);
    return false;
}

/* The run knows also the workers that came later, and waits for a database that is being made. */
static bool url_from_run(struct invocation *invocation, char **url, struct error *err)
{
    struct asked asked OWNED(asked_release) = {0};
    char *worker OWNED(memory_free_string) = NULL;

    if (!current_worker(invocation, &worker, err) || !ask_run("url", worker, &asked, err))
        return false;
    *url = memory_take_string(&asked.url);
    return true;
}

static bool url_run(struct invocation *invocation, struct error *err)
{
    const char *manifest = getenv("PGCLONE_MANIFEST");
    const char *named = current_worker_named(invocation);
    char *url OWNED(memory_free_string) = NULL;
    struct strbuf line OWNED(strbuf_release) = {0};
    bool found;

    if (ask_socket() != NULL)
        found = url_from_run(invocation, &url, err);
    else if (manifest != NULL && manifest[0] != '\0')
        found = url_from_manifest(invocation, manifest, named, &url, err);
    else
        found = url_from_settings(invocation, named, &url, err);
    if (!found)
        return false;
    strbuf_printf(&line, "%s\n", url);
    return output_print(&line, err);
}

static const struct command_option *const url_options[] = {&option_worker, NULL};

const struct command url_command = {
    .name = "url",
    .operands = "[WORKER]",
    .summary = "prints one worker's connection URL, nothing else",
    .description =
        "Prints the URL of the worker that this process belongs to, as the runner's variable\n"
        "says (PYTEST_XDIST_WORKER, JEST_WORKER_ID, …), or of the one that is named. Needs no\n"
        "server. Where PGCLONE_MANIFEST names a manifest, the URL is read from there, and no\n"
        "setting is needed but the runner: mistakes in the others do not matter.",
    .section = SECTION_DATABASES,
    .purposes = PURPOSE_PROJECT | PURPOSE_NAMES,
    .options = url_options,
    .max_operands = 1,
    .run = url_run,
};
