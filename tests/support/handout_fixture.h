/* A handout over scripted sessions: requests are made by a line, and the server answers when the
 * test says so. */
#ifndef PGCLONE_TESTS_HANDOUT_FIXTURE_H
#define PGCLONE_TESTS_HANDOUT_FIXTURE_H

#include "pgclone/handout/handout.h"
#include "scripted_session.h"

struct handout_fixture {
    struct scripted_attempt base;
    struct handout handout;
};

/** Run "r1" of project "circ" with the workers gw0 and gw1, whose databases are there if `ready`,
 * on a server without fsync: what is given back is dropped when there is nothing else to do. */
void handout_fixture_open(struct handout_fixture *fixture, bool ready);

/** The same where databases note their changes, all of which are there; a copy is put back, or not,
 * when its job in `stock.visits` goes on. */
void handout_fixture_open_undo(struct handout_fixture *fixture);

/** Why a database cannot be undone: what the server says of it, or that the connection is lost. */
#define HANDOUT_REFUSALS 2

/** Has the next undo of a database (SCRIPTED_SENDS_UNDO()) refused for the reason of that number;
 * gives what `status` has of it. */
const char *handout_refuse_undo(size_t number, const char *sends);

void handout_fixture_close(struct handout_fixture *fixture);

/** Begins a request, and does what can be done without the server. */
struct errand *handout_asks(struct handout_fixture *fixture, const char *line, const void *client);

/** Has the server do what it was asked for, until there is nothing to do. */
void handout_settle(struct handout_fixture *fixture);

/** A request to its end, whose answer must have these texts in it. */
void handout_assert_answer(struct handout_fixture *fixture, const char *line, const void *client,
                           const char *says, const char *also);

/** An errand that is done, with these texts in its answer; it is ended. */
void handout_assert_done(struct handout_fixture *fixture, struct errand *errand, const char *says,
                         const char *also);

#endif
