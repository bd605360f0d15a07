/* What the code under test says on standard error, caught. */
#ifndef PGCLONE_TESTS_CAUGHT_LOG_H
#define PGCLONE_TESTS_CAUGHT_LOG_H

#include "pgclone/base/log.h"

/** Catches it from here on, at that level. */
void caught_log_begin(enum log_level level);

/** Ends it, and gives what was said. The caller frees it. */
char *caught_log_end(void);

#endif
