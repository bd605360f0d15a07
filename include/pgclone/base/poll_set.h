/*
 * What one poll() waits for: descriptors, and the time at which it is to come back at the latest.
 * Filled anew before each wait by everybody who has something to wait for.
 */
#ifndef PGCLONE_BASE_POLL_SET_H
#define PGCLONE_BASE_POLL_SET_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

struct poll_set {
    struct pollfd *entries; /**< owned */
    struct pollfd *polled;  /**< those with a descriptor, for poll(); owned */
    size_t count;
    size_t capacity;
    int64_t until_ms; /**< on clock_now_ms()'s clock; INT64_MAX: no limit */
};

/** Empties the set, and keeps its room. A set that is all zero is to be cleared before its use. */
void poll_set_clear(struct poll_set *set);

/**
 * Adds a descriptor with poll()'s events to wait for; -1 waits for nothing, and only takes a place.
 * Returns its index, for poll_set_ready().
 */
size_t poll_set_add(struct poll_set *set, int descriptor, short events);

/** Has the wait end at `until_ms` at the latest, or sooner where it was to do so already. */
void poll_set_until(struct poll_set *set, int64_t until_ms);

/** Waits, for a signal's handler as well: then no descriptor is ready. */
void poll_set_wait(struct poll_set *set);

/** The events that the last wait found on the descriptor with that index; 0 for none. */
short poll_set_ready(const struct poll_set *set, size_t index);

/** Frees the room and leaves the set all zero. */
void poll_set_release(struct poll_set *set);

#endif
