/*
 * Time as the tests have it. Replaces clock.c and poll() at link time: the clock stands still until
 * somebody would sleep, and then jumps to what ends the sleep. So a test of ten seconds takes none,
 * and a wait for what never comes fails the test in place of hanging it.
 */
#ifndef PGCLONE_TESTS_SCRIPTED_CLOCK_H
#define PGCLONE_TESTS_SCRIPTED_CLOCK_H

#include <stdint.h>

/** Forgets all that was due. */
void scripted_clock_reset(void);

/** Has a byte written to `descriptor` at `due_ms`. */
void scripted_clock_write(int descriptor, int64_t due_ms);

/** Has a signal raised at `due_ms`. */
void scripted_clock_raise(int signal_number, int64_t due_ms);

/** Forgets what was due for `descriptor`. */
void scripted_clock_forget(int descriptor);

/** Lets `ms` pass. */
void scripted_clock_pass(int64_t ms);

#endif
