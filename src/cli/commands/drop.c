#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pgclone/base/log.h"
#include "pgclone/cli/age.h"
#include "pgclone/cli/command.h"
#include "pgclone/handout/ask.h"
#include "pgclone/provision/drop.h"
#include "pgclone/provision/scope.h"
#include "pgclone/report/output.h"

static const struct command_option drop_all = {.flag = "all",
                                               .help = "every database of the project"};
static const struct command_option drop_run_id = {
    .flag = "run-id", .argument = "ID", .help = "the project's databases of this run"};
static const struct command_option drop_name = {
    .flag = "name", .argument = "NAME", .help = "exactly this database (repeatable)"};
static const struct command_option drop_stale = {
    .flag = "stale", .help = "what dead runs of the project left behind"};
static const struct command_option drop_older_than = {
    .flag = "older-than",
    .argument = AGE_ARGUMENT,
    .help = "with --stale: what \"create\" made, too, from this age on (90s, 30m, 2h, 7d)"};
static const struct command_option drop_held = {.flag = "held",
                                                .help = "also what runs that are alive hold"};

static bool drop_check_selectors(const struct invocation *invocation, struct error *err)
{
    bool named = invocation_has(invocation, &drop_name);
    bool stale = invocation_has(invocation, &drop_stale);
    bool every_project = invocation_has(invocation, &option_every_project);
    bool wide = stale || invocation_has(invocation, &drop_all);
    bool any = wide || invocation_has(invocation, &drop_run_id) ||
               invocation_has(invocation, &option_worker);

    if (!any && !named) {
        error_set(err, ERROR_USAGE, "nothing says what to drop");
        return error_hint(err, "Give a selector: --all, --run-id ID, --worker ID, --name NAME or "
                               "--stale.");
    }
    if (named && (any || every_project)) {
        error_set(err, ERROR_USAGE, "--name goes with no other selector");
        return error_hint(err, "It drops exactly the databases it names.");
    }
    if (every_project && !wide) {
        error_set(err, ERROR_USAGE, "--every-project widens --all and --stale");
        return error_hint(err, "Add one of them.");
    }
    if (invocation_has(invocation, &drop_older_than) && !stale) {
        error_set(err, ERROR_USAGE, "--older-than goes with --stale");
        return error_hint(err, "Add --stale.");
    }
    return true;
}

/* Inside a run the copies that it has handed out are given back to it. Names that it does not know
 * are for the server: `rest` gets them. */
static bool drop_by_run(const struct strings *names, struct strbuf *lines, struct strings *rest,
                        struct error *err)
{
    for (size_t i = 0; i < names->count; i++) {
        struct asked asked OWNED(asked_release) = {0};
        struct error refused OWNED(error_release) = {0};

        if (ask_run("drop", names->items[i], &asked, &refused))
            strbuf_printf(lines, "dropped %s\n", names->items[i]);
        else if (refused.kind == ERROR_GUARD)
            strings_add(rest, names->items[i]);
        else
            return error_move(err, &refused);
    }
    return true;
}

static bool drop_run(struct invocation *invocation, struct error *err)
{
    struct selection selection = {
        .all = invocation_has(invocation, &drop_all),
        .every_project = invocation_has(invocation, &option_every_project),
        .stale = invocation_has(invocation, &drop_stale),
        .held = invocation_has(invocation, &drop_held),
        .now = time(NULL),
        .names = invocation_values(invocation, &drop_name),
        .run_ids = invocation_values(invocation, &drop_run_id),
        .workers = invocation_values(invocation, &option_worker),
    };
    bool dry_run = invocation_has(invocation, &option_dry_run);
    struct enclosing_run run OWNED(enclosing_run_release) = {0};
    struct scope scope OWNED(scope_release) = {0};
    struct strings rest OWNED(strings_release) = {0};
    struct strbuf lines OWNED(strbuf_release) = {0};
    bool done;

    if (!invocation_load_settings(invocation, err) || !drop_check_selectors(invocation, err) ||
        !age_read(invocation, &drop_older_than, &selection.older_than_s, err))
        return false;
    if (scope_is_serial(&invocation->settings)) {
        log_message(LOG_NORMAL, "creation is off (create_database: false): nothing to drop");
        return true;
    }
    if (ask_socket() != NULL && selection.names->count > 0 && !dry_run) {
        done = drop_by_run(selection.names, &lines, &rest, err);
        selection.names = &rest;
        if (!done || rest.count == 0)
            return output_print_done(&lines, done, err);
    }
    if (!enclosing_run_read(getenv(ENCLOSING_RUN_VARIABLE), &run, err) ||
        !scope_resolve(&invocation->settings, &scope, err))
        return false;
    selection.own_run = run.lease.key;
    done = drop_databases(&scope, &selection, dry_run, &lines, err);
    return output_print_done(&lines, done, err);
}

static const struct command_option *const drop_options[] = {
    &drop_all,        &drop_run_id,          &option_worker, &drop_name,      &drop_stale,
    &drop_older_than, &option_every_project, &drop_held,     &option_dry_run, NULL};

const struct command drop_command = {
    .name = "drop",
    .summary = "drops databases that pgclone made",
    .description =
        "Drops what the selectors say (--all, --run-id, --worker, --name, --stale; one at\n"
        "least), and only what carries pgclone's mark. Open sessions are ended. Prints a line\n"
        "for each: \"dropped NAME\" or \"kept NAME: reason\". Inside a run --name gives a copy "
        "back\n"
        "that the run has handed out.",
    .section = SECTION_DATABASES,
    .purposes = PURPOSE_PROJECT | PURPOSE_CONNECT | PURPOSE_WORK,
    .options = drop_options,
    .run = drop_run,
};
