#include "pgclone/postgres/sql.h"

#include <inttypes.h>

#include "pgclone/base/identity.h"

/* The first number of the two-number advisory locks on names: "pgcl" in ASCII. */
#define NAME_LOCK_SPACE 1885823852

/* The same of those on templates, shared by whoever clones them and had alone by who drops them. */
#define TEMPLATE_LOCK_SPACE 1885823854

/* The oid of the tablespace "pg_default" (DEFAULTTABLESPACE_OID). */
#define DEFAULT_TABLESPACE "1663"

/* Sizes may be asked of databases that one may connect to; others give NULL, not an error. */
static const char size_column[] =
    "CASE WHEN has_database_privilege(d.oid, 'CONNECT') OR "
    "pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') THEN pg_database_size(d.oid) END";

const char sql_backend_pid[] = "SELECT pg_backend_pid() AS pid";

char *sql_terminate(const int *pids, size_t count)
{
    struct strbuf out = {0};

    strbuf_add(&out, "SELECT pid, pg_terminate_backend(pid) AS ended FROM unnest(ARRAY[");
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&out, "%s%d", i > 0 ? "," : "", pids[i]);
    strbuf_add(&out, "]::int[]) AS pid");
    return strbuf_take(&out);
}

char *sql_unlock_key(int64_t key)
{
    struct strbuf out = {0};

    strbuf_printf(&out, "SELECT pg_advisory_unlock(%" PRId64 ")", key);
    return strbuf_take(&out);
}

/* On a server on which the run does not live a session with its key would be taken for one whose
 * client is dead. */
static void look_add_run_locks(const struct sql_session_locks *locks, struct strbuf *out)
{
    if (locks->join_key != 0)
        strbuf_printf(out, "pg_try_advisory_lock(%" PRId64 "), ", locks->join_key);
    if (locks->run_join_key == 0)
        return;
    strbuf_printf(out,
                  "CASE WHEN EXISTS (SELECT FROM pg_lock_status() WHERE locktype = 'advisory' AND "
                  "granted AND objsubid = 1 AND classid::bigint << 32 | objid::bigint = %" PRId64
                  ") THEN pg_try_advisory_lock_shared(%" PRId64 ") END, ",
                  locks->run_join_key, locks->run_session_key);
}

static void look_add_use(const char *template_name, struct strbuf *out)
{
    strbuf_printf(out, "pg_try_advisory_lock_shared(%d, hashtext(", TEMPLATE_LOCK_SPACE);
    sql_add(out, "%L)) AS template_used, ", template_name);
}

static void look_add_settings(int server_version, struct strbuf *out)
{
    strbuf_add(out, "SET search_path = pg_catalog; SET statement_timeout = 0; "
                    "SET lock_timeout = 0; SET default_transaction_read_only = off; "
                    "SET synchronous_commit = off; ");
    if (server_version >= 140000)
        /* Servers on other systems refuse any value but 0 for the second. */
        strbuf_add(out, "SET idle_session_timeout = 0; "
                        "SELECT set_config('client_connection_check_interval', '100ms', false) "
                        "WHERE version() LIKE '%linux%'; ");
    if (server_version >= 170000)
        strbuf_add(out, "SET transaction_timeout = 0; ");
}

char *sql_visit_setup(int server_version)
{
    struct strbuf out = {0};

    look_add_settings(server_version, &out);
    strbuf_add(&out, "SET idle_in_transaction_session_timeout = 0; "
                     "SET default_transaction_isolation = 'read committed'; "
                     "SET session_replication_role = replica; ");
    strbuf_add(&out, sql_backend_pid);
    return strbuf_take(&out);
}

char *sql_session_setup(int server_version, const struct sql_session_locks *locks)
{
    struct strbuf out = {0};

    look_add_settings(server_version, &out);
    /* In this order: a session that shows the last is never without the lease of its process. */
    strbuf_printf(&out,
                  "SELECT pg_backend_pid() AS pid, pg_try_advisory_lock(%" PRId64
                  "), pg_advisory_lock_shared(%" PRId64 "), ",
                  locks->lease_key, locks->session_key);
    look_add_run_locks(locks, &out);
    if (locks->template_name != NULL)
        look_add_use(locks->template_name, &out);
    strbuf_printf(&out, "pg_advisory_lock_shared(%d, %d)", SQL_SESSION_MARK_SPACE,
                  SQL_SESSION_MARK);
    return strbuf_take(&out);
}

static void look_add_names(const char *const *names, size_t count, struct strbuf *out)
{
    strbuf_add(out, "ARRAY[");
    for (size_t i = 0; i < count; i++)
        sql_add(out, i > 0 ? ",%L" : "%L", names[i]);
    strbuf_add(out, "]::text[]");
}

