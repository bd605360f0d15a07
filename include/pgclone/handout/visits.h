/*
 * Jobs in the copies themselves, where databases note their changes: a new copy notes what it is
 * like, and one that was given back is put back, to be handed out again. The sessions stay in their
 * databases until these are renamed or dropped, so that the next job there needs no connection of
 * its own.
 */
#ifndef PGCLONE_HANDOUT_VISITS_H
#define PGCLONE_HANDOUT_VISITS_H

#include "pgclone/handout/stock.h"

/** Has a new copy note what it is like; it is ready when that has ended, whatever came of it. */
void visits_begin(struct stock *stock, struct copy *copy);

/** Has a copy that was given back put back: it is ready again then, or else unwanted. */
void visits_undo(struct stock *stock, struct copy *copy);

/**
 * Whether what was asked for then and done is so still: a server that crashes loses what it has
 * not written yet, and with that the undoing of what it had. It has not crashed since then where
 * the connection that holds the lease is the same.
 */
bool visits_hold(const struct stock *stock, int64_t since_us);

/** Whether a copy that is ready is what it was when it was visited: what was undone does not wait
 * for the disk, and a crash of the server may have taken it back. */
bool visits_trust(const struct stock *stock, const struct copy *copy);

/** Takes note of what has ended, and of copies that may not be what they were. */
void visits_advance(struct stock *stock);

/** Sends a job into the database that it names, beside all else; it is borrowed until
 * session_forget() of `stock->visits`. */
void visits_send(struct stock *stock, struct job *job);

/** Forgets all of them; nothing may be at work in `stock->visits` any more. */
void visits_release(struct stock *stock);

/** Says with -v that a database was undone, and has its notes' pages vacuumed where that is due. */
void visits_done(struct stock *stock, const char *name, const struct undo_result *result);

/** Says with -v why a database could not be undone, and counts it. */
void visits_refused(struct stock *stock, const char *name, const struct undo_result *result);

#endif
