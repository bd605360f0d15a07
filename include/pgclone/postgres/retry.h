/* Which of the server's refusals pass by themselves, and how long to wait before asking again. */
#ifndef PGCLONE_POSTGRES_RETRY_H
#define PGCLONE_POSTGRES_RETRY_H

#include <stdint.h>

/**
 * Milliseconds to wait before try number `attempt` + 1 (`attempt` counts from 1), or -1 when the
 * condition does not pass by itself. The wait doubles from try to try up to a cap, and is spread by
 * a quarter either way by `random`, so that clients that failed together do not come back together.
 */
int64_t retry_delay_ms(const char *sqlstate, int attempt, unsigned random);

#endif