char *sql_unlock(const char *const *names, size_t count)
{
    struct strbuf out = {0};

    strbuf_printf(&out, "SELECT pg_advisory_unlock(%d, hashtext(name)) FROM unnest(",
                  NAME_LOCK_SPACE);
    look_add_names(names, count, &out);
    strbuf_add(&out, ") AS name");
    return strbuf_take(&out);
}

/*
 * The type of the file system that the data directory is on, or NULL. The directory's path would
 * not tell, since a symbolic link may be part of it; the server's process tells by the files that
 * it has open. Those for reading and writing (access mode 2) are data files, apart from terminals,
 * devices and, at times, the write-ahead log: where they disagree nothing is said. Whatever plans a
 * query on pg_database has it open.
 */
static const char file_system_query[] =
    "(SELECT CASE WHEN count(DISTINCT type) = 1 THEN min(type) END FROM ("
    "SELECT substring(mount FROM ' - ([^ ]+)') AS type "
    "FROM pg_ls_dir('/proc/self/fd', true, false) AS fd, "
    "pg_read_file('/proc/self/fdinfo/' || fd, true) AS info, "
    "string_to_table(encode(pg_read_binary_file('/proc/self/mountinfo', true), 'escape'), chr(10)) "
    "AS mount WHERE info ~ ('flags:[^0-9]+[0-7]*[26]' || chr(10)) "
    "AND split_part(mount, ' ', 1) = substring(info FROM 'mnt_id:[^0-9]+([0-9]+)') "
    "AND split_part(mount, ' ', 5) NOT IN ('/dev', '/dev/pts', '/dev/console')) AS open_file "
    "WHERE EXISTS (SELECT FROM pg_database))";

char *sql_files(const char *folder, int server_version)
{
    struct strbuf out = {0};

    sql_add(&out, "SELECT count(*) AS files, %s AS file_system FROM pg_ls_dir(%L)",
            server_version >= 180000 ? file_system_query : "NULL", folder);
    return strbuf_take(&out);
}

/* First of all, so that the statements that follow see a catalog that others no longer change. The
 * server counts how often a session takes a lock, so one that is held is not taken again: what is
 * given up once is then free. */
static void look_add_locks(const struct sql_look *look, struct strbuf *out)
{
    const struct strings *locked = look->locked;

    bool some = look->lock_names && locked != NULL && locked->count > 0;

    strbuf_add(out, "SELECT name, ");
    if (some) {
        strbuf_add(out, "CASE WHEN name = ANY(");
        look_add_names((const char *const *)locked->items, locked->count, out);
        strbuf_add(out, ") THEN true ELSE ");
    }
    if (look->lock_names)
        strbuf_printf(out, "pg_try_advisory_lock(%d, hashtext(name))", NAME_LOCK_SPACE);
    if (look->lock_names && look->lock_unused)
        strbuf_printf(out, " AND pg_try_advisory_lock(%d, hashtext(name))", TEMPLATE_LOCK_SPACE);
    if (!look->lock_names)
        strbuf_add(out, "true");
    strbuf_add(out, some ? " END AS locked" : " AS locked");
    strbuf_add(out, " FROM unnest(");
    look_add_names(look->names, look->name_count, out);
    strbuf_add(out, ") AS name;\n");
}

/* In the place of a set that nobody asked for: planning the statements costs more than running
 * them. */
static const char no_rows[] = "SELECT WHERE false;\n";

static void look_add_server(const struct sql_look *look, struct strbuf *out)
{
    strbuf_add(out, "SELECT ");
    if (look->use_template)
        look_add_use(look->template_name, out);
    strbuf_add(out, "pg_backend_pid() AS pid, rolname AS role, rolsuper AS superuser, "
                    "rolcreatedb AS createdb, "
                    "pg_is_in_recovery() AS recovery, current_setting('fsync') = 'on' AS fsync, "
                    "pg_size_bytes(current_setting('max_wal_size')) AS max_wal_size, "
                    "current_setting('max_connections')::int - "
                    "current_setting('superuser_reserved_connections')::int - "
                    "(SELECT count(*) FROM pg_stat_get_activity(NULL) WHERE datid IS NOT NULL) "
                    "AS free_connections FROM pg_roles WHERE rolname = current_user;\n");
}

static void look_add_roles(const struct sql_look *look, struct strbuf *out)
{
    if (look->owner == NULL && look->grant_to == NULL) {
        strbuf_add(out, no_rows);
        return;
    }
    sql_add(out,
            "SELECT rolname AS role, pg_has_role(current_user, oid, 'USAGE') AS inherits, "
            "CASE WHEN current_setting('server_version_num')::int >= 160000 "
            "THEN pg_has_role(current_user, oid, 'SET') "
            "ELSE pg_has_role(current_user, oid, 'MEMBER') END AS may_set "
            "FROM pg_roles WHERE rolname IN (%L, %L);\n",
            look->owner != NULL ? look->owner : "", look->grant_to != NULL ? look->grant_to : "");
}

