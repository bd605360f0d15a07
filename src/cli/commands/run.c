#include <errno.h>
#include <signal.h>
#include <stdint.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/spawn.h"
#include "pgclone/cli/command.h"
#include "pgclone/cli/run_ephemeral.h"
#include "pgclone/cli/run_id.h"
#include "pgclone/cli/run_kept.h"
#include "pgclone/cli/run_manifest.h"
#include "pgclone/cli/worker_report.h"
#include "pgclone/handout/desk.h"
#include "pgclone/provision/create.h"
#include "pgclone/provision/guard.h"
#include "pgclone/provision/run_watch.h"

static const struct command_option run_keep = {
    .flag = "keep", .help = "leave the databases, and say how to reach them"};
static const struct command_option run_keep_on_failure = {
    .flag = "keep-on-failure", .help = "the same when the command fails"};

/* A run with databases of its own. */
struct run {
    struct session session;
    struct create create;
    struct desk desk;
    struct worker_report workers;
    pid_t command;
    bool making;          /* the databases are being made while the command runs */
    struct error failure; /* why they could not be made */
};

static void run_regained(const struct inventory *found, void *context)
{
    struct run *run = context;

    handout_check(&run->desk.handout, found);
}

/* ------------------------------------------------------------------- making beside the command */

/* A look of the watch in the middle of a create would end what that is at, as if it were done. */
static bool run_is_making(const void *context)
{
    const struct run *run = context;

    return run->making;
}

/* The session is a source of the loop already; here the create goes on whenever it has come to
 * rest. */
static void run_make_turn(void *context, const struct poll_set *set)
{
    struct run *run = context;
    struct create_outcome outcome OWNED(create_outcome_release) = {0};

    (void)set;
    if (!run->making || session_is_busy(&run->session))
        return;
    switch (create_step(&run->create, &run->failure)) {
    case STEP_WAITS:
        return;
    case STEP_DONE:
        create_report(&run->create, &outcome);
        session_keep_first(&run->session);
        handout_workers_ready(&run->desk.handout);
        break;
    case STEP_FAILED:
        (void)kill(run->command, SIGTERM);
        break;
    }
    run->making = false;
}

/* ------------------------------------------------------------------------------------ the command
 */

/* So that what a "pgclone create" in the command makes belongs to this run. */
static void run_add_lease(const struct run *run, struct strings *environment)
{
    char *variable OWNED(memory_free_string) = NULL;

    if (run == NULL)
        return;
    variable = enclosing_run_variable(&run->session.lease, run->session.scope->project);
    strings_add(environment, variable);
}

/* Runs the command to its end. The status is the command's, or why it could not be started. `run`
 * is NULL in serial mode. */
static bool run_child(struct invocation *invocation, struct report *report, struct run *run,
                      struct error *err)
{
    struct temporary manifest OWNED(temporary_remove) = TEMPORARY_NONE;
    struct strings environment OWNED(strings_release) = {0};
    const struct spawn_options command = {
        .arguments = &invocation->operands, .additions = &environment, .foreground = true};
    struct run_watch watch = {0};
    struct loop_source beside[2];

    if (run != NULL) {
        if (!desk_listen(&run->desk, err))
            return false;
        report->socket = run->desk.listener.path;
        /* In this order: who waits for a worker's database is answered in the turn that ends it. */
        beside[0] = (struct loop_source){.turn = run_make_turn, .context = run};
        beside[1] = desk_source(&run->desk);
        watch = (struct run_watch){.session = &run->session,
                                   .beside = beside,
                                   .beside_count = 2,
                                   .regained = run_regained,
                                   .is_in_use = run_is_making,
                                   .context = run};
    }
    if (!run_manifest_write(report, &manifest, err))
        return false;
    report->manifest = manifest.path;
    settings_environment(&invocation->settings, &environment);
    report_environment(report, &environment);
    run_add_lease(run, &environment);
    if (!spawn_start(&command, &watch.command, err)) {
        if (err->kind == ERROR_SYSTEM)
            invocation->status = spawn_status_of_failure(errno);
        return false;
    }
    if (run != NULL)
        run->command = watch.command;
    invocation->status = run_watch(&watch);
    return true;
}

/* What becomes of the databases. Its failure is reported and is not the command's. */
static void run_finish(const struct invocation *invocation, struct run *run, bool failed)
{
    struct error err OWNED(error_release) = {0};
    struct run_kept kept OWNED(run_kept_release) = {0};
    struct strings lines OWNED(strings_release) = {0};
    bool keep = invocation_has(invocation, &run_keep) ||
                (failed && invocation_has(invocation, &run_keep_on_failure));

    if (invocation_has(invocation, &run_ephemeral_option))
        return; /* they go with their server */
    if (!(keep ? run_watch_keep(&run->session, &kept, &err) : run_watch_drop(&run->session, &err)))
        log_warning(&err);
    if (keep)
        run_kept_lines(run->session.scope, &kept.databases, &run->workers.report, &lines);
    for (size_t i = 0; i < lines.count; i++)
        log_message(LOG_NORMAL, "%s", lines.items[i]);
}

