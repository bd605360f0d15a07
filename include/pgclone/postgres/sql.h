/*
 * The only place SQL text is built. Names and values of any characters go in; each function gives
 * one statement (the look: several) that the caller frees.
 */
#ifndef PGCLONE_POSTGRES_SQL_H
#define PGCLONE_POSTGRES_SQL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pgclone/base/strbuf.h"
#include "pgclone/base/strings.h"

/** Adds a quoted identifier. */
void sql_identifier(struct strbuf *out, const char *name);

/** Adds a string literal that means the same whatever standard_conforming_strings says. */
void sql_literal(struct strbuf *out, const char *text);

/**
 * Adds `format`, as the server's own format() has it: each %I is the next argument as a quoted
 * identifier, %L as a literal, and %s as it is. All of them are strings.
 */
void sql_add(struct strbuf *out, const char *format, ...);

/** sql_add() for callers that have a va_list. */
void sql_vadd(struct strbuf *out, const char *format, va_list args);

/** What CREATE DATABASE is told. */
struct sql_create {
    const char *name;
    const char *template_name;
    const char *strategy; /**< the STRATEGY word, or NULL to leave it out */
    const char *owner;    /**< NULL: the connecting role */
};

char *sql_create_database(const struct sql_create *create);

/** Has the session clone files, from PostgreSQL 18 on, where their file system can. */
extern const char sql_clone_files[];

/** Fails where sql_clone_files would: before 18, where a service allows no change, and in builds
 * without a system call for it. It changes nothing. */
extern const char sql_try_clone_files[];

/** Has the session's commits wait until they are durable, as the server is configured to. */
extern const char sql_reset_commit[];

char *sql_comment(const char *database, const char *comment);
char *sql_rename(const char *database, const char *new_name);

/** Lets sessions into a database, or keeps everybody out, superusers too. Those that are there
 * stay. */
char *sql_allow_connections(const char *database, bool allowed);

/** Ends a database's sessions and waits until they are gone, for 10 s at the most. Autovacuum's are
 * left to the server, which ends them by itself. */
char *sql_end_sessions(const char *database);

/** In one transaction: `database` becomes `old`, `spare` becomes `database`, and gets the comment.
 */
char *sql_swap(const char *database, const char *old, const char *spare, const char *comment);

/** In one transaction: renames, and comments. */
char *sql_rename_and_comment(const char *database, const char *new_name, const char *comment);

/** `DROP DATABASE IF EXISTS … WITH (FORCE)`: open sessions are ended. */
char *sql_drop(const char *database);

/** DROP DATABASE that leaves other roles' sessions alone, and so is refused while there are any. */
char *sql_drop_unforced(const char *database);

/** `GRANT ALL PRIVILEGES ON DATABASE … TO …`. */
char *sql_grant_all(const char *database, const char *role);

/** Takes from PUBLIC what a new database grants to it. */
char *sql_revoke_public(const char *database);

/** Grants one privilege; `role` NULL is PUBLIC. */
char *sql_grant(const char *database, const char *privilege, const char *role, bool grantable);

/**
 * `ALTER DATABASE … SET variable = value`, or with a role `ALTER ROLE … IN DATABASE … SET …`.
 * `value` is as pg_db_role_setting has it: for a list variable (search_path) it is split into its
 * elements first, as pg_dump does it.
 */
char *sql_set(const char *database, const char *role, const char *variable, const char *value);

char *sql_connection_limit(const char *database, int limit);

/** Sets a role's password. `verifier` is what a server keeps of one (`SCRAM-SHA-256$…`); NULL takes
 * it away. */
char *sql_role_password(const char *role, const char *verifier);

/** Ends the sessions with these process ids. One row per id. */
char *sql_terminate(const int *pids, size_t count);

/** The advisory locks of a session. */
struct sql_session_locks {
    int64_t lease_key;
    int64_t session_key;
    int64_t join_key; /**< held by a run while others may join it; 0: none */
    /** Of the run that the process is in; 0: none. Where its join key is held on this server, its
     * session key is taken as well, so that what is at work inside a run ends with it. */
    int64_t run_join_key;
    int64_t run_session_key;
    const char *template_name; /**< a template that must not be pruned; NULL: none */
};

