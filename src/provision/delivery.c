#include "pgclone/provision/delivery.h"

#include <stdlib.h>

#include "pgclone/base/memory.h"

static const char *delivery_url(const struct scope *scope, const char *name,
                                enum url_password password, struct strings *texts)
{
    char *url OWNED(memory_free_string) = url_for_database(&scope->url, name, password);

    strings_add(texts, url);
    return texts->items[texts->count - 1];
}

static void delivery_add(const struct scope *scope, const char *worker, const char *name,
                         enum report_status status, int64_t elapsed_ms, struct delivery *out)
{
    out->databases[out->report.count++] = (struct report_database){
        .worker = worker,
        .name = name,
        .url = delivery_url(scope, name, URL_PASSWORD_SHOWN, &out->texts),
        .masked_url = delivery_url(scope, name, URL_PASSWORD_MASKED, &out->texts),
        .status = status,
        .elapsed_ms = elapsed_ms,
    };
}

static void delivery_begin(const struct scope *scope, size_t count, struct delivery *out)
{
    *out = (struct delivery){.databases = memory_new(count, sizeof *out->databases)};
    url_add_secrets(&scope->url, &out->secrets);
    out->report = (struct report){
        .project = scope->project,
        .run_id = scope->settings->run_id,
        .databases = out->databases,
        .secrets = out->secrets,
    };
}

void delivery_of_create(const struct scope *scope, const struct create_outcome *outcome,
                        int64_t elapsed_ms, struct delivery *out)
{
    static const enum report_status statuses[] = {[CREATE_CREATED] = REPORT_CREATED,
                                                  [CREATE_REPLACED] = REPORT_REPLACED,
                                                  [CREATE_KEPT] = REPORT_KEPT};

    delivery_begin(scope, scope->worker_count, out);
    out->report.template_name = scope->template_name;
    out->report.strategy = outcome->strategy;
    out->report.server_version = outcome->server_version;
    out->report.elapsed_ms = elapsed_ms;
    for (size_t i = 0; i < scope->worker_count; i++)
        delivery_add(scope, scope->workers[i].id, scope->workers[i].name,
                     statuses[outcome->statuses[i]], outcome->elapsed_ms[i], out);
}

void delivery_of_serial(const struct scope *scope, struct delivery *out)
{
    char *worker OWNED(memory_free_string) = runner_worker_id(scope->settings->runner, 0);

    delivery_begin(scope, 1, out);
    strings_add(&out->texts, worker);
    delivery_add(scope, out->texts.items[0], scope->configured, REPORT_CONFIGURED, 0, out);
}

void delivery_release(struct delivery *delivery)
{
    free(delivery->databases);
    strings_release(&delivery->texts);
    strings_release(&delivery->secrets);
    *delivery = (struct delivery){0};
}
