/* Where PostgreSQL's server programs are: a folder that holds `initdb` and `postgres`. */
#ifndef PGCLONE_SERVER_BINARIES_H
#define PGCLONE_SERVER_BINARIES_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strings.h"
#include "pgclone/server/account.h"

/** The oldest major version that pgclone works with (contract, section 10). */
#define BINARIES_OLDEST_MAJOR 13

struct binaries {
    char *folder;
    char *initdb;
    char *postgres;
    char *version; /**< as `postgres --version` has it: "15.18 (Debian 15.18-0+deb12u1)" */
    int major;
};

/** Where to look, and in which order. */
struct binaries_search {
    const char *flag;  /**< what --postgres-bindir says, then nothing else counts; NULL: not set */
    const char *path;  /**< folders with colons between; NULL: none */
    const char *asked; /**< a program that `--bindir` makes print a folder ("pg_config"); NULL */
    const char *const *usual; /**< patterns (glob), each one's matches newest version first */
    size_t usual_count;
    const struct account *account; /**< the user who must be able to run them */
};

/**
 * Looks in the order of the fields. ERROR_USAGE when the flag's folder does not do, ERROR_SYSTEM
 * when none does; the detail tells what was found and why it does not do, the hint what to install.
 * The caller releases `out` with binaries_release().
 */
bool binaries_search(const struct binaries_search *search, struct binaries *out, struct error *err);

/** binaries_search() where this machine has them: PATH, pg_config, the packages' places. */
bool binaries_find(const char *flag, const struct account *account, struct binaries *out,
                   struct error *err);

/**
 * The major version in what `postgres --version` prints, and where the version's text begins;
 * 0 when it is not PostgreSQL's.
 */
int binaries_parse_version(const char *printed, const char **version);

/**
 * psql: the one beside the server's programs, else the one in PATH (Debian's is a slow wrapper).
 * The caller frees it. ERROR_SYSTEM when there is none.
 */
char *binaries_find_psql(const struct binaries *binaries, struct error *err);

/** What PostgreSQL's programs are to be run with: our environment without what libpq and the
 * server read from it (PG…). */
void binaries_environment(struct strings *out);

void binaries_release(struct binaries *binaries);

#endif
