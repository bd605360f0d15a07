/* Putting a database back to what it was when it was made, as a job in that database, and what came
 * of it (the setting `reset: undo`; src/postgres/undo_schema.sql does the work). */
#ifndef PGCLONE_PROVISION_UNDO_H
#define PGCLONE_PROVISION_UNDO_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/error.h"
#include "pgclone/postgres/job.h"
#include "pgclone/provision/session.h"

/** How often transactions that were prepared in a database are rolled back before it is replaced:
 * some may be prepared meanwhile. */
#define UNDO_MOST_ROUNDS 3

enum undo_outcome {
    UNDO_DONE,     /**< the database is pristine, which is proven */
    UNDO_REFUSED,  /**< it may not be: it must be replaced */
    UNDO_PREPARED, /**< transactions that were prepared must be rolled back first: undo_again() */
};

struct undo_result {
    enum undo_outcome outcome;
    bool vacuum;  /**< UNDO_DONE: undo_vacuum() is due */
    char *reason; /**< why it was refused: a kind of statement, or what went wrong; owned */
    char *detail; /**< the server's; NULL: nothing; owned */
};

/** Makes a job that notes in a new database what it is like; it is optional, since a database that
 * lacks that is replaced instead of undone. */
void undo_begin(const char *database, struct job *out);

/** Makes a job that puts a database back. It ends the other sessions there. */
void undo_job(const char *database, struct job *out);

/** The same after UNDO_PREPARED: what that result says comes first. */
void undo_again(const char *database, const struct undo_result *prepared, struct job *out);

/** Makes a job that gives back the room that earlier notes have taken: every undo reads it. Others
 * may be in the database meanwhile. */
void undo_vacuum(const char *database, struct job *out);

/** What came of one of these jobs, which has ended. `out` must be empty. */
void undo_read(const struct job *job, struct undo_result *out);

/** Why a database was not undone; borrowed. */
const char *undo_reason(const struct undo_result *result);

/** Says with -v what came of it. */
void undo_say(const char *database, const struct undo_result *result);

/** Frees everything and leaves it empty. */
void undo_result_release(struct undo_result *result);

/**
 * Puts back what can be of the databases of the scope's workers, whose template must be ready
 * (template_ready()), and sets `undone` for each worker whose database was. The others are to be
 * replaced. The names stay locked. The guards of a create on names hold; ERROR_CONNECTION, or
 * ERROR_INTERRUPTED, when the session ended it.
 */
bool undo_workers(struct session *session, bool *undone, struct error *err);

#endif
