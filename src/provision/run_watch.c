#include "pgclone/provision/run_watch.h"

#include <signal.h>
#include <unistd.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/log.h"
#include "pgclone/base/loop.h"
#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql.h"
#include "pgclone/provision/lease_watch.h"
#include "pgclone/provision/look.h"
#include "pgclone/provision/plan.h"
#include "pgclone/provision/take_back.h"

/* Between two tries to reach a server that was lost, at the end. */
static const int retry_pause_ms = 250;

/* How long a server may say nothing while the databases are dropped: a checkpoint on a slow disk
 * takes its time, and here nobody has asked for an end yet. */
static const int drop_patience_ms = 60000;

/* Marks are written a few at a time: each takes about half a millisecond. */
static const size_t keep_width = 4;

struct watch {
    const struct run_watch *run;
    bool ended;
    int status;
    struct lease_watch lease;
};

/* ------------------------------------------------------------------------------------- the signals
 */

/* The terminal's signals go to the whole process group, but for one: a terminal that is closed says
 * so to the session's leader alone (ssh -t, docker run -t). */
static bool watch_is_ours_alone(const struct interrupt_event *event)
{
    return event->from_process || (event->signal == SIGHUP && getsid(0) == getpid());
}

static void watch_pass_on(const struct interrupt_event *event, void *context)
{
    const struct watch *watch = context;

    if (!watch->ended && watch_is_ours_alone(event))
        (void)kill(watch->run->command, event->signal);
}

static void watch_command_ended(int status, void *context)
{
    struct watch *watch = context;

    watch->ended = true;
    watch->status = status;
}

static void watch_add_session(struct loop *loop, struct watch *watch)
{
    const struct run_watch *run = watch->run;
    struct loop_source session;
    struct loop_source lease;

    watch->lease = (struct lease_watch){
        .session = run->session,
        .hint = "The command goes on; the connection is tried again meanwhile, and dropping the "
                "databases when it has ended.",
        .regained = run->regained,
        .is_in_use = run->is_in_use,
        .context = run->context,
    };
    session = session_source(run->session);
    lease = lease_watch_source(&watch->lease);
    loop_add(loop, &session);
    loop_add(loop, &lease);
}

int run_watch(const struct run_watch *run)
{
    struct watch watch = {.run = run};
    struct loop loop OWNED(loop_release) = {.signal = watch_pass_on,
                                            .child = run->command,
                                            .child_ended = watch_command_ended,
                                            .context = &watch};

    if (run->session != NULL)
        watch_add_session(&loop, &watch);
    for (size_t i = 0; i < run->beside_count; i++)
        loop_add(&loop, &run->beside[i]);
    while (!watch.ended)
        loop_turn(&loop);
    if (run->session != NULL)
        lease_watch_end(&watch.lease);
    interrupt_recount(); /* what came so far was meant for the command */
    return watch.status;
}

/* ----------------------------------------------------------------------------------------- the end
 */

/* Whether a server that was lost may be tried again, after a pause. */
static bool watch_may_retry(const struct error *err, int64_t until_ms)
{
    if (err->kind != ERROR_CONNECTION || clock_now_ms() >= until_ms)
        return false;
    clock_sleep_ms(retry_pause_ms);
    return true;
}

static int64_t watch_patience_ends_ms(const struct session *session)
{
    return clock_now_ms() + (int64_t)session->scope->settings->wait_s * 1000;
}

bool run_watch_drop(struct session *session, struct error *err)
{
    int64_t until_ms = watch_patience_ends_ms(session);

    while (!take_back_all(session, drop_patience_ms, err))
        if (!watch_may_retry(err, until_ms)) {
            error_prefix(err, "could not drop the databases of this run: ");
            return error_hint(err, "The next run of this project removes them, or \"pgclone drop "
                                   "--all\".");
        }
    error_release(err);
    return true;
}

/* The marks that were found, but for the lease; what was made inside the run is then like the rest.
 */
static bool watch_mark_kept(struct session *session, const struct selected_list *kept,
                            struct error *err)
{
    struct job *jobs = memory_new(kept->count, sizeof *jobs);
    struct lease lease;
    bool done;

    lease_outlive(&session->lease, &lease);
    for (size_t i = 0; i < kept->count; i++) {
        const struct inventory_database *database = kept->items[i].database;
        struct mark changed = database->mark;
        char *mark OWNED(memory_free_string) = NULL;

        changed.lease = lease.text;
        mark = mark_format(&changed);
        job_init(&jobs[i], database->name);
        plan_add_wait_for_disk(&jobs[i]);
        job_add(&jobs[i], sql_comment(database->name, mark), NULL, "mark database \"%s\"",
                database->name);
    }
    done = session_run(session, "keeping", jobs, kept->count, keep_width, err);
    job_release_all(jobs, kept->count);
    return done;
}

bool run_watch_keep(struct session *session, struct run_kept *out, struct error *err)
{
    int64_t until_ms = watch_patience_ends_ms(session);
    struct error marking = {0};
    bool done;

    while (
        !(done = take_back_copies(session, drop_patience_ms, &out->found, &out->databases, err)) &&
        out->databases.items == NULL)
        if (!watch_may_retry(err, until_ms))
            return error_prefix(err, "could not find the databases of this run: ");
    if (done)
        error_release(err);
    else
        error_prefix(err, "could not drop the copies that were handed out: ");
    if (!lease_is_of_run(session->lease.text) || out->databases.count == 0 ||
        watch_mark_kept(session, &out->databases, &marking))
        return done;
    return error_append(err, &marking);
}

void run_kept_release(struct run_kept *kept)
{
    selected_list_release(&kept->databases);
    inventory_release(&kept->found);
}
