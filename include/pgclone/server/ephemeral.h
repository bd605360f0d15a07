/*
 * A PostgreSQL server for the length of a run: made from the installed programs, reached through a
 * socket in a private folder, ended and removed with everything it held. It dies with this process
 * however that ends (Linux), and what even then is left, the next start sweeps.
 */
#ifndef PGCLONE_SERVER_EPHEMERAL_H
#define PGCLONE_SERVER_EPHEMERAL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strings.h"
#include "pgclone/server/account.h"
#include "pgclone/server/binaries.h"
#include "pgclone/server/folder.h"
#include "pgclone/server/postmaster.h"

/** The server's superuser, whom it trusts. */
#define EPHEMERAL_USER "postgres"
#define EPHEMERAL_PORT POSTMASTER_PORT

struct ephemeral_options {
    const char *bindir; /**< --postgres-bindir; NULL: look for the programs */
};

/** A running server. Start as EPHEMERAL_NONE. */
struct ephemeral {
    struct account account;
    struct binaries binaries;
    struct folder folder;
    char *url;
    pid_t pid;   /**< of the postmaster; 0 when there is none, or it has ended */
    bool cached; /**< its data folder came from the cache */
};

/** No server. */
#define EPHEMERAL_NONE ((struct ephemeral){.folder = {.temporary = {.lock = -1}}})

/**
 * Sweeps what dead predecessors left, then starts a server and comes back when it takes
 * connections. ERROR_USAGE for a folder in the options that does not do, ERROR_SYSTEM when it
 * cannot be started (its log's end is the detail), after 60 s at the latest; ERROR_INTERRUPTED when
 * a signal arrived. Nothing is left behind by a failure. The caller ends it with ephemeral_stop(),
 * from the thread that started it: the server dies with that thread.
 */
bool ephemeral_start(const struct ephemeral_options *options, struct ephemeral *out,
                     struct error *err);

/** A libpq URL of its database "postgres", for the superuser; borrowed. */
const char *ephemeral_url(const struct ephemeral *server);

/** The URL of any database of it, which the caller frees. */
char *ephemeral_url_for(const struct ephemeral *server, const char *database);

/** For PGHOST: the socket's folder, borrowed. PGPORT and PGUSER are the constants above. */
const char *ephemeral_host(const struct ephemeral *server);

/**
 * Whether the server still runs. False with ERROR_SERVER when it has died, its log's end the
 * detail; the process has then been waited for.
 */
bool ephemeral_check(struct ephemeral *server, struct error *err);

/**
 * Makes `database` and runs the SQL files in it, in their order and each in a session of its own,
 * with psql, as the calling user and in the current folder (for `\i`). Stops at the first error:
 * ERROR_SERVER with psql's words, which name file and line, as detail. ERROR_SYSTEM where there is
 * no psql or a file cannot be read, ERROR_INTERRUPTED when a signal arrived. A file may take an
 * hour.
 */
bool ephemeral_load(const struct ephemeral *server, const char *database,
                    const struct strings *files, struct error *err);

/**
 * Ends the server at once, with the sessions in it, and removes its folder; leaves EPHEMERAL_NONE,
 * which is allowed, too. Signals do not hold it up.
 */
void ephemeral_stop(struct ephemeral *server);

/** Removes what dead predecessors of this user left. Returns how many folders that were. */
size_t ephemeral_sweep(void);

#endif