/**
 * What every session is told first: no limits that roles and databases may set and that would end
 * our statements; no wait for the disk at every commit (sql_reset_commit undoes it); then locks
 * that live as long as the session: the lease, unless another session of the process has it, and
 * shared `session_key` and a mark that is the same for every pgclone, by which a session can be
 * found when its client is gone, and the template's. Several statements; the last one gives the
 * backend's `pid`.
 */
char *sql_session_setup(int server_version, const struct sql_session_locks *locks);

/**
 * What a session in a database of jobs is told first: no limits, no wait for the disk, and no
 * triggers or rules but those that fire always (session_replication_role). It takes no locks: its
 * process's other sessions have them. The last statement gives the backend's `pid`.
 */
char *sql_visit_setup(int server_version);

/** Gives up one of these locks. The caller frees it. */
char *sql_unlock_key(int64_t key);

/** Undoes sql_session_setup() in a session that others will use after us: settings and locks. */
extern const char sql_session_reset[];

/**
 * Asks what a template that is built on this server depends on (sql_template.c), for one round
 * trip. Two result sets. One row: `server`, a text of major version, encoding, locale and collation
 * version of new databases, and `role`, the connecting one. Then the databases whose names begin
 * with `base` and "_": `name`, `comment`, `invalid`, and whether they are `sealed`, so that nobody
 * can connect to them.
 */
char *sql_template_facts(const char *base);

/** Adds the second statement of sql_template_facts(). */
void sql_template_databases(const char *base, struct strbuf *out);

/**
 * In one transaction: `scratch`, to which nobody may connect any more, becomes the template `name`,
 * and gets the comment. Where `old` is not NULL the template that bears the name becomes `old`, an
 * ordinary database, which can be dropped.
 */
char *sql_template_publish(const char *scratch, const char *name, const char *comment,
                           const char *old);

/** Makes an ordinary database of a template, as which it can be dropped. */
char *sql_template_unseal(const char *database);

/** What a look at the catalog asks for (sql_look.c). */
struct sql_look {
    const char *const *names; /**< databases asked for by name; also locked when `lock_names` */
    size_t name_count;
    bool lock_names;              /**< try to take each name's lock */
    bool lock_unused;             /**< and the lock that whoever clones the database shares */
    const struct strings *locked; /**< names whose locks are held already; NULL: none */
    bool all_marked;              /**< every database with a mark or a scratch name */
    bool sizes;                   /**< database sizes too */
    const char *template_name;    /**< NULL: no template is wanted */
    bool template_size;
    bool use_template;    /**< share the lock that keeps the template from being pruned */
    const char *owner;    /**< NULL or a role that is to be looked up */
    const char *grant_to; /**< NULL or a role that is to be looked up */
};

/** The result sets of a look, in this order. */
enum sql_look_set {
    LOOK_LOCKS,     /**< name, locked */
    LOOK_SERVER,    /**< one row: role and server, and whether the template may be used */
    LOOK_ROLES,     /**< the roles asked for */
    LOOK_TEMPLATE,  /**< none or one row */
    LOOK_SETTINGS,  /**< the template's settings: role, setting */
    LOOK_GRANTS,    /**< the template's grants: role, privilege, grantable */
    LOOK_SESSIONS,  /**< who is in the template */
    LOOK_MAKERS,    /**< as LOOK_LEASES, but seen before the databases */
    LOOK_DATABASES, /**< the databases asked for */
    LOOK_LEASES,    /**< the advisory locks of living sessions, anybody's: key, numbers (1, or 2 for
                       a lock of two numbers, whose first one is the key's upper half), pid */
};

/** The two numbers of the lock that every session of every pgclone holds shared. By it a lock of
 * ours is told from another application's that happens to use the same number. */
#define SQL_SESSION_MARK_SPACE 1885823853
#define SQL_SESSION_MARK 1

/** The statements of a look, for one round trip. */
char *sql_look(const struct sql_look *look);

/**
 * What only superusers may ask: the number of files in a database's folder, as `files`; and from
 * PostgreSQL 18 on the type of the file system that the data directory is on ("xfs"), as
 * `file_system`: NULL where the server cannot tell.
 */
char *sql_files(const char *folder, int server_version);

/** Gives up the locks on names that a look with `lock_names` took. */
char *sql_unlock(const char *const *names, size_t count);

/** Asks which backend answers: `pid`. */
extern const char sql_backend_pid[];

#endif
