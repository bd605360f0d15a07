/* What is known of the terminal that people look at. */
#ifndef PGCLONE_BASE_TERMINAL_H
#define PGCLONE_BASE_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/strbuf.h"

/** Whether a terminal is there that obeys control sequences: TERM is set, and not "dumb". */
bool terminal_obeys(int descriptor);

/** Whether colours may be used on it: NO_COLOR is not set, or empty (no-color.org). */
bool terminal_has_colours(int descriptor);

/** How wide it is now; 80 where that cannot be told. */
size_t terminal_columns(int descriptor);

/** Adds `text`, or, where it has more than `room` characters, as many of them as leave room for the
 * dots that say so. */
void terminal_add_cut(struct strbuf *out, const char *text, size_t room);

#endif
