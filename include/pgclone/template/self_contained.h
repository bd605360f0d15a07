/* Whether SQL files say themselves all that they do. */
#ifndef PGCLONE_TEMPLATE_SELF_CONTAINED_H
#define PGCLONE_TEMPLATE_SELF_CONTAINED_H

#include <stdbool.h>

#include "pgclone/base/strings.h"

/**
 * Whether psql and the server, when they run these files, need nothing else: no other file (`\i`,
 * `\copy`, COPY from a file, functions that read one), no program, and no variable of the
 * environment. In doubt it is false: what stands in a comment or a string counts, too. False for
 * what cannot be read or is no regular file.
 */
bool self_contained(const struct strings *files);

#endif
