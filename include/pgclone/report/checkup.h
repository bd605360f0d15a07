/* What `doctor` says on standard output. */
#ifndef PGCLONE_REPORT_CHECKUP_H
#define PGCLONE_REPORT_CHECKUP_H

#include "pgclone/base/findings.h"
#include "pgclone/base/strbuf.h"

/**
 * A line for each finding, `SEVERITY  CHECK  TEXT` in columns; below it, indented, its detail, what
 * to do, and the commands to paste, each on a line of its own.
 */
void checkup_text(const struct findings *findings, struct strbuf *out);

/**
 * `{"pgclone":1,"exit":…,"findings":[{"check":…,"severity":"ok|warning|error","exit":…,"text":…,
 * "detail":…,"advice":…,"fix":…,"fix_in":"psql|shell","fix_by":…}]}` and a line feed; null for what
 * there is not.
 */
void checkup_json(const struct findings *findings, struct strbuf *out);

#endif
