#include "pgclone/postgres/sql.h"

#include "pgclone/base/identity.h"
#include "pgclone/base/memory.h"

/* By the row as JSON, whose columns come and go with the versions: a name that a version lacks is
 * null there, where a column would be an error. */
#define LOCALE_PROVIDER "to_jsonb(d) ->> 'datlocprovider'" /* from 15 on */
#define ICU_LOCALE "to_jsonb(d) ->> 'daticulocale'"        /* 15 and 16 */
#define LOCALE "to_jsonb(d) ->> 'datlocale'"               /* from 17 on */

/*
 * The version of the library that sorts text, as a collation of the same provider tells it:
 * databases tell it themselves only from PostgreSQL 15 on. The order of bytes has none.
 */
static const char collation_version[] =
    "CASE WHEN d.datcollate NOT IN ('C', 'POSIX') THEN (SELECT pg_collation_actual_version(c.oid) "
    "FROM pg_collation c WHERE c.collprovider::text = coalesce(" LOCALE_PROVIDER ", 'c') "
    "AND pg_collation_actual_version(c.oid) IS NOT NULL LIMIT 1) END";

void sql_template_databases(const char *base, struct strbuf *out)
{
    sql_add(out,
            "SELECT d.datname AS name, c.description AS comment, d.datconnlimit = -2 AS invalid, "
            "d.datistemplate AND NOT d.datallowconn AS sealed "
            "FROM pg_database d LEFT JOIN pg_shdescription c ON c.objoid = d.oid "
            "AND c.classoid = 'pg_database'::regclass "
            "WHERE starts_with(d.datname::text, %L || '_');\n",
            base);
}

char *sql_template_facts(const char *base)
{
    struct strbuf out = {0};

    sql_add(&out,
            "SELECT current_user AS role, concat_ws('/', "
            "current_setting('server_version_num')::int / 10000, pg_encoding_to_char(d.encoding), "
            "d.datcollate, d.datctype, " LOCALE_PROVIDER ", " ICU_LOCALE ", " LOCALE ", "
            "%s) AS server FROM pg_database d WHERE d.datname = '" IDENTITY_EMPTY_DATABASE "';\n",
            collation_version);
    sql_template_databases(base, &out);
    return strbuf_take(&out);
}

char *sql_template_unseal(const char *database)
{
    struct strbuf out = {0};

    sql_add(&out, "ALTER DATABASE %I IS_TEMPLATE false", database);
    return strbuf_take(&out);
}

char *sql_template_publish(const char *scratch, const char *name, const char *comment,
                           const char *old)
{
    char *arrival OWNED(memory_free_string) = sql_rename_and_comment(scratch, name, comment);
    struct strbuf out = {0};

    if (old != NULL)
        sql_add(&out, "ALTER DATABASE %I IS_TEMPLATE false; ALTER DATABASE %I RENAME TO %I; ", name,
                name, old);
    sql_add(&out, "ALTER DATABASE %I IS_TEMPLATE true; %s", scratch, arrival);
    return strbuf_take(&out);
}
