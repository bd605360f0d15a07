/* A connection as libpq's environment variables have it, for programs that pgclone starts. */
#ifndef PGCLONE_POSTGRES_URL_ENVIRONMENT_H
#define PGCLONE_POSTGRES_URL_ENVIRONMENT_H

#include "pgclone/base/strings.h"
#include "pgclone/postgres/url.h"

/** What of libpq's variables must not be there beside those of url_environment(): a service would
 * win over them. It is a prefix, as spawn_options.without has it. */
#define URL_ENVIRONMENT_WITHOUT "PGSERVICE"

/**
 * Adds `NAME=value` for all that the URL says of the connection, PGDATABASE for `database` and
 * DATABASE_URL for both. PGPORT and PGUSER are there also where the URL leaves them out: libpq's
 * own port, and `user`. What has no variable (keepalives, say) is in DATABASE_URL only. Passwords
 * are shown.
 */
void url_environment(const struct url *url, const char *database, const char *user,
                     struct strings *out);

#endif
