/* Where PostgreSQL's server programs are: a folder that holds `initdb` and `postgres`. */
#ifndef PGCLONE_SERVER_BINARIES_H
#define PGCLONE_SERVER_BINARIES_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strings.h"
#include "pgclone/server/account.h"

/** The oldest major version that pgclone works with. */
#define BINARIES_OLDEST_MAJOR 13

/** What begins the names of the variables that libpq and the server read: PostgreSQL's programs are
 * started without those of our environment (struct spawn_options). */
#define BINARIES_VARIABLES "PG"

struct binaries {
    char *folder;
    char *initdb;
    char *postgres;
    char *version; /**< as `postgres --version` has it: "15.18 (Debian 15.18-0+deb12u1)" */
    int major;
};

/** Where to look, and in which order. */
struct binaries_search {
    const char *flag;  /**< the folder that --postgres-bindir names, the only one then; or NULL */
    const char *path;  /**< folders separated by colons; or NULL */
    const char *asked; /**< a program that prints a folder for `--bindir` ("pg_config"); or NULL */
    const char *const *usual;      /**< glob patterns up to a NULL, each one newest version first */
    const struct account *account; /**< the user who must be able to run them */
};

/**
 * Looks for an installation in the order of the fields. ERROR_USAGE when the flag's folder holds
 * none that can be used, ERROR_SYSTEM when no folder does, ERROR_INTERRUPTED when a signal arrived;
 * the detail tells what was found and why it cannot be used, the hint what to install. The caller
 * releases `out` with binaries_release().
 */
bool binaries_search(const struct binaries_search *search, struct binaries *out, struct error *err);

/** binaries_search() where machines have PostgreSQL: in PATH, where pg_config says, and where
 * packages put it. */
bool binaries_find(const char *flag, const struct account *account, struct binaries *out,
                   struct error *err);

/**
 * The major version in what `postgres --version` prints; `version` is then set to where the
 * version's text begins in it. 0 when it is not PostgreSQL that printed it.
 */
int binaries_parse_version(const char *printed, const char **version);

void binaries_release(struct binaries *binaries);

#endif
