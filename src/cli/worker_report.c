#include "pgclone/cli/worker_report.h"

#include <stdlib.h>

#include "pgclone/base/memory.h"

static const char *worker_report_url(const struct scope *scope, const char *name,
                                     enum url_password password, struct strings *texts)
{
    char *url OWNED(memory_free_string) = url_for_database(&scope->url, name, password);

    strings_add(texts, url);
    return texts->items[texts->count - 1];
}

static void worker_report_add(const struct scope *scope, const char *worker, const char *name,
                              const char *status, int64_t elapsed_ms, struct worker_report *out)
{
    out->databases[out->report.count++] = (struct report_database){
        .worker = worker,
        .name = name,
        .url = worker_report_url(scope, name, URL_PASSWORD_SHOWN, &out->texts),
        .masked_url = worker_report_url(scope, name, URL_PASSWORD_MASKED, &out->texts),
        .status = status,
        .elapsed_ms = elapsed_ms,
    };
}

static void worker_report_begin(const struct scope *scope, size_t count, struct worker_report *out)
{
    *out = (struct worker_report){.databases = memory_new(count, sizeof *out->databases)};
    out->report = (struct report){
        .project = scope->project,
        .run_id = scope->settings->run_id,
        .databases = out->databases,
    };
    url_add_secrets(&scope->url, &out->report.secrets);
}

void worker_report_of_create(const struct scope *scope, const struct create_outcome *outcome,
                             int64_t elapsed_ms, struct worker_report *out)
{
    static const char *const statuses[] = {
        [CREATE_CREATED] = "created", [CREATE_REPLACED] = "replaced", [CREATE_KEPT] = "kept"};

    worker_report_begin(scope, scope->worker_count, out);
    out->report.template_name = scope_source(scope);
    out->report.strategy = outcome->strategy;
    out->report.server_version = outcome->server_version;
    out->report.elapsed_ms = elapsed_ms;
    for (size_t i = 0; i < scope->worker_count; i++)
        worker_report_add(scope, scope->workers[i].id, scope->workers[i].name,
                          statuses[outcome->statuses[i]], outcome->elapsed_ms[i], out);
}

void worker_report_of_serial(const struct scope *scope, struct worker_report *out)
{
    char *worker OWNED(memory_free_string) = runner_worker_id(scope->settings->runner, 0);

    worker_report_begin(scope, 1, out);
    strings_add(&out->texts, worker);
    worker_report_add(scope, out->texts.items[0], scope->configured, "configured", 0, out);
}

void worker_report_release(struct worker_report *workers)
{
    free(workers->databases);
    strings_release(&workers->texts);
    strings_release(&workers->report.secrets);
    *workers = (struct worker_report){0};
}
