#include "pgclone/base/poll_set.h"

#include <stdbool.h>
#include <stdlib.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/memory.h"

static const size_t least_capacity = 8;

void poll_set_clear(struct poll_set *set)
{
    set->count = 0;
    set->until_ms = INT64_MAX;
}

size_t poll_set_add(struct poll_set *set, int descriptor, short events)
{
    if (set->count == set->capacity) {
        set->capacity = set->capacity > 0 ? 2 * set->capacity : least_capacity;
        set->entries = memory_resize(set->entries, set->capacity, sizeof *set->entries);
        set->polled = memory_resize(set->polled, set->capacity, sizeof *set->polled);
    }
    set->entries[set->count] = (struct pollfd){.fd = descriptor, .events = events};
    return set->count++;
}

void poll_set_until(struct poll_set *set, int64_t until_ms)
{
    if (until_ms < set->until_ms)
        set->until_ms = until_ms;
}

static int poll_set_timeout_ms(const struct poll_set *set)
{
    int64_t now_ms = clock_now_ms();

    if (set->until_ms == INT64_MAX)
        return -1;
    if (set->until_ms <= now_ms)
        return 0;
    return set->until_ms - now_ms > INT32_MAX ? INT32_MAX : (int)(set->until_ms - now_ms);
}

/* Places without a descriptor are left out: poll() refuses more entries than a process may have
 * descriptors. */
void poll_set_wait(struct poll_set *set)
{
    nfds_t count = 0;
    bool done;

    for (size_t i = 0; i < set->count; i++)
        if (set->entries[i].fd >= 0)
            set->polled[count++] = set->entries[i];
    done = poll(set->polled, count, poll_set_timeout_ms(set)) >= 0;
    count = 0;
    for (size_t i = 0; i < set->count; i++) {
        bool there = set->entries[i].fd >= 0;

        set->entries[i].revents = (short)(there && done ? set->polled[count].revents : 0);
        count += there;
    }
}

short poll_set_ready(const struct poll_set *set, size_t index)
{
    return set->entries[index].revents;
}

void poll_set_release(struct poll_set *set)
{
    free(set->entries);
    free(set->polled);
    *set = (struct poll_set){0};
}
