/* A create over a scripted session, and what it came to. */
#ifndef PGCLONE_TESTS_CREATE_ATTEMPT_H
#define PGCLONE_TESTS_CREATE_ATTEMPT_H

#include "pgclone/provision/create.h"
#include "scripted_session.h"

struct create_attempt {
    struct scripted_attempt base;
    struct create_outcome outcome;
};

/** One with the workers gw0 and gw1, whose session is open. */
void create_attempt_init(struct create_attempt *attempt);
bool create_attempt_run(struct create_attempt *attempt);
void create_attempt_release(struct create_attempt *attempt);

/** Where a line that begins so stands among the calls; fails the test if there is none. */
const char *create_attempt_call(const char *begin);

/** The lease of a process that is dead, and looks that find circ_gw1: made by it, or somebody
 * else's. */
#define CREATE_DEAD_LEASE "00000000000000b1"
extern const char *const create_one_there[];
extern const char *const create_foreign_there[];

#endif
