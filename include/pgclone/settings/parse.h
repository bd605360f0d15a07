/*
 * The parsers of single values. Each has the type of `parse` in a row of the settings table, takes
 * its limits from that row, and fails with a message that says what is allowed but not where the
 * value stood: the caller knows. They all refuse an empty value unless the row allows one.
 */
#ifndef PGCLONE_SETTINGS_PARSE_H
#define PGCLONE_SETTINGS_PARSE_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/settings/settings.h"

/** Any string. `field` is a `char **` whose string is replaced. */
bool parse_text(const struct setting *row, const char *value, void *field, struct error *err);

/** Text that stands in a name: UTF-8 without control characters. `field` is a `char **`. */
bool parse_pattern(const struct setting *row, const char *value, void *field, struct error *err);

/** A name that PostgreSQL keeps whole: parse_pattern() of at most 63 bytes. `field`: `char **`. */
bool parse_identifier(const struct setting *row, const char *value, void *field, struct error *err);

/** Decimal digits within the row's limits, or `auto` where the row has it. `field`: `int *`. */
bool parse_number(const struct setting *row, const char *value, void *field, struct error *err);

/** true, yes, on, 1, false, no, off or 0 in any case. `field` is a `bool *`. */
bool parse_bool(const struct setting *row, const char *value, void *field, struct error *err);

/** One of the row's choices; its index is stored. `field` is an `int *`, or an enum's. */
bool parse_choice(const struct setting *row, const char *value, void *field, struct error *err);

/** A runner's name. `field` is a `const struct runner **`. */
bool parse_runner(const struct setting *row, const char *value, void *field, struct error *err);

/**
 * Adds `text` as a message may show it: on one line (control characters and bytes that are not
 * UTF-8 as \xNN), at most 80 bytes of it, and without what may hold a password (nothing after
 * "://" or "password=").
 */
void parse_add_printable(struct strbuf *out, const char *text);

#endif
