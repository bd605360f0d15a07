#include "pgclone/postgres/sql_doctor.h"

#include <stdarg.h>

#include "pgclone/postgres/sql.h"
#include "pgclone/postgres/sql_undo.h"

/* A host of its own for the column, since addresses have their network's width behind them. */
const char sql_doctor_address[] = "SELECT host(inet_server_addr()) AS address, "
                                  "current_setting('port') AS port";

/* The values that new sessions find: this one has some of its own. */
static const char settings_query[] =
    "SELECT name, reset_val AS value FROM pg_settings WHERE name IN ('max_connections', "
    "'superuser_reserved_connections', 'reserved_connections', 'max_locks_per_transaction', "
    "'max_prepared_transactions', 'fsync', 'synchronous_commit', 'full_page_writes', "
    "'max_wal_size', 'synchronous_standby_names', 'track_counts');\n";

static void doctor_add_server(int server_version, struct strbuf *out)
{
    sql_add(out,
            "SELECT current_setting('server_version') AS server, "
            "count(*) FILTER (WHERE s.datid IS NOT NULL) AS in_use, r.rolconnlimit AS role_limit, "
            "count(*) FILTER (WHERE s.usesysid = r.oid) AS role_in_use, %s AS may_replay "
            "FROM pg_roles r LEFT JOIN pg_stat_get_activity(NULL) s ON true "
            "WHERE r.rolname = current_user GROUP BY r.oid, r.rolconnlimit, r.rolname;\n",
            server_version >= SQL_UNDO_VERSION
                ? "has_parameter_privilege('session_replication_role', 'SET')"
                : "false");
}

/* A connection is what it takes to be told the size of a database. */
static void doctor_add_template(const char *name, int server_version, struct strbuf *out)
{
    sql_add(out,
            "SELECT d.datallowconn AS is_open, CASE WHEN has_database_privilege(d.oid, 'CONNECT') "
            "OR pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') "
            "THEN pg_database_size(d.oid) END AS size, to_jsonb(d) ->> 'datcollversion' AS "
            "recorded, %s AS actual FROM pg_database d WHERE d.datname = %L;\n",
            server_version >= 150000 ? "pg_database_collation_actual_version(d.oid)" : "NULL::text",
            name);
    /* Roles are shared, so the server keeps a list of what depends on them in all databases; but
     * not of what belongs to the superuser of the beginning. */
    sql_add(out,
            "SELECT pg_get_userbyid(s.refobjid) AS owner FROM pg_shdepend s "
            "JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = %L "
            "AND s.classid = 'pg_class'::regclass AND s.refclassid = 'pg_authid'::regclass "
            "AND s.deptype = 'o' AND NOT pg_has_role(current_user, s.refobjid, 'USAGE') "
            "GROUP BY s.refobjid ORDER BY 1;\n",
            name);
}

char *sql_doctor(const char *template_name, int server_version)
{
    struct strbuf out = {0};

    doctor_add_server(server_version, &out);
    strbuf_add(&out, settings_query);
    if (template_name != NULL)
        doctor_add_template(template_name, server_version, &out);
    else
        strbuf_add(&out, "SELECT WHERE false;\nSELECT WHERE false;\n");
    strbuf_add(&out, "SELECT datname AS name, pg_get_userbyid(datdba) AS owner FROM pg_database "
                     "WHERE datconnlimit = -2 ORDER BY datname;\n");
    return strbuf_take(&out);
}

/* As sql_add() has them, but that %s is a value which needs no quotes: a number, a setting's name.
 */
static const char *const fixes[] = {
    [SQL_FIX_CREATEDB] = "ALTER ROLE %I CREATEDB;",
    [SQL_FIX_MAKE] = "CREATE DATABASE %I OWNER %I;",
    [SQL_FIX_REMAKE] = "DROP DATABASE %I;\nCREATE DATABASE %I OWNER %I;",
    [SQL_FIX_CLONABLE] = "ALTER DATABASE %I IS_TEMPLATE true;",
    [SQL_FIX_ROLE] = "CREATE ROLE %I;",
    [SQL_FIX_MEMBER] = "GRANT %I TO %I;\nALTER ROLE %I INHERIT;",
    [SQL_FIX_MEMBER_16] = "GRANT %I TO %I WITH INHERIT TRUE, SET TRUE;",
    [SQL_FIX_SET_ASIDE] = "ALTER DATABASE %I RENAME TO %I;",
    [SQL_FIX_END_SESSION] = "SELECT pg_terminate_backend(%s);",
    [SQL_FIX_ROLL_BACK] = "\\connect %I\nROLLBACK PREPARED %L;",
    [SQL_FIX_COLLATION] =
        "\\connect %I\nREINDEX DATABASE %I;\nALTER DATABASE %I REFRESH COLLATION VERSION;",
    [SQL_FIX_COLLATION_SEALED] = "ALTER DATABASE %I REFRESH COLLATION VERSION;",
    [SQL_FIX_DROP] = "DROP DATABASE %I;",
    [SQL_FIX_NO_LIMIT] = "ALTER DATABASE %I CONNECTION LIMIT -1;",
    [SQL_FIX_NO_ROLE_LIMIT] = "ALTER ROLE %I CONNECTION LIMIT -1;",
    [SQL_FIX_NO_SYNC_COMMIT] = "ALTER DATABASE %I SET synchronous_commit = off;",
    [SQL_FIX_SYSTEM] = "ALTER SYSTEM SET %s = %L;\nSELECT pg_reload_conf();",
    [SQL_FIX_SYSTEM_RESTART] = "ALTER SYSTEM SET %s = %L;",
    [SQL_FIX_REPLAY] = "GRANT SET ON PARAMETER session_replication_role TO %I;",
    [SQL_FIX_REASSIGN] = "\\connect %I\nREASSIGN OWNED BY %I TO %I;",
};

char *sql_fix(enum sql_fix fix, ...)
{
    struct strbuf out = {0};
    va_list args;

    va_start(args, fix);
    sql_vadd(&out, fixes[fix], args);
    va_end(args);
    return strbuf_take(&out);
}
