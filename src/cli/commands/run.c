#include <errno.h>
#include <stdint.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/spawn.h"
#include "pgclone/cli/command.h"
#include "pgclone/cli/run_ephemeral.h"
#include "pgclone/cli/run_manifest.h"
#include "pgclone/cli/worker_report.h"
#include "pgclone/provision/create.h"
#include "pgclone/provision/guard.h"
#include "pgclone/provision/run_watch.h"

static const struct command_option run_keep = {
    .flag = "keep", .help = "leave the databases, and say how to reach them"};
static const struct command_option run_keep_on_failure = {
    .flag = "keep-on-failure", .help = "the same when the command fails"};

/* Digits of a run id that is made up: 2^32 of them are enough to tell the runs on one server apart,
 * and short enough to leave room in names. */
static const int run_id_digits = 8;

static bool run_make_id(struct settings *settings, struct error *err)
{
    struct lease random;

    if (settings->run_id != NULL)
        return true;
    if (!lease_make(LEASE_RUN, &random, err))
        return false;
    random.text[run_id_digits] = '\0';
    settings->run_id = memory_copy_string(random.text);
    return true;
}

/* Runs the command to its end. The status is the command's, or why it could not be started. */
static bool run_child(const struct invocation *invocation, struct report *report,
                      struct session *session, int *status, struct error *err)
{
    struct temporary manifest OWNED(temporary_remove) = TEMPORARY_NONE;
    struct strings environment OWNED(strings_release) = {0};
    const struct spawn_options command = {
        .arguments = &invocation->operands, .additions = &environment, .foreground = true};
    pid_t pid;

    if (!run_manifest_write(report, &manifest, err))
        return false;
    report->manifest = manifest.path;
    report_environment(report, &environment);
    if (!spawn_start(&command, &pid, err)) {
        if (err->kind == ERROR_SYSTEM)
            *status = spawn_status_of_failure(errno);
        return false;
    }
    *status = run_watch(session, pid);
    return true;
}

static void run_say_kept(const struct scope *scope, const struct report *report)
{
    for (size_t i = 0; i < report->count; i++)
        log_message(LOG_NORMAL, "kept %s", report->databases[i].masked_url);
    log_message(LOG_NORMAL, "drop them with: pgclone drop --project \"%s\" --run-id \"%s\"",
                scope->project, scope->settings->run_id);
}

/* What becomes of the databases. Its failure is reported and is not the command's. */
static void run_finish(const struct invocation *invocation, struct session *session,
                       const struct report *report, bool failed)
{
    struct error err OWNED(error_release) = {0};
    bool always = invocation_has(invocation, &run_keep);
    bool keep = always || (failed && invocation_has(invocation, &run_keep_on_failure));

    if (invocation_has(invocation, &run_ephemeral_option))
        return; /* they go with their server */
    if (!keep && !run_watch_drop(session, &err)) {
        log_warning(&err);
    } else if (keep) {
        if (!always && !run_watch_keep(session, &err))
            log_warning(&err);
        run_say_kept(session->scope, report);
    }
}

static bool run_serial(struct invocation *invocation, const struct scope *scope, struct error *err)
{
    struct worker_report workers OWNED(worker_report_release) = {0};

    if (!guard_serial(scope, err))
        return false;
    worker_report_of_serial(scope, &workers);
    return run_child(invocation, &workers.report, NULL, &invocation->status, err);
}

static bool run_parallel(struct invocation *invocation, struct scope *scope, struct error *err)
{
    enum lease_kind kind = invocation_has(invocation, &run_keep) ? LEASE_CREATE : LEASE_RUN;
    int64_t started_ms = clock_now_ms();
    struct session session OWNED(session_close) = {0};
    struct create_outcome outcome OWNED(create_outcome_release) = {0};
    struct worker_report workers OWNED(worker_report_release) = {0};
    bool started;

    if (!scope_name_workers(scope, err) || !session_open(scope, kind, &session, err) ||
        !create_databases(&session, NULL, &outcome, err))
        return false;
    session_keep_first(&session);
    worker_report_of_create(scope, &outcome, clock_now_ms() - started_ms, &workers);
    started = run_child(invocation, &workers.report, &session, &invocation->status, err);
    run_finish(invocation, &session, &workers.report, !started || invocation->status != 0);
    return started;
}

static bool run_in_scope(struct invocation *invocation, struct error *err)
{
    struct scope scope OWNED(scope_release) = {0};

    if (!scope_resolve(&invocation->settings, &scope, err))
        return false;
    return scope_is_serial(&invocation->settings) ? run_serial(invocation, &scope, err)
                                                  : run_parallel(invocation, &scope, err);
}

static bool run_check(const struct invocation *invocation, struct error *err)
{
    if (invocation->operands.count == 0) {
        error_set(err, ERROR_USAGE, "there is no command to run");
        return error_hint(err, "Write it behind \"--\": pgclone run -- pytest -n 4");
    }
    if (invocation_has(invocation, &run_ephemeral_option) &&
        (invocation_has(invocation, &run_keep) || invocation_has(invocation, &run_keep_on_failure)))
        return error_set(err, ERROR_USAGE,
                         "an ephemeral server leaves nothing behind, so nothing can be kept of it");
    return run_ephemeral_check(invocation, err);
}

static bool run_run(struct invocation *invocation, struct error *err)
{
    struct ephemeral server OWNED(ephemeral_stop) = EPHEMERAL_NONE;

    return invocation_load_settings(invocation, err) && run_check(invocation, err) &&
           run_make_id(&invocation->settings, err) &&
           (!invocation_has(invocation, &run_ephemeral_option) ||
            run_ephemeral_start(invocation, &server, err)) &&
           run_in_scope(invocation, err);
}

static const struct command_option *const run_options[] = {
    &run_ephemeral_option, &run_ephemeral_sql,
    &run_ephemeral_bindir, &run_keep,
    &run_keep_on_failure,  NULL};

const struct command run_command = {
    .name = "run",
    .operands = "-- COMMAND [ARGUMENT]...",
    .summary = "creates, runs a command, drops; exits with the command's status",
    .description =
        "Makes the worker databases, runs the command with PGCLONE_URL_<ID>, PGCLONE_RUN_ID,\n"
        "PGCLONE_WORKERS and PGCLONE_MANIFEST in its environment, and drops them, however it\n"
        "ends. \"pgclone url\" in the command prints its worker's URL. Exits with 125 where\n"
        "pgclone itself failed, 126 and 127 where the command could not be started.\n"
        "With --ephemeral it needs no server: it starts one of its own from the installed\n"
        "PostgreSQL programs, on a private socket, and leaves nothing behind.",
    .section = SECTION_RUNS,
    .purposes = PURPOSE_ALL,
    .options = run_options,
    .max_operands = SIZE_MAX,
    .operand_kind = OPERANDS_PROGRAM,
    .failure_code = 125,
    .run = run_run,
};
