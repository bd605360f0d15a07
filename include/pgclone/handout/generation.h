/*
 * Copies that are made, used and dropped together. A server that syncs pays for a copy by
 * write-ahead log when the next checkpoint comes, and every DROP DATABASE forces one: it writes and
 * syncs all copies that are there, but for those whose own drop has begun. So none is dropped as
 * long as others are to be used, and then all at once: nearly nothing of them ever reaches the
 * disk.
 */
#ifndef PGCLONE_HANDOUT_GENERATION_H
#define PGCLONE_HANDOUT_GENERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How many are in one: where the server is the slower one, so that requests wait for most copies,
 * few, for all of them wait a moment at its end; where tests take longer than their copies, many,
 * since what all wait for then is mostly the last test.
 */
struct generation {
    size_t size;  /**< copies; 0: they are not made in generations */
    size_t least; /**< the size's limits */
    size_t most;
    size_t begun;     /**< copies of the present generation that were begun */
    size_t taken;     /**< that were handed out */
    size_t waited;    /**< requests for these that had to wait */
    int64_t until_ms; /**< those in use are waited for until then; 0: none is waited for yet */
};

/** Where the copies of a generation are. */
struct generation_use {
    size_t left;    /**< being made, or ready */
    size_t in_use;  /**< in the hands of those who will give them back */
    size_t waiting; /**< requests that wait for a copy */
};

/** Has copies made in generations from now on, of so many at least and at most. */
void generation_open(struct generation *generation, size_t least, size_t most);

/** Has generations be as long as they may. */
void generation_lengthen(struct generation *generation);

/** Takes note of a copy that is handed out, and of whether that had to be waited for. */
void generation_take(struct generation *generation, bool waited);

/** Takes note of `count` copies that are begun. */
void generation_add(struct generation *generation, size_t count);

/**
 * How many copies may be begun where `missing` are wanted and `waiting` of them are waited for: no
 * more than the generation has room for; but as long as it has any, nobody waits for the next one.
 */
size_t generation_room(const struct generation *generation, size_t missing, size_t waiting);

/**
 * Whether all copies of the generation (which there must be) were used, and have come back: its
 * drops are due. The last ones in use are waited for as long as nobody waits for a copy, and then
 * for half a second.
 */
bool generation_is_over(struct generation *generation, const struct generation_use *use,
                        int64_t now_ms);

/** Begins the next one, of a size that fits what the last one was like. */
void generation_renew(struct generation *generation);

#endif
