#include <stdlib.h>
#include <unistd.h>

#include "pgclone/base/interrupt.h"
#include "pgclone/base/log.h"
#include "pgclone/base/loop.h"
#include "pgclone/base/memory.h"
#include "pgclone/cli/command.h"
#include "pgclone/cli/run_id.h"
#include "pgclone/handout/desk.h"
#include "pgclone/provision/create.h"
#include "pgclone/provision/enclosing_run.h"
#include "pgclone/provision/lease_watch.h"
#include "pgclone/provision/run_watch.h"
#include "pgclone/provision/scope.h"

/* The first signal ends the service as the end of standard input does. */
static void serve_end(const struct interrupt_event *event, void *context)
{
    (void)event;
    *(bool *)context = true;
}

static void serve_regained(const struct inventory *found, void *context)
{
    struct desk *desk = context;

    handout_check(&desk->handout, found);
}

/* Hands out copies until standard input ends. */
static bool serve_clients(struct session *session, const struct inventory *found, struct error *err)
{
    struct desk desk OWNED(desk_close);
    struct lease_watch lease = {
        .session = session,
        .hint = "The connection is tried again; what is asked for meanwhile fails.",
        .regained = serve_regained,
        .context = &desk,
    };
    bool ended = false;
    struct loop loop OWNED(loop_release) = {.signal = serve_end, .context = &ended};
    struct loop_source sources[3] = {session_source(session), lease_watch_source(&lease)};

    desk_open(session, found, false, &desk);
    desk_add_client(&desk, dup(STDIN_FILENO), dup(STDOUT_FILENO));
    sources[2] = desk_source(&desk);
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
        loop_add(&loop, &sources[i]);
    while (desk.clients != NULL && !ended)
        loop_turn(&loop);
    lease_watch_end(&lease);
    return !ended || interrupt_error(err);
}

static bool serve_in_scope(const struct scope *scope, struct error *err)
{
    struct session session OWNED(session_close) = {0};
    struct create create OWNED(create_release) = {0};
    struct error failure OWNED(error_release) = {0};
    bool served;

    if (!session_open(scope, LEASE_RUN, &session, err))
        return false;
    create_begin(&session, false, &create);
    if (!create_finish(&create, err))
        return false;
    session_keep_first(&session);
    served = serve_clients(&session, &create.look.found, err);
    if (!run_watch_drop(&session, &failure))
        log_warning(&failure);
    return served;
}

/* Inside of a run the id in the environment is the run's, and names with it are those of the run's
 * copies. So each `serve` in it makes up an id of its own. */
static void serve_leave_id(struct settings *settings)
{
    const char *lease = getenv(ENCLOSING_RUN_VARIABLE);

    if (lease == NULL || lease[0] == '\0' ||
        settings->origin[SETTING_RUN_ID].kind != ORIGIN_ENVIRONMENT)
        return;
    memory_free_string(&settings->run_id);
    memory_free_string(&settings->given[SETTING_RUN_ID]);
}

static bool serve_run(struct invocation *invocation, struct error *err)
{
    struct scope scope OWNED(scope_release) = {0};

    if (!invocation_load_settings(invocation, err))
        return false;
    serve_leave_id(&invocation->settings);
    if (!run_id_make(&invocation->settings, err) ||
        !scope_resolve(&invocation->settings, &scope, err))
        return false;
    if (scope_is_serial(&invocation->settings)) {
        error_set(err, ERROR_USAGE,
                  "creation is off (create_database: false): nothing can be "
                  "handed out");
        return error_hint(err, "Let databases be created with --create.");
    }
    return serve_in_scope(&scope, err);
}

const struct command serve_command = {
    .name = "serve",
    .summary = "hands out fresh copies over standard input and output",
    .description =
        "Reads requests from standard input, a line each, and answers each with a line of JSON on\n"
        "standard output: for a test framework that keeps it as a co-process. The requests are\n"
        "take [NAME], create NAME, drop NAME, reset WORKER, reset NAME, url WORKER and status.\n"
        "At the end of standard input everything that was handed out is dropped. \"run\" answers\n"
        "the same requests on the socket that PGCLONE_SOCKET names.",
    .section = SECTION_RUNS,
    .purposes = PURPOSE_ALL & ~PURPOSE_RUN,
    .run = serve_run,
};
