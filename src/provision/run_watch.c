#include "pgclone/provision/run_watch.h"

#include <signal.h>
#include <unistd.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/log.h"
#include "pgclone/base/loop.h"
#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql.h"
#include "pgclone/provision/look.h"
#include "pgclone/provision/plan.h"
#include "pgclone/provision/take_back.h"

/* Between two tries to reach a server that was lost. */
static const int retry_pause_ms = 250;

/* How long a server may say nothing while the databases are dropped: a checkpoint on a slow disk
 * takes its time, and here nobody has asked for an end yet. */
static const int drop_patience_ms = 60000;

/* The same while the lease of a run is taken again whose command goes on. */
static const int64_t regain_patience_ms = 10000;

/* Marks are written a few at a time: each takes about half a millisecond. */
static const size_t keep_width = 4;

/* The lease of a run: with the connection it is gone, and anybody may take the databases for a dead
 * run's. So a connection that was lost is tried again, at once and then after a pause each. */
enum lease_state {
    LEASE_IS_HELD,
    LEASE_IS_LOST,
    LEASE_IS_TAKEN, /* a look is under way that takes the lease and the locks on names again */
};

struct watch {
    const struct run_watch *run;
    bool ended;
    int status;
    enum lease_state lease;
    int64_t due_ms; /* the next try, or the end of the one under way */
    struct look look;
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

/* --------------------------------------------------------------------------------------- the lease
 */

static void watch_begin_try(struct watch *watch)
{
    const struct scope *scope = watch->run->session->scope;
    const struct look_request request = {.catalog = {.names = scope->names,
                                                     .name_count = scope->worker_count,
                                                     .lock_names = true,
                                                     .all_marked = true}};

    watch->lease = LEASE_IS_TAKEN;
    watch->due_ms = clock_now_ms() + regain_patience_ms;
    /* The command may end at any moment: no waiting here for a server that starts. */
    session_set_wait(watch->run->session, 0);
    look_begin(watch->run->session, &request, &watch->look);
    (void)look_step(&watch->look, NULL);
}

static void watch_forget_try(struct watch *watch)
{
    const struct session *session = watch->run->session;

    session_set_wait(watch->run->session, (int64_t)session->scope->settings->wait_s * 1000);
    look_release(&watch->look);
}

static void watch_go_on_trying(struct watch *watch)
{
    enum step step;

    if (clock_now_ms() >= watch->due_ms)
        session_abandon(watch->run->session);
    if (session_is_busy(watch->run->session))
        return;
    step = look_step(&watch->look, NULL);
    if (step == STEP_WAITS)
        return;
    watch->lease = step == STEP_DONE ? LEASE_IS_HELD : LEASE_IS_LOST;
    watch->due_ms = clock_now_ms() + retry_pause_ms;
    if (step == STEP_DONE)
        log_message(LOG_NORMAL, "the connection to the server is back");
    if (step == STEP_DONE && watch->run->regained != NULL)
        watch->run->regained(&watch->look.found, watch->run->context);
    watch_forget_try(watch);
}

static bool watch_has_lost_lease(const struct watch *watch)
{
    const struct run_watch *run = watch->run;

    return session_is_lost(run->session) &&
           (run->is_in_use == NULL || !run->is_in_use(run->context));
}

static void watch_look_after_lease(struct watch *watch)
{
    struct error lost OWNED(error_release) = {0};

    if (!watch_has_lost_lease(watch))
        return;
    watch->lease = LEASE_IS_LOST;
    watch->due_ms = clock_now_ms();
    if (!session_take_loss(watch->run->session, &lost))
        return;
    error_hint(&lost, "The command goes on; the connection is tried again meanwhile, and dropping "
                      "the databases when it has ended.");
    log_warning(&lost);
}

static void watch_prepare(void *context, struct poll_set *set)
{
    const struct watch *watch = context;

    if (watch->lease != LEASE_IS_HELD)
        poll_set_until(set, watch->due_ms);
    else if (watch_has_lost_lease(watch))
        poll_set_until(set, 0); /* there is no connection that could tell of its end */
}

static void watch_turn(void *context, const struct poll_set *set)
{
    struct watch *watch = context;

    (void)set;
    if (watch->lease == LEASE_IS_HELD)
        watch_look_after_lease(watch);
    if (watch->lease == LEASE_IS_TAKEN)
        watch_go_on_trying(watch);
    else if (watch->lease == LEASE_IS_LOST && clock_now_ms() >= watch->due_ms)
        watch_begin_try(watch);
}

static void watch_add_session(struct loop *loop, struct watch *watch)
{
    const struct loop_source session = session_source(watch->run->session);
    const struct loop_source lease = {
        .prepare = watch_prepare, .turn = watch_turn, .context = watch};

    loop_add(loop, &session);
    loop_add(loop, &lease);
}

static void watch_remove_session(struct watch *watch)
{
    session_abandon(watch->run->session);
    watch_forget_try(watch);
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
        watch_remove_session(&watch);
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
