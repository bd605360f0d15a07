/* Time: a monotonic clock for deadlines, and the wall clock as text. */
#ifndef PGCLONE_BASE_CLOCK_H
#define PGCLONE_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/** Bytes that clock_rfc3339() writes, with the NUL: "2026-11-22T16:30:13Z". */
#define CLOCK_RFC3339_SIZE 21

/** Milliseconds on a clock that never goes back; only differences mean anything. */
int64_t clock_now_ms(void);

/** Sleeps, whatever signals arrive. */
void clock_sleep_ms(int milliseconds);

/** Writes `when` as RFC 3339 in UTC, whole seconds. */
void clock_rfc3339(time_t when, char text[CLOCK_RFC3339_SIZE]);

/** Reads what clock_rfc3339() writes; false, and `when` untouched, for anything else. */
bool clock_parse_rfc3339(const char *text, time_t *when);

#endif
