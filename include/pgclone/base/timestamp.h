/* The wall clock as text: RFC 3339 in UTC, whole seconds; and ages for people. */
#ifndef PGCLONE_BASE_TIMESTAMP_H
#define PGCLONE_BASE_TIMESTAMP_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "pgclone/base/strbuf.h"

/** Bytes that timestamp_format() writes, with the NUL: "2026-11-22T16:30:13Z". */
#define TIMESTAMP_SIZE 21

/** Writes `when`; an empty string where the system cannot tell its date. */
void timestamp_format(time_t when, char text[TIMESTAMP_SIZE]);

/** Reads what timestamp_format() writes; false, and `when` untouched, for anything else. */
bool timestamp_parse(const char *text, time_t *when);

/** Adds "45 s ago", "3 min ago", "2 h ago" or "5 days ago": the largest unit of which there are at
 * least two. */
void timestamp_add_age(int64_t seconds, struct strbuf *out);

#endif
