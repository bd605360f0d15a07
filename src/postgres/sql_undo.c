#include "pgclone/postgres/sql_undo.h"

#include "pgclone/base/strbuf.h"

const char sql_undo_begin[] = "SELECT outcome, reason, detail, vacuum FROM pgclone.begin()";
const char sql_undo[] = "SELECT outcome, reason, detail, vacuum FROM pgclone.undo()";
const char sql_undo_vacuum[] = "VACUUM pgclone.note";

/*
 * The number of sessions that clients have had in the template says whether anybody may have
 * changed it: each is counted when it ends at the latest. A server that lost its counters, or had
 * them reset, tells another time of that.
 */
char *sql_undo_facts(const char *source, const char *base)
{
    struct strbuf out = {0};

    sql_add(&out,
            "SELECT concat_ws('/', d.oid, current_setting('server_version_num'), current_user, "
            "s.sessions, s.stats_reset, pg_stat_get_bgwriter_stat_reset_time(), "
            "d.datdba, d.datacl, d.datconnlimit, (SELECT string_agg(concat_ws('=', r.setrole, "
            "r.setconfig), ',' ORDER BY r.setrole) FROM pg_db_role_setting r "
            "WHERE r.setdatabase = d.oid)) AS facts, "
            "EXISTS (SELECT FROM pg_stat_get_activity(NULL) a WHERE a.datid = d.oid "
            "AND a.usesysid IS NOT NULL) AS busy, "
            "has_parameter_privilege('session_replication_role', 'SET') AS may_replay, "
            "current_user AS role "
            "FROM pg_database d LEFT JOIN pg_stat_database s ON s.datid = d.oid "
            "WHERE d.datname = %L;\n",
            source);
    sql_template_databases(base, &out);
    return strbuf_take(&out);
}
