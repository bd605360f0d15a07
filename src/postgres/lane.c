#include "pgclone/postgres/lane.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/log.h"

void lane_init(struct lane *lane, int number, const struct slot_target *target)
{
    *lane = (struct lane){.state = LANE_UNPREPARED};
    slot_init(&lane->slot, number, target);
}

bool lane_is_idle(const struct lane *lane)
{
    return lane->state == LANE_READY && lane->job == NULL && lane->slot.state == SLOT_FREE;
}

bool lane_event_pending(const struct lane *lane)
{
    if (slot_is_busy(&lane->slot))
        return false;
    if (lane->job != NULL || lane->state == LANE_PREPARING)
        return true;
    if (lane->state == LANE_READY)
        return lane->slot.state == SLOT_CLOSED;
    return lane->state == LANE_UNPREPARED &&
           (lane->slot.state == SLOT_FREE || error_is_set(&lane->slot.error));
}

static void lane_send(struct lane *lane, const char *sql, int64_t retry_until_ms)
{
    log_message(LOG_DEBUG, "[%d] %s", lane->slot.number, sql);
    slot_send(&lane->slot, sql, retry_until_ms, clock_now_ms());
}

void lane_prepare(struct lane *lane, char *setup, int64_t retry_until_ms)
{
    lane->setup = setup;
    lane->state = LANE_PREPARING;
    lane_send(lane, setup, retry_until_ms);
}

void lane_send_statement(struct lane *lane, int64_t retry_until_ms)
{
    lane_send(lane, lane->job->statements[lane->job->next].sql, retry_until_ms);
}

bool lane_may_go_on(struct lane *lane)
{
    const struct job_statement *statement = &lane->job->statements[lane->job->next];
    struct error *err = &lane->slot.error;

    if (!error_is_set(err))
        return true;
    if (statement->tolerated == NULL || strcmp(statement->tolerated, err->sqlstate) != 0)
        return false;
    error_prefix(err, "could not %s: ", statement->purpose);
    log_warning(err);
    error_release(err);
    return true;
}

bool lane_tries_otherwise(struct lane *lane)
{
    const struct job_statement *statement = &lane->job->statements[lane->job->next];
    struct slot *slot = &lane->slot;

    if (error_is_set(&lane->refusal)) {
        if (error_is_set(&slot->error))
            error_move(&slot->error, &lane->refusal);
        error_release(&lane->refusal);
        return false;
    }
    if (slot->cancelled || !error_is_set(&slot->error) || statement->otherwise == NULL ||
        strcmp(statement->otherwise_for, slot->error.sqlstate) != 0)
        return false;
    error_move(&lane->refusal, &slot->error);
    lane_send(lane, statement->otherwise, 0);
    return true;
}

void lane_close(struct lane *lane)
{
    slot_close(&lane->slot);
    free(lane->setup);
    lane->setup = NULL;
    error_release(&lane->refusal);
    error_release(&lane->slot.error);
    lane->state = LANE_UNPREPARED;
}

void lane_release(struct lane *lane)
{
    lane_close(lane);
    slot_release(&lane->slot);
}
