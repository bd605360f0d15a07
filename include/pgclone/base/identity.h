/* The names that pgclone and PostgreSQL give to things and that several rooms must agree on. */
#ifndef PGCLONE_BASE_IDENTITY_H
#define PGCLONE_BASE_IDENTITY_H

/** What the comment of every database that pgclone made begins with (provision/mark.h). */
#define IDENTITY_MARK_PREFIX "pgclone:"

/** What the name of a database begins with until it is complete (provision/lease.h). */
#define IDENTITY_SCRATCH_PREFIX "pgclone_scratch_"

/** What the name of a copy begins with that waits for whoever creates next (provision/stored.h). */
#define IDENTITY_STORED_PREFIX "pgclone_stored_"

/** The base of the databases' names where there is neither a template nor a configured database. */
#define IDENTITY_DEFAULT_BASE "test"

/** PostgreSQL's limit on names in bytes, NAMEDATALEN - 1. It cuts longer ones with a notice only.
 */
#define IDENTITY_NAME_MAX 63

/** The databases of every new server: for administration, the copy of it that stays empty, since
 * nobody may connect to it, and the one that a site may add to. */
#define IDENTITY_MAINTENANCE_DATABASE "postgres"
#define IDENTITY_EMPTY_DATABASE "template0"
#define IDENTITY_SITE_DATABASE "template1"

#endif
