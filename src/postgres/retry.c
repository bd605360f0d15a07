#include "pgclone/postgres/retry.h"

#include <stddef.h>
#include <string.h>

#include "pgclone/postgres/sqlstate.h"

/* The policy as data. Everything that is not here is final. */
static const struct {
    const char *sqlstate;
    int first_ms;
    int cap_ms;
} policies[] = {
    /* A session in the template or the database. The server has already polled for
     * 5 s by itself, so there is no need to wait long before asking again. */
    {SQLSTATE_OBJECT_IN_USE, 50, 500},
    /* Another client must leave first. */
    {SQLSTATE_TOO_MANY_CONNECTIONS, 100, 1000},
    /* The server is starting up or shutting down. */
    {SQLSTATE_CANNOT_CONNECT_NOW, 50, 500},
};

int64_t retry_delay_ms(const char *sqlstate, int attempt, unsigned random)
{
    for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++) {
        int64_t delay = policies[i].first_ms;

        if (strcmp(policies[i].sqlstate, sqlstate) != 0)
            continue;
        for (int n = 1; n < attempt && delay < policies[i].cap_ms; n++)
            delay *= 2;
        if (delay > policies[i].cap_ms)
            delay = policies[i].cap_ms;
        return delay * (75 + random % 51) / 100;
    }
    return -1;
}
