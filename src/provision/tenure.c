#include "pgclone/provision/tenure.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql.h"
#include "pgclone/provision/plan.h"

/* Between two tries to reach a server that was lost. */
static const int retry_pause_ms = 250;

/* How long a server may say nothing while the databases are dropped: a checkpoint on a slow disk
 * takes its time, and here nobody has asked for an end yet. */
static const int drop_patience_ms = 60000;

/* Marks are written a few at a time: each takes about half a millisecond. */
static const size_t keep_width = 4;

/* The terminal's signals go to the whole process group, but for one: a terminal that is closed says
 * so to the session's leader alone (ssh -t, docker run -t). */
static bool tenure_is_ours_alone(const struct interrupt_event *event)
{
    return event->from_process || (event->signal == SIGHUP && getsid(0) == getpid());
}

static void tenure_pass_on_signals(const struct child *child)
{
    struct interrupt_event event;

    while (interrupt_next(&event))
        if (event.signal != SIGCHLD && tenure_is_ours_alone(&event))
            (void)kill(child->pid, event.signal);
}

static void tenure_watch_lease(struct session *session)
{
    struct error lost OWNED(error_release) = {0};

    if (engine_is_alive(session->engine, &lost))
        return;
    error_hint(&lost, "The command goes on; the connection is tried again meanwhile, and dropping "
                      "the databases when it has ended.");
    log_warning(&lost);
}

/* With the connection the lease is gone, and anybody may take the databases for a dead run's. */
static void tenure_regain_lease(struct session *session)
{
    if (session_regain(session))
        log_message(LOG_NORMAL, "the connection to the server is back");
}

/* The first try is made at once. */
static int tenure_pause_ms(int64_t next_try_ms)
{
    int64_t left_ms = next_try_ms - clock_now_ms();

    return left_ms > 0 ? (int)left_ms : 0;
}

int tenure_wait(struct session *session, const struct child *child)
{
    int status = 0;
    int64_t next_try_ms = 0;

    while (!child_has_ended(child, &status)) {
        int lease = session != NULL ? engine_descriptor(session->engine) : -1;
        bool lost = session != NULL && lease < 0;
        struct pollfd watched[] = {{.fd = interrupt_descriptor(), .events = POLLIN},
                                   {.fd = lease, .events = POLLIN}};

        if (poll(watched, sizeof watched / sizeof watched[0],
                 lost ? tenure_pause_ms(next_try_ms) : -1) < 0)
            continue;
        tenure_pass_on_signals(child);
        if (session != NULL && watched[1].revents != 0)
            tenure_watch_lease(session);
        else if (lost && tenure_pause_ms(next_try_ms) == 0) {
            tenure_regain_lease(session);
            next_try_ms = clock_now_ms() + retry_pause_ms;
        }
    }
    interrupt_recount(); /* what came so far was meant for the command */
    return status;
}

bool tenure_drop(struct session *session, struct error *err)
{
    int64_t until_ms = clock_now_ms() + (int64_t)session->scope->settings->wait_s * 1000;

    while (!session_drop_own(session, drop_patience_ms, err)) {
        if (err->kind != ERROR_CONNECTION || clock_now_ms() >= until_ms) {
            error_prefix(err, "could not drop the databases of this run: ");
            return error_hint(err, "The next run of this project removes them, or \"pgclone drop "
                                   "--all\".");
        }
        clock_sleep_ms(retry_pause_ms);
    }
    error_release(err);
    return true;
}

bool tenure_keep(struct session *session, struct error *err)
{
    const struct scope *scope = session->scope;
    struct job *jobs = memory_new(scope->worker_count, sizeof *jobs);
    struct lease lease;
    bool done;

    lease_outlive(&session->lease, &lease);
    for (size_t i = 0; i < scope->worker_count; i++) {
        const struct scope_worker *worker = &scope->workers[i];
        char *mark OWNED(memory_free_string) = plan_mark(scope, &lease, worker);

        job_init(&jobs[i], worker->name);
        plan_add_wait_for_disk(&jobs[i]);
        job_add(&jobs[i], sql_comment(worker->name, mark), NULL, "mark database \"%s\"",
                worker->name);
    }
    session_persist(session, drop_patience_ms);
    done = session_run(session, "keeping", jobs, scope->worker_count, keep_width, err);
    for (size_t i = 0; i < scope->worker_count; i++)
        job_release(&jobs[i]);
    free(jobs);
    return done;
}
