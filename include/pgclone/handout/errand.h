/* What the handout's own files share: one request on its way to its answer. Nobody else includes
 * it. */
#ifndef PGCLONE_HANDOUT_ERRAND_H
#define PGCLONE_HANDOUT_ERRAND_H

#include "pgclone/handout/handout.h"

/** Begins: answers what can be answered at once. */
void errand_begin(struct handout *handout, struct errand *errand);

/** Goes on, when a copy, a worker or the server may have become ready. */
void errand_advance(struct handout *handout, struct errand *errand);

/** Ends it with a failure, which is copied. */
void errand_fail(struct handout *handout, struct errand *errand, const struct error *err);

/** Answers with a database that was made pristine for it. */
void errand_answer(struct handout *handout, struct errand *errand, const char *name,
                   enum served_from from);

/** Answers with a database that was there before. */
void errand_answer_there(struct handout *handout, struct errand *errand, const char *name);

/** Somebody else may make the worker's database. */
void errand_leave_worker(struct handout *handout, struct errand *errand);

/** Takes the oldest copy that is ready, and goes on with it; or waits for one. */
void errand_take_copy(struct handout *handout, struct errand *errand);

/** Goes on where the server has given or changed the copy's name, or could not. */
void errand_end_swap(struct handout *handout, struct errand *errand);

/** Puts back the database that it is about. */
void errand_begin_undo(struct handout *handout, struct errand *errand);

/** Goes on where that has ended: with the answer, or with a copy to replace the database. */
void errand_end_undo(struct handout *handout, struct errand *errand);

/** Frees what it holds. */
void errand_release(struct handout *handout, struct errand *errand);

/** Who is making a worker's database. */
enum handout_maker { HANDOUT_NOBODY, HANDOUT_CREATE, HANDOUT_IS_MADE };

/** Adds a worker to those that the handout knows; the result holds until the next one is added. */
struct handout_worker *handout_add_worker(struct handout *handout, const char *id, const char *name,
                                          enum handout_maker maker);

/** The worker with that id, or that label; NULL: the handout does not know it. */
struct handout_worker *handout_find_worker(const struct handout *handout, const char *id);

/** Sends a job to the server, beside all else; it is borrowed until session_forget(). */
void handout_send(struct handout *handout, struct job *job);

/** Whether an errand is giving or changing that name, or undoing what is in the database. */
bool handout_is_changing(const struct handout *handout, const char *name);

/** A copy that somebody had goes back to the stock. */
void handout_give_back(struct handout *handout, struct copy *copy);

/** Lets sessions into a database that may have been closed to be replaced. */
void handout_open_database(struct handout *handout, const char *name);

/**
 * Changes the mark of a copy that is handed out already, for `pgclone list`: the copy may be gone
 * before, and nobody needs to hear of that.
 */
void handout_mark(struct handout *handout, const char *name, const char *mark);

#endif
