#include "slot_turns.h"

#include <poll.h>
#include <stddef.h>

#include "pgclone/base/clock.h"

static const char *const keywords[] = {"host", "dbname", "user", NULL};
static const char *const values[] = {"scripted", "own", "one", NULL};

const struct slot_target slot_turns_target = {keywords, values, .connect_timeout_ms = 10000};

void slot_turn(struct slot *slot)
{
    struct pollfd ready = {.fd = slot_descriptor(slot), .events = slot_events(slot)};
    int64_t left_ms = slot->deadline_ms - clock_now_ms();
    int timeout = left_ms < 0 ? 0 : (int)left_ms;

    (void)poll(&ready, 1, slot->deadline_ms == INT64_MAX ? -1 : timeout);
    slot_advance(slot, ready.revents, clock_now_ms());
}

void slot_turn_to_rest(struct slot *slot)
{
    while (slot_is_busy(slot))
        slot_turn(slot);
}

void slot_turn_to_free(struct slot *slot)
{
    slot_init(slot, 1, &slot_turns_target);
    slot_connect(slot, 0, clock_now_ms());
    slot_turn_to_rest(slot);
}
