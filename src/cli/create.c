#include "pgclone/provision/create.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/memory.h"
#include "pgclone/cli/commands.h"
#include "pgclone/provision/delivery.h"
#include "pgclone/provision/guard.h"
#include "pgclone/provision/scope.h"
#include "pgclone/report/output.h"

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
    const char *format = invocation_value(invocation, OPTION_FORMAT);

    return format != NULL ? format : "text";
}

/* Local serial mode: the configured database as it is, and no server is asked. */
static bool create_serial(const struct invocation *invocation, const struct scope *scope,
                          struct output *output, struct error *err)
{
    struct delivery delivery OWNED(delivery_release) = {0};

    if (!guard_serial(scope, err))
        return false;
    delivery_of_serial(scope, &delivery);
    return create_write(&delivery.report, create_format(invocation), output, err);
}

static bool create_parallel(const struct invocation *invocation, struct scope *scope,
                            struct output *output, struct error *err)
{
    bool dry_run = invocation->given[OPTION_DRY_RUN];
    int64_t started_ms = clock_now_ms();
    struct session session OWNED(session_close) = {0};
    struct strbuf plan OWNED(strbuf_release) = {0};
    struct create_outcome outcome OWNED(create_outcome_release) = {0};
    struct delivery delivery OWNED(delivery_release) = {0};

    if (!scope_name_workers(scope, err) || !session_open(scope, LEASE_CREATE, &session, err) ||
        !create_databases(&session, dry_run ? &plan : NULL, &outcome, err))
        return false;
    if (dry_run)
        return output_write(output, &plan, err);
    delivery_of_create(scope, &outcome, clock_now_ms() - started_ms, &delivery);
    if (create_write(&delivery.report, create_format(invocation), output, err))
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

bool create_command_run(struct invocation *invocation, struct error *err)
{
    struct scope scope OWNED(scope_release) = {0};
    struct output output OWNED(output_release) = {0};

    if (!create_check(invocation, err) || !scope_resolve(&invocation->settings, &scope, err) ||
        !output_open(invocation_value(invocation, OPTION_OUTPUT), &output, err))
        return false;
    if (scope_is_serial(&invocation->settings))
        return create_serial(invocation, &scope, &output, err);
    return create_parallel(invocation, &scope, &output, err);
}
