/*
 * A PostgreSQL server for the length of a run: started from the installed programs, reached through
 * a socket in a private folder (and on 127.0.0.1, with a password, for who asks for that), and
 * removed at the end with everything in it. It dies with this process however that ends (Linux);
 * what is left even so, the next start sweeps.
 */
#ifndef PGCLONE_SERVER_EPHEMERAL_H
#define PGCLONE_SERVER_EPHEMERAL_H

#include <stdbool.h>
#include <sys/types.h>

#include "pgclone/base/error.h"
#include "pgclone/base/overlay.h"
#include "pgclone/base/strings.h"
#include "pgclone/server/account.h"
#include "pgclone/server/binaries.h"
#include "pgclone/server/cache.h"
#include "pgclone/server/folder.h"
#include "pgclone/server/postmaster.h"
#include "pgclone/server/tcp.h"
#include "pgclone/template/fingerprint.h"

/** The name of the server's superuser, who needs no password on the socket. */
#define EPHEMERAL_USER "postgres"

/** What kind of server is wanted. */
struct ephemeral_options {
    const char
        *bindir; /**< where its programs are (--postgres-bindir); NULL: they are looked for */
    bool tcp;    /**< it listens on 127.0.0.1, too (--tcp) */
    /** What its databases are to be filled from: where that was done before, and is kept, the
     * server has them. NULL: it is to be empty. */
    const struct fingerprint_source *content;
    const char *database; /**< with `content`: the name of what is filled */
    const char *also;     /**< a text of what else is made of it then; NULL: nothing */
};

/** A running server. Start as EPHEMERAL_NONE. */
struct ephemeral {
    struct account account;
    struct binaries binaries;
    struct folder folder;
    struct cache_entry entry; /**< of the cache, that it shows or was copied from */
    const char *way;          /**< how it came to its data, in words */
    uint64_t cache_limit;     /**< of the cache, as PGCLONE_CACHE_SIZE says */
    char *key;   /**< of the content in the cache; NULL: it is not kept, or there is none */
    bool filled; /**< the content is there: it has been kept by another run */
    pid_t pid;   /**< of the postmaster; 0 when there is none, or it has ended */
    int port;    /**< of the socket and, with `tcp`, on 127.0.0.1 */
    bool tcp;    /**< it listens on 127.0.0.1, too */
    char password[TCP_PASSWORD_LENGTH + 1]; /**< there; ephemeral_set_password() makes it hold */
};

/** No server. */
#define EPHEMERAL_NONE                                                                             \
    ((struct ephemeral){.folder = {.temporary = {.lock = -1}}, .entry = {.folder = -1, .data = -1}})

/**
 * Sweeps what dead processes have left, then starts a server and comes back when it takes
 * connections. ERROR_USAGE when `bindir` holds no PostgreSQL that can be used, ERROR_SYSTEM when
 * the server cannot be started within 60 s (the end of its log is the detail), ERROR_INTERRUPTED
 * when a signal arrived. A failure leaves nothing behind. The caller ends the server with
 * ephemeral_stop(), from the thread that started it: the server dies with that thread.
 */
bool ephemeral_start(const struct ephemeral_options *options, struct ephemeral *out,
                     struct error *err);

/**
 * The end of a start: runs the server on the data folder, or on the overlay that it is to find
 * there, and comes back when it takes connections. ERROR_SYSTEM, with `pid` 0 when it has ended or
 * never ran; ERROR_INTERRUPTED when a signal arrived.
 */
bool ephemeral_run(struct ephemeral *server, const struct overlay *overlay, struct error *err);

/**
 * Whether a later run may find the server's data by an overlay. Tries it, in a few milliseconds.
 */
bool ephemeral_may_overlay(const struct ephemeral *server);

/**
 * Keeps the data folder, with the content that it was filled with, for later runs: ends the server,
 * stores what is there, and starts it again. With `tcp` the port and the password are others then.
 * Nobody may be connected. That it cannot be stored is no failure, and where nothing is to be kept
 * nothing is done. ERROR_SYSTEM when the server does not end or start, ERROR_INTERRUPTED when a
 * signal arrived.
 */
bool ephemeral_keep(struct ephemeral *server, struct error *err);

/** The cache as the server uses it. `path`, whose folder it is, is for the caller to free. */
struct cache ephemeral_cache(const struct ephemeral *server, char **path);

/**
 * Has the password hold for the superuser; until then TCP lets nobody in. Connects with libpq,
 * whose variables must not speak of another server any more. ERROR_CONNECTION or ERROR_SERVER on
 * failure, ERROR_INTERRUPTED when a signal arrived.
 */
bool ephemeral_set_password(const struct ephemeral *server, struct error *err);

/** The libpq URL of a database of the server, for the superuser on the socket; the caller frees it.
 */
char *ephemeral_url(const struct ephemeral *server, const char *database);

/** The same by TCP; it holds the password. */
char *ephemeral_tcp_url(const struct ephemeral *server, const char *database);

/**
 * Makes `database` and runs the SQL files in it, in their order, each by a psql of its own that
 * runs as the calling user and in the current folder (for `\i`). Stops at the first error:
 * ERROR_SERVER, with psql's words, which name file and line, as the detail. ERROR_SYSTEM where
 * there is no psql, a file cannot be read or takes longer than an hour; ERROR_INTERRUPTED when a
 * signal arrived.
 */
bool ephemeral_load(const struct ephemeral *server, const char *database,
                    const struct strings *files, struct error *err);

/**
 * Ends the server and its sessions at once, and removes its folder, whether or not a signal
 * arrives. Leaves EPHEMERAL_NONE, which is allowed, too.
 */
void ephemeral_stop(struct ephemeral *server);

#endif
