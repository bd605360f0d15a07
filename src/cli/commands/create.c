#include <stdlib.h>
#include <string.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/memory.h"
#include "pgclone/cli/command.h"
#include "pgclone/cli/worker_report.h"
#include "pgclone/handout/ask.h"
#include "pgclone/provision/create.h"
#include "pgclone/provision/guard.h"
#include "pgclone/provision/scope.h"
#include "pgclone/report/output.h"

static const char *const create_formats[] = {"text", "env", "json", "github", NULL};

static const struct command_option create_format_option = {.flag = "format",
                                                           .argument = "FORMAT",
                                                           .help = "how results are written",
                                                           .words = create_formats};

/* GitHub Actions reads variables from the file that GITHUB_ENV names, and commands from standard
 * output. */
static bool create_write_github(const struct report *report, struct output *output,
                                struct error *err)
{
    const char *path = getenv("GITHUB_ENV");
    struct strbuf variables OWNED(strbuf_release) = {0};
    struct strbuf commands OWNED(strbuf_release) = {0};

    report_github(report, &variables, &commands);
    return output_write(output, &commands, err) && output_append(path, &variables, err);
}

static bool create_write(const struct report *report, const char *format, struct output *output,
                         struct error *err)
{
    struct strbuf text OWNED(strbuf_release) = {0};

    if (strcmp(format, "github") == 0)
        return create_write_github(report, output, err);
    if (strcmp(format, "env") == 0)
        report_env(report, &text);
    else if (strcmp(format, "json") == 0)
        report_json(report, &text);
    else
        report_text(report, &text);
    return output_write(output, &text, err);
}

static const char *create_format(const struct invocation *invocation)
{
    const char *format = invocation_value(invocation, &create_format_option);

    return format != NULL ? format : "text";
}

/* Local serial mode: the configured database as it is, and no server is asked. */
static bool create_serial(const struct invocation *invocation, const struct scope *scope,
                          struct output *output, struct error *err)
{
    struct worker_report workers OWNED(worker_report_release) = {0};

    if (!guard_serial(scope, err))
        return false;
    worker_report_of_serial(scope, &workers);
    return create_write(&workers.report, create_format(invocation), output, err);
}

static bool create_parallel(const struct invocation *invocation, struct scope *scope,
                            struct output *output, struct error *err)
{
    bool dry_run = invocation_has(invocation, &option_dry_run);
    int64_t started_ms = clock_now_ms();
    struct session session OWNED(session_close) = {0};
    struct strbuf plan OWNED(strbuf_release) = {0};
    struct create_outcome outcome OWNED(create_outcome_release) = {0};
    struct worker_report workers OWNED(worker_report_release) = {0};

    if (!scope_name_workers(scope, err) || !session_open(scope, LEASE_CREATE, &session, err) ||
        !create_databases(&session, dry_run ? &plan : NULL, &outcome, err))
        return false;
    if (dry_run)
        return output_write(output, &plan, err);
    worker_report_of_create(scope, &outcome, clock_now_ms() - started_ms, &workers);
    if (create_write(&workers.report, create_format(invocation), output, err))
        return true;
    return error_hint(err, "The databases were made: \"pgclone list\" shows them, \"pgclone "
                           "drop\" drops them.");
}

/* Found out before anything is made: what would only fail when the work is done. */
static bool create_check(const struct invocation *invocation, struct error *err)
{
    if (strcmp(create_format(invocation), "github") != 0 || getenv("GITHUB_ENV") != NULL)
        return true;
    error_set(err, ERROR_USAGE, "--format: github needs the variable GITHUB_ENV");
    return error_hint(err, "GitHub Actions sets it; use another format elsewhere.");
}

/* Inside a run `create --name NAME` without any other setting is a request to the run. */
static const char *create_name_for_run(const struct invocation *invocation)
{
    const char *name = NULL;

    if (ask_socket() == NULL || invocation_has(invocation, &option_dry_run))
        return NULL;
    for (size_t i = 0; i < invocation->flag_count; i++) {
        if (invocation->flags[i].id != SETTING_NAME)
            return NULL;
        name = invocation->flags[i].value;
    }
    return name != NULL && strpbrk(name, "{}") == NULL ? name : NULL;
}

static bool create_by_run(const struct invocation *invocation, const char *name,
                          struct output *output, struct error *err)
{
    struct asked asked OWNED(asked_release) = {0};
    struct url url OWNED(url_release) = {0};
    char *masked OWNED(memory_free_string) = NULL;
    struct report_database database = {.worker = name, .status = "created"};
    struct report report = {.databases = &database, .count = 1, .copies = true};

    if (!ask_run("create", name, &asked, err) || !url_parse(asked.url, &url, err))
        return false;
    masked = url_for_database(&url, asked.name, URL_PASSWORD_MASKED);
    database.name = asked.name;
    database.url = asked.url;
    database.masked_url = masked;
    return create_write(&report, create_format(invocation), output, err);
}

static bool create_run(struct invocation *invocation, struct error *err)
{
    struct enclosing_run run OWNED(enclosing_run_release) = {0};
    struct scope scope OWNED(scope_release) = {0};
    struct output output OWNED(output_release) = {0};
    const char *name = create_name_for_run(invocation);

    if (name != NULL)
        return create_check(invocation, err) &&
               output_open(invocation_value(invocation, &option_output), &output, err) &&
               create_by_run(invocation, name, &output, err);
    if (!invocation_load_settings(invocation, err) || !create_check(invocation, err) ||
        !enclosing_run_read(getenv(ENCLOSING_RUN_VARIABLE), &run, err) ||
        !scope_resolve(&invocation->settings, &scope, err) ||
        !output_open(invocation_value(invocation, &option_output), &output, err))
        return false;
    if (scope_is_serial(&invocation->settings))
        return create_serial(invocation, &scope, &output, err);
    scope.enclosing = run.project != NULL ? &run : NULL;
    return create_parallel(invocation, &scope, &output, err);
}

static const struct command_option *const create_options[] = {&create_format_option, &option_output,
                                                              &option_dry_run, NULL};

const struct command create_command = {
    .name = "create",
    .summary = "makes the worker databases and prints them",
    .description =
        "Makes a database for every worker, all or none: clones of the template, or empty\n"
        "ones. Each is made under a scratch name, marked as pgclone's, granted, and only then\n"
        "renamed, so whatever bears a worker's name is complete. Empty databases are copies of\n"
        "template0: for what your site has put into template1, say --template template1. Inside a\n"
        "run what it makes belongs to the run, and is dropped or kept with it; \"create --name\n"
        "NAME\" without any other setting gets a copy of that name from the run.",
    .section = SECTION_DATABASES,
    .purposes = PURPOSE_PROJECT | PURPOSE_NAMES | PURPOSE_CONNECT | PURPOSE_WORK | PURPOSE_MAKE,
    .options = create_options,
    .run = create_run,
};
