#include "pgclone/provision/tenure.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql.h"
#include "pgclone/provision/plan.h"

/* Between two tries to reach a server that was lost. */
static const int retry_pause_ms = 250;

/* Marks are written a few at a time: each takes about half a millisecond. */
static const size_t keep_width = 4;

static void tenure_pass_on_signals(const struct child *child)
{
    struct interrupt_event event;

    while (interrupt_next(&event))
        if (event.signal != SIGCHLD && event.from_process)
            (void)kill(child->pid, event.signal);
}

static void tenure_watch_lease(struct session *session)
{
    struct error lost OWNED(error_release) = {0};

    if (engine_is_alive(session->engine, &lost))
        return;
    error_hint(&lost, "The command goes on; dropping its databases is tried when it has ended.");
    log_warning(&lost);
}

int tenure_wait(struct session *session, const struct child *child)
{
    int status = 0;

    while (!child_has_ended(child, &status)) {
        struct pollfd watched[] = {
            {.fd = interrupt_descriptor(), .events = POLLIN},
            {.fd = session != NULL ? engine_descriptor(session->engine) : -1, .events = POLLIN},
        };

        if (poll(watched, sizeof watched / sizeof watched[0], -1) < 0)
            continue;
        tenure_pass_on_signals(child);
        if (session != NULL && watched[1].revents != 0)
            tenure_watch_lease(session);
    }
    return status;
}

bool tenure_drop(struct session *session, struct error *err)
{
    int64_t until_ms = clock_now_ms() + (int64_t)session->scope->settings->wait_s * 1000;

    while (!session_drop_own(session, err)) {
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
        job_add(&jobs[i], sql_comment(worker->name, mark), NULL, "mark database \"%s\"",
                worker->name);
    }
    engine_ignore_interrupts(session->engine);
    done = session_run(session, "keeping", jobs, scope->worker_count, keep_width, err);
    for (size_t i = 0; i < scope->worker_count; i++)
        job_release(&jobs[i]);
    free(jobs);
    return done;
}
