/* The settings file that `init` writes. */
#ifndef PGCLONE_CLI_INIT_TEXT_H
#define PGCLONE_CLI_INIT_TEXT_H

#include "pgclone/base/strbuf.h"
#include "pgclone/cli/init_found.h"

/** Adds the text of a pgclone.yaml, with comments, for what was found. `project` is the name of the
 * folder, for a project that has no database yet. The settings reader takes it as it is meant,
 * whatever was found. */
void init_text(const struct init_found *found, const char *project, struct strbuf *out);

/** Adds a text as a quoted YAML value that stands for itself: no variable in it is expanded. */
void init_text_quote(struct strbuf *out, const char *text);

#endif
