#include "pgclone/provision/lease_watch.h"

#include "pgclone/base/clock.h"
#include "pgclone/base/log.h"

/* Between two tries to reach a server that was lost. */
static const int retry_pause_ms = 250;

/* How long a server may say nothing while the lease is taken again and all else goes on. */
static const int64_t regain_patience_ms = 10000;

static void watch_begin_try(struct lease_watch *watch)
{
    const struct scope *scope = watch->session->scope;
    const struct look_request request = {.catalog = {.names = scope->names,
                                                     .name_count = scope->worker_count,
                                                     .lock_names = true,
                                                     .all_marked = true}};

    watch->state = LEASE_IS_TAKEN;
    watch->due_ms = clock_now_ms() + regain_patience_ms;
    /* An end may come at any moment: no waiting here for a server that starts. */
    session_set_wait(watch->session, 0);
    look_begin(watch->session, &request, &watch->look);
    (void)look_step(&watch->look, NULL);
}

static void watch_forget_try(struct lease_watch *watch)
{
    const struct session *session = watch->session;

    session_set_wait(watch->session, (int64_t)session->scope->settings->wait_s * 1000);
    look_release(&watch->look);
}

static void watch_go_on_trying(struct lease_watch *watch)
{
    enum step step;

    if (clock_now_ms() >= watch->due_ms)
        session_abandon(watch->session);
    if (session_is_busy(watch->session))
        return;
    step = look_step(&watch->look, NULL);
    if (step == STEP_WAITS)
        return;
    watch->state = step == STEP_DONE ? LEASE_IS_HELD : LEASE_IS_LOST;
    watch->due_ms = clock_now_ms() + retry_pause_ms;
    if (step == STEP_DONE)
        log_message(LOG_NORMAL, "the connection to the server is back");
    if (step == STEP_DONE && watch->regained != NULL)
        watch->regained(&watch->look.found, watch->context);
    watch_forget_try(watch);
}

static bool watch_has_lost_lease(const struct lease_watch *watch)
{
    return session_is_lost(watch->session) &&
           (watch->is_in_use == NULL || !watch->is_in_use(watch->context));
}

static void watch_look_after_lease(struct lease_watch *watch)
{
    struct error lost OWNED(error_release) = {0};

    if (!watch_has_lost_lease(watch))
        return;
    watch->state = LEASE_IS_LOST;
    watch->due_ms = clock_now_ms();
    if (!session_take_loss(watch->session, &lost))
        return;
    error_hint(&lost, "%s", watch->hint);
    log_warning(&lost);
}

static void watch_prepare(void *context, struct poll_set *set)
{
    const struct lease_watch *watch = context;

    if (watch->state != LEASE_IS_HELD)
        poll_set_until(set, watch->due_ms);
    else if (watch_has_lost_lease(watch))
        poll_set_until(set, 0); /* there is no connection that could tell of its end */
}

static void watch_turn(void *context, const struct poll_set *set)
{
    struct lease_watch *watch = context;

    (void)set;
    if (watch->state == LEASE_IS_HELD)
        watch_look_after_lease(watch);
    if (watch->state == LEASE_IS_TAKEN)
        watch_go_on_trying(watch);
    else if (watch->state == LEASE_IS_LOST && clock_now_ms() >= watch->due_ms)
        watch_begin_try(watch);
}

struct loop_source lease_watch_source(struct lease_watch *watch)
{
    return (struct loop_source){.prepare = watch_prepare, .turn = watch_turn, .context = watch};
}

void lease_watch_end(struct lease_watch *watch)
{
    session_abandon(watch->session);
    watch_forget_try(watch);
}
