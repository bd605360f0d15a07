/* A slot's life without an engine: turns of poll() and slot_advance(). */
#ifndef PGCLONE_TESTS_SLOT_TURNS_H
#define PGCLONE_TESTS_SLOT_TURNS_H

#include "pgclone/postgres/slot.h"

/** Ten seconds to connect. */
extern const struct slot_target slot_turns_target;

/** Waits for what the slot waits for, or for its deadline, and advances it. */
void slot_turn(struct slot *slot);

/** Turns until nothing is under way. */
void slot_turn_to_rest(struct slot *slot);

/** Starts slot number 1 and connects it; nothing is tried again. */
void slot_turn_to_free(struct slot *slot);

#endif
