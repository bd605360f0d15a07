/* What is sent for databases that note their changes (the setting `reset: undo`). The schema itself
 * is src/postgres/undo_schema.sql. */
#ifndef PGCLONE_POSTGRES_SQL_UNDO_H
#define PGCLONE_POSTGRES_SQL_UNDO_H

#include "pgclone/postgres/sql.h"

/** The least server version that has what the proof is made of: counters in shared memory, and the
 * right to SET a parameter. */
#define SQL_UNDO_VERSION 150000

/** The statements that install the schema "pgclone" into the database that they are sent to, in one
 * message and so in one transaction. They refuse with SQLSTATE_UNDO_GUARD and
 * SQLSTATE_UNDO_PRIVILEGE. Made by the build from the file above. */
extern const char sql_undo_schema[];

/**
 * Asks for what a template that notes changes depends on, in one round trip, on SQL_UNDO_VERSION or
 * newer. Two result sets. None or one row on the template `source`: `facts`, a text that is another
 * one once a session in it has ended, or what is set for it has changed; `busy`, whether anybody is
 * in it; and `may_replay`, whether the connecting role, `role`, may set session_replication_role.
 * Then the databases whose names begin with `base` and "_", as in sql_template_facts(). The caller
 * frees it.
 */
char *sql_undo_facts(const char *source, const char *base);

/** To be sent once in a new database: notes what it is like. Gives the same as sql_undo. */
extern const char sql_undo_begin[];

/** Puts the database that it is sent to back. One row: `outcome` ("undone", "refused" or
 * "prepared"), `reason`, `detail`. */
extern const char sql_undo[];

/** Gives back the room of notes that were taken back; due where sql_undo gives a true `vacuum`. */
extern const char sql_undo_vacuum[];

#endif
