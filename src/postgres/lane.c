#include "pgclone/postgres/lane.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"

void lane_init(struct lane *lane, int number, const struct slot_target *target)
{
    *lane = (struct lane){.state = LANE_UNPREPARED, .home = target};
    slot_init(&lane->slot, number, target);
}

static struct lane_visit *lane_visit_new(const char *database, const struct slot_target *home)
{
    struct lane_visit *visit = memory_new(1, sizeof *visit);
    size_t count = 0;

    while (home->keywords[count] != NULL)
        count++;
    visit->database = memory_copy_string(database);
    visit->values = memory_new(count + 1, sizeof *visit->values);
    for (size_t i = 0; i < count; i++)
        visit->values[i] =
            strcmp(home->keywords[i], "dbname") == 0 ? visit->database : home->values[i];
    visit->target = *home;
    visit->target.values = visit->values;
    return visit;
}

static void lane_visit_free(struct lane_visit *visit)
{
    if (visit == NULL)
        return;
    free(visit->database);
    free(visit->values);
    free(visit);
}

bool lane_is_idle(const struct lane *lane)
{
    return lane->state == LANE_READY && lane->job == NULL && lane->slot.state == SLOT_FREE;
}

bool lane_is_in(const struct lane *lane, const char *database)
{
    if (lane->visit == NULL || database == NULL)
        return lane->visit == NULL && database == NULL;
    return strcmp(lane->visit->database, database) == 0;
}

bool lane_is_away(const struct lane *lane)
{
    return lane->visit != NULL && lane_is_idle(lane);
}

bool lane_is_unused(const struct lane *lane)
{
    return lane->state == LANE_UNPREPARED && lane->slot.state == SLOT_CLOSED &&
           !lane_event_pending(lane);
}

void lane_connect(struct lane *lane, const char *database, int64_t retry_until_ms)
{
    lane_close(lane);
    if (database != NULL) {
        lane->visit = lane_visit_new(database, lane->home);
        lane->slot.target = &lane->visit->target;
    }
    slot_connect(&lane->slot, retry_until_ms, clock_now_ms());
}

bool lane_is_quiet(const struct lane *lane)
{
    char byte;

    return recv(slot_descriptor(&lane->slot), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           errno == EAGAIN;
}

bool lane_has_ended(const struct lane *lane)
{
    char byte;

    if (lane->state != LANE_READY || lane->slot.state == SLOT_CLOSED)
        return true;
    return lane_is_idle(lane)
               ? !lane_is_quiet(lane)
               : recv(slot_descriptor(&lane->slot), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
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

void lane_prepared(struct lane *lane)
{
    free(lane->setup);
    lane->setup = NULL;
    lane->since_us = clock_now_us();
    lane->state = LANE_READY;
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
    lane_visit_free(lane->visit);
    lane->visit = NULL;
    lane->slot.target = lane->home;
    lane->state = LANE_UNPREPARED;
}

void lane_release(struct lane *lane)
{
    lane_close(lane);
    slot_release(&lane->slot);
}
