/* Text fields for lines and columns: what `create` and `list` print for people and scripts. */
#ifndef PGCLONE_REPORT_TEXT_H
#define PGCLONE_REPORT_TEXT_H

#include "pgclone/base/strbuf.h"

/**
 * Adds `text` as one field of a line: as it is, but for control characters, which come out as `\t`,
 * `\n`, `\r` and `\xHH`: a field never breaks its line, nor commands a terminal. Databases that
 * pgclone made have none in their names; a backslash there stands for itself.
 */
void text_add_field(struct strbuf *out, const char *text);

#endif
