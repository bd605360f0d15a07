/* A monotonic clock, for deadlines and pauses. */
#ifndef PGCLONE_BASE_CLOCK_H
#define PGCLONE_BASE_CLOCK_H

#include <stdint.h>

/** Milliseconds on a clock that never goes back; only differences mean anything. */
int64_t clock_now_ms(void);

/** The same in microseconds, for what takes less than a few milliseconds. */
int64_t clock_now_us(void);

/** Sleeps, whatever signals arrive. */
void clock_sleep_ms(int milliseconds);

#endif
