/*
 * A peer that sends lines and is sent lines, over a socket or a pair of pipes, without ever waiting
 * for it: what has come is kept until it is asked for, what is to go is kept until the peer reads
 * it.
 */
#ifndef PGCLONE_BASE_CHANNEL_H
#define PGCLONE_BASE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/poll_set.h"
#include "pgclone/base/strbuf.h"

/** The longest line, in bytes without its end. */
#define CHANNEL_LINE_MAX 4096

struct channel {
    int input;  /**< owned, non-blocking; -1 when the peer has sent its last byte */
    int output; /**< owned, non-blocking; may be the same descriptor; -1 when it is closed */
    bool same;  /**< both are one socket */
    bool skips; /**< the rest of a line that was too long is being passed over */
    struct strbuf received;
    struct strbuf sent; /**< what is still to be written */
    size_t input_entry;
    size_t output_entry;
    bool prepared;
    bool reads; /**< it is waited for */
    bool writes;
};

/** What channel_next() found. */
enum channel_line {
    CHANNEL_NOTHING,  /**< no whole line is there yet */
    CHANNEL_LINE,     /**< a line, without its end */
    CHANNEL_TOO_LONG, /**< a line that is longer than CHANNEL_LINE_MAX; it is passed over */
};

/** Takes over the descriptors and makes them non-blocking. They may be the same. */
void channel_open(int input, int output, struct channel *out);

/** Adds what the peer is waited for to a poll set. `reads`: whether more lines are wanted now. */
void channel_prepare(struct channel *channel, bool reads, struct poll_set *set);

/** Reads and writes what can be without waiting, after a wait on the set of channel_prepare(). */
void channel_turn(struct channel *channel, const struct poll_set *set);

/** The next line, in `line`, replacing what was there. The last one needs no end. */
enum channel_line channel_next(struct channel *channel, struct strbuf *line);

/** Sends a text with its line's end, which is written when the peer reads. A peer that has not read
 * so much that 1 MiB waits for it is given up. */
void channel_send(struct channel *channel, const char *text, size_t length);

/** Whether the peer is gone, or was given up: nothing more comes from it or goes to it. */
bool channel_is_over(const struct channel *channel);

/** Whether the peer will send nothing more and all it sent has been taken. */
bool channel_has_ended(const struct channel *channel);

/** Whether there is something that the peer has not read yet. */
bool channel_is_writing(const struct channel *channel);

/** Closes and frees everything. */
void channel_close(struct channel *channel);

#endif