static bool run_serial(struct invocation *invocation, const struct scope *scope, struct error *err)
{
    struct worker_report workers OWNED(worker_report_release) = {0};

    if (!guard_serial(scope, err))
        return false;
    worker_report_of_serial(scope, &workers);
    return run_child(invocation, &workers.report, NULL, err);
}

static void run_release(struct run *run)
{
    worker_report_release(&run->workers);
    create_release(&run->create);
    session_close(&run->session);
    error_release(&run->failure);
}

/* Makes the databases; with `overlap` only as far as they are certain to be ours. */
static bool run_make(struct run *run, bool overlap, struct error *err)
{
    enum step step = STEP_WAITS;

    create_begin(&run->session, false, &run->create);
    if (!overlap)
        return create_finish(&run->create, err);
    run->making = true;
    run->create.silent = true;
    while ((step = create_step(&run->create, err)) == STEP_WAITS && !create_is_making(&run->create))
        session_wait(&run->session);
    return step != STEP_FAILED;
}

/* The command has ended while databases were still being made: what is at work is stopped. */
static void run_stop_making(struct run *run)
{
    if (!run->making)
        return;
    run->making = false;
    session_abandon(&run->session);
}

static bool run_parallel(struct invocation *invocation, struct scope *scope, struct error *err)
{
    enum lease_kind kind = invocation_has(invocation, &run_keep) ? LEASE_CREATE : LEASE_RUN;
    int64_t started_ms = clock_now_ms();
    struct run run OWNED(run_release) = {0};
    struct create_outcome outcome OWNED(create_outcome_release) = {0};
    bool started;

    if (!scope_name_workers(scope, err) || !session_open(scope, kind, &run.session, err))
        return false;
    run.session.may_be_joined = true;
    if (!run_make(&run, invocation->settings.overlap, err))
        return false;
    create_report(&run.create, &outcome);
    if (!run.making)
        session_keep_first(&run.session);
    worker_report_of_create(scope, &outcome, clock_now_ms() - started_ms, &run.workers);
    desk_open(&run.session, &run.create.look.found, !run.making, &run.desk);
    started = run_child(invocation, &run.workers.report, &run, err);
    run_stop_making(&run);
    desk_close(&run.desk);
    if (error_is_set(&run.failure)) {
        invocation->status = 0; /* what counts is that pgclone failed */
        return error_move(err, &run.failure);
    }
    run_finish(invocation, &run, !started || invocation->status != 0);
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
           run_id_make(&invocation->settings, err) &&
           (!invocation_has(invocation, &run_ephemeral_option) ||
            run_ephemeral_start(invocation, &server, err)) &&
           run_in_scope(invocation, err);
}

static const struct command_option *const run_options[] = {&run_ephemeral_option,
                                                           &run_ephemeral_sql,
                                                           &run_ephemeral_bindir,
                                                           &run_ephemeral_tcp,
                                                           &run_keep,
                                                           &run_keep_on_failure,
                                                           NULL};

const struct command run_command = {
    .name = "run",
    .operands = "-- COMMAND [ARGUMENT]...",
    .summary = "creates, runs a command, drops; exits with the command's status",
    .description =
        "Makes the worker databases, runs the command with PGCLONE_URL_<ID>, PGCLONE_RUN_ID,\n"
        "PGCLONE_WORKERS and PGCLONE_MANIFEST in its environment, and drops them, however it\n"
        "ends. \"pgclone url\" in the command prints its worker's URL, \"pgclone reset\" makes\n"
        "its database pristine, and the socket that PGCLONE_SOCKET names hands out fresh copies\n"
        "(see \"pgclone serve --help\"). What a \"pgclone create\" in the command makes belongs "
        "to\n"
        "the run, and is dropped or kept with it. Exits with 125 where pgclone itself failed,\n"
        "126 and 127 where the command could not be started.\n"
        "With --ephemeral it needs no server: it starts one of its own from the installed\n"
        "PostgreSQL programs, on a private socket, and leaves nothing behind but what later runs\n"
        "start from: the template that --sql or \"build\" has made. With --tcp the URLs name\n"
        "127.0.0.1 and a password, for drivers that know no sockets.",
    .section = SECTION_RUNS,
    .purposes = PURPOSE_ALL,
    .options = run_options,
    .max_operands = SIZE_MAX,
    .operand_kind = OPERANDS_PROGRAM,
    .failure_code = 125,
    .run = run_run,
};
