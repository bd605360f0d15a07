#include "pgclone/postgres/worker.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/log.h"

void worker_init(struct worker *worker, int number, const struct slot_target *target)
{
    *worker = (struct worker){.state = WORKER_UNPREPARED};
    slot_init(&worker->slot, number, target);
}

bool worker_is_idle(const struct worker *worker)
{
    return worker->state == WORKER_READY && worker->job == NULL && worker->slot.state == SLOT_FREE;
}

bool worker_has_news(const struct worker *worker)
{
    if (slot_is_busy(&worker->slot))
        return false;
    if (worker->job != NULL || worker->state == WORKER_PREPARING)
        return true;
    return worker->state == WORKER_UNPREPARED &&
           (worker->slot.state == SLOT_FREE || error_is_set(&worker->slot.error));
}

void worker_prepare(struct worker *worker, char *setup, int64_t retry_until_ms)
{
    if (setup == NULL) {
        worker->state = WORKER_READY;
        return;
    }
    worker->setup = setup;
    worker->state = WORKER_PREPARING;
    log_message(LOG_DEBUG, "[%d] %s", worker->slot.number, setup);
    slot_send(&worker->slot, setup, retry_until_ms, clock_now_ms());
}

void worker_send_statement(struct worker *worker, int64_t retry_until_ms)
{
    const struct job_statement *statement = &worker->job->statements[worker->job->next];

    log_message(LOG_DEBUG, "[%d] %s", worker->slot.number, statement->sql);
    slot_send(&worker->slot, statement->sql, retry_until_ms, clock_now_ms());
}

bool worker_may_go_on(struct worker *worker)
{
    const struct job_statement *statement = &worker->job->statements[worker->job->next];
    struct error *err = &worker->slot.error;

    if (!error_is_set(err))
        return true;
    if (statement->tolerated == NULL || strcmp(statement->tolerated, err->sqlstate) != 0)
        return false;
    error_prefix(err, "could not %s: ", statement->purpose);
    log_warning(err);
    error_release(err);
    return true;
}

bool worker_tries_otherwise(struct worker *worker)
{
    const struct job_statement *statement = &worker->job->statements[worker->job->next];
    struct slot *slot = &worker->slot;

    if (error_is_set(&worker->refusal)) {
        if (error_is_set(&slot->error))
            error_move(&slot->error, &worker->refusal);
        error_release(&worker->refusal);
        return false;
    }
    if (slot->cancelled || !error_is_set(&slot->error) || statement->otherwise == NULL ||
        strcmp(statement->otherwise_for, slot->error.sqlstate) != 0)
        return false;
    error_move(&worker->refusal, &slot->error);
    log_message(LOG_DEBUG, "[%d] %s", slot->number, statement->otherwise);
    slot_send(slot, statement->otherwise, 0, clock_now_ms());
    return true;
}

void worker_close(struct worker *worker)
{
    slot_close(&worker->slot);
    free(worker->setup);
    worker->setup = NULL;
    error_release(&worker->refusal);
    worker->state = WORKER_UNPREPARED;
}

void worker_release(struct worker *worker)
{
    worker_close(worker);
    slot_release(&worker->slot);
}