static void look_add_template(const struct sql_look *look, struct strbuf *out)
{
    const char *name = look->template_name;

    if (name == NULL) {
        for (int set = LOOK_TEMPLATE; set <= LOOK_SESSIONS; set++)
            strbuf_add(out, no_rows);
        return;
    }
    /* The size takes a stat of every file, and decides nothing where these do not hold. */
    sql_add(out,
            "SELECT pg_get_userbyid(d.datdba) AS owner, "
            "pg_has_role(current_user, d.datdba, 'USAGE') AS owned, "
            "d.datistemplate AS is_template, d.datconnlimit AS connection_limit, "
            "d.datacl IS NOT NULL AS has_grants, "
            "CASE d.dattablespace WHEN " DEFAULT_TABLESPACE " THEN 'base/' || d.oid END AS folder, "
            "CASE WHEN current_setting('fsync') = 'on' AND "
            "current_setting('server_version_num')::int >= 150000 THEN %s END AS size "
            "FROM pg_database d WHERE d.datname = %L;\n",
            look->template_size ? size_column : "NULL", name);
    sql_add(out,
            "SELECT CASE s.setrole WHEN 0 THEN NULL ELSE pg_get_userbyid(s.setrole) END "
            "AS role, setting FROM pg_db_role_setting s "
            "JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) AS setting "
            "WHERE d.datname = %L;\n",
            name);
    sql_add(out,
            "SELECT CASE a.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(a.grantee) END "
            "AS role, a.privilege_type AS privilege, a.is_grantable AS grantable "
            "FROM pg_database d, aclexplode(d.datacl) AS a WHERE d.datname = %L;\n",
            name);
    /* The server ends autovacuum workers by itself; they are the ones without a user. A prepared
     * transaction holds a database without any session. Not by the views over these functions,
     * which take a millisecond to plan. */
    sql_add(out,
            "SELECT s.pid, pg_get_userbyid(s.usesysid) AS role, "
            "s.application_name AS application "
            "FROM pg_database d, pg_stat_get_activity(NULL) s "
            "WHERE d.datname = %L AND s.datid = d.oid AND s.usesysid IS NOT NULL "
            "UNION ALL SELECT NULL, pg_get_userbyid(x.ownerid), "
            "'prepared transaction ' || x.gid FROM pg_database d, pg_prepared_xact() x "
            "WHERE d.datname = %L AND x.dbid = d.oid;\n",
            name, name);
}

static void look_add_databases(const struct sql_look *look, struct strbuf *out)
{
    strbuf_printf(
        out,
        "SELECT d.datname AS name, c.description AS comment, "
        "d.datconnlimit = -2 AS invalid, d.datistemplate AS is_template, "
        "d.datallowconn AS is_open, pg_stat_get_db_numbackends(d.oid) AS sessions, %s AS size "
        "FROM pg_database d LEFT JOIN pg_shdescription c ON c.objoid = d.oid "
        "AND c.classoid = 'pg_database'::regclass WHERE d.datname::text = ANY(",
        look->sizes ? size_column : "NULL");
    look_add_names(look->names, look->name_count, out);
    strbuf_add(out, ")");
    if (look->all_marked)
        strbuf_add(out, " OR starts_with(d.datname::text, '" IDENTITY_SCRATCH_PREFIX "')"
                        " OR starts_with(c.description, '" IDENTITY_MARK_PREFIX "')");
    strbuf_add(out, " ORDER BY d.datname;\n");
}

/* All in one reading of the locks, by the function under the view and without choosing ours in SQL:
 * that takes longer. */
static void look_add_leases(struct strbuf *out)
{
    strbuf_add(out, "SELECT classid::bigint << 32 | objid::bigint AS key, objsubid AS numbers, pid "
                    "FROM pg_lock_status() WHERE locktype = 'advisory' AND granted;\n");
}

char *sql_look(const struct sql_look *look)
{
    struct strbuf out = {0};

    look_add_locks(look, &out);
    look_add_server(look, &out);
    look_add_roles(look, &out);
    look_add_template(look, &out);
    /* Twice. Who makes a database now is no longer there when it is done: only with nobody at work
     * before the databases were read are they all. And who has made one by then must still be known
     * to live: its lease is looked for afterwards. */
    look_add_leases(&out);
    look_add_databases(look, &out);
    look_add_leases(&out);
    return strbuf_take(&out);
}
