/* The server's error codes that pgclone acts upon, by their names in PostgreSQL's documentation. */
#ifndef PGCLONE_POSTGRES_SQLSTATE_H
#define PGCLONE_POSTGRES_SQLSTATE_H

/** Whole classes, by their first characters. */
#define SQLSTATE_CLASS_CONNECTION_EXCEPTION "08"
#define SQLSTATE_CLASS_INVALID_AUTHORIZATION "28"
#define SQLSTATE_CLASS_SESSION_ENDED "57P" /**< shutdown, crash, termination, start-up */

#define SQLSTATE_UNIQUE_VIOLATION "23505"
#define SQLSTATE_INVALID_AUTHORIZATION "28000"
#define SQLSTATE_INVALID_PASSWORD "28P01"
#define SQLSTATE_UNDEFINED_DATABASE "3D000"
#define SQLSTATE_INSUFFICIENT_PRIVILEGE "42501"
#define SQLSTATE_DUPLICATE_DATABASE "42P04"
#define SQLSTATE_TOO_MANY_CONNECTIONS "53300"
#define SQLSTATE_OBJECT_IN_USE "55006"
#define SQLSTATE_CANNOT_CONNECT_NOW "57P03"

/** pgclone's own, of src/postgres/undo_schema.sql: what is refused, and what the role may not do.
 */
#define SQLSTATE_UNDO_GUARD "PGC04"
#define SQLSTATE_UNDO_PRIVILEGE "PGC06"

#endif
