"""What a database holds, as the server tells it, in a form that two databases can be compared by.

Copies of one template have the same catalogs to the last object identifier, so the rows of the catalogs
are compared as they are. What rows are in a table is compared, and not where they lie.
"""
import psycopg2

# A fixed form of every value; the database may have settings of its own.
FORM = (
    "-c extra_float_digits=3 -c datestyle=ISO,YMD -c intervalstyle=postgres -c timezone=UTC -c bytea_output=hex"
    " -c lc_monetary=C -c search_path=pg_catalog -c xmlbinary=base64 -c session_replication_role=origin"
    " -c row_security=off -c default_transaction_read_only=off -c jit=off -c max_parallel_workers_per_gather=0"
    " -c role=none -c statement_timeout=60s -c lock_timeout=10s"
)
# Statistics and the like differ between any two databases. What the server keeps of large objects is compared.
LEFT_OUT = {"pg_statistic", "pg_statistic_ext_data"}
# By which column one tells what belongs to the database from what the server came with.
OWN = {
    "pg_attribute": "attrelid", "pg_index": "indexrelid", "pg_inherits": "inhrelid", "pg_depend": "objid",
    "pg_description": "objoid", "pg_init_privs": "objoid", "pg_sequence": "seqrelid", "pg_seclabel": "objoid",
    "pg_partitioned_table": "partrelid", "pg_range": "rngtypid", "pg_aggregate": "aggfnoid::pg_catalog.oid",
    "pg_foreign_table": "ftrelid", "pg_largeobject": "loid", "pg_ts_config_map": "mapcfg",
    "pg_subscription_rel": "srrelid",
}  # fmt: skip
# Many rows of the server's own, which nobody changes.
SELDOM_TOUCHED = {
    "pg_amop", "pg_amproc", "pg_attribute", "pg_collation", "pg_conversion", "pg_depend", "pg_description",
    "pg_opfamily", "pg_opclass", "pg_rewrite", "pg_ts_config_map", "pg_index",
}  # fmt: skip
# What VACUUM and ANALYZE write in place, and where a table's file is.
PASSING = {
    "pg_class": {
        "relfilenode", "relpages", "reltuples", "relallvisible", "relallfrozen", "relfrozenxid", "relminmxid",
    },
}  # fmt: skip

CATALOGS = """
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind = 'r' AND NOT c.relisshared
GROUP BY c.relname ORDER BY c.relname
"""
TABLES = """
SELECT format('%I.%I', n.nspname, c.relname), c.relkind
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'm', 'S') AND n.nspname <> 'pgclone' AND n.nspname !~ '^pg_'
AND NOT (c.relkind = 'm' AND NOT c.relispopulated)
ORDER BY 1
"""
# What belongs to the database as a whole. The text of a mark of pgclone's is no content.
DATABASE = """
SELECT 'the database', 1, hashtextextended(concat_ws('|', pg_get_userbyid(datdba), datacl::text, datconnlimit,
    datallowconn, datistemplate, encoding, datcollate, datctype, dattablespace,
    (SELECT string_agg(concat_ws('|', setrole, setconfig::text), '|' ORDER BY setrole)
     FROM pg_db_role_setting WHERE setdatabase = d.oid),
    (SELECT CASE WHEN description LIKE 'pgclone:%' THEN 'a mark' ELSE description END FROM pg_shdescription s
     WHERE s.objoid = d.oid AND s.classoid = 'pg_database'::regclass)), 0)
FROM pg_database d WHERE datname = current_database()
UNION ALL
SELECT 'what belongs to roles', count(*),
    sum(hashtextextended(concat_ws('|', classid, objid, objsubid, refclassid, refobjid, deptype), 0))
FROM pg_shdepend WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
UNION ALL
SELECT 'prepared transactions', count(*), 0 FROM pg_prepared_xacts WHERE database = current_database()
UNION ALL
SELECT 'locks', count(*), 0 FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND l.locktype = 'advisory' AND a.backend_type = 'client backend'
UNION ALL
SELECT 'sessions', count(*), 0 FROM pg_stat_activity WHERE datname = current_database()
AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND application_name = 'undo workload'
"""


def digest_of(label, source, columns=None, where="true", otherwise="0"):
    """A part of the statement: how many rows there are, and a sum that no order of theirs changes."""
    text = f"ROW({', '.join(columns)})::text" if columns else "t::text"
    label = label.replace("'", "''")
    value = f"hashtextextended({text}, 0)"
    if where != "true":
        value = f"CASE WHEN {where} THEN {value} ELSE {otherwise} END"
    return f"SELECT '{label}', count(*), sum({value}) FROM {source}"


class Comparison:
    """Made for one template, from any copy of it."""

    def __init__(self, connect, database):
        self.connect = connect
        with connect(database, options=FORM) as connection, connection.cursor() as cursor:
            cursor.execute(CATALOGS)
            parts = [DATABASE]
            for name, columns in cursor.fetchall():
                parts += self._catalog(name, columns)
            cursor.execute(TABLES)
            for name, kind in cursor.fetchall():
                columns = ["t.last_value", "t.is_called"] if kind == "S" else None
                parts.append(digest_of(name, f"ONLY {name} t", columns))
        connection.close()
        self.statement = " UNION ALL ".join(parts)
        self.expected = None

    @staticmethod
    def _catalog(name, columns):
        if name in LEFT_OUT:
            return
        key = "oid" if "oid" in columns else OWN.get(name)
        kept = [f"t.{column}" for column in columns if column not in PASSING.get(name, ())]
        source = f"pg_catalog.{name} t"
        if not key or name == "pg_largeobject":
            yield digest_of(f"catalog {name}", source, kept)
        elif name in SELDOM_TOUCHED:
            yield digest_of(f"catalog {name}", f"{source} WHERE t.{key} >= 16384", kept)
        else:
            # Of the server's own rows, who wrote them last.
            yield digest_of(f"catalog {name}", source, kept, f"t.{key} >= 16384", "xmin::text::bigint")

    def look(self, database):
        """Every part's name with its number of rows and their digest."""
        connection = self.connect(database, options=FORM)
        try:
            with connection.cursor() as cursor:
                cursor.execute(self.statement)
                return {label: (count, digest) for label, count, digest in cursor.fetchall()}
        finally:
            connection.close()

    def expect(self, database):
        self.expected = self.look(database)

    def differences(self, database):
        """What is not as expected, one line for each part; empty where all is."""
        try:
            found = self.look(database)
        except psycopg2.Error as problem:
            return [f"cannot be compared: {str(problem).strip()}"]
        return [
            f"{label}: {count} rows in place of {self.expected[label][0]}"
            if count != self.expected[label][0]
            else f"{label}: the same number of rows ({count}), others in them"
            for label, (count, digest) in found.items()
            if (count, digest) != self.expected[label]
        ]

    def rows_that_differ(self, one, other, most=10):
        """For tables that differ: the rows that are in one database only."""
        lines = []
        for label in sorted(self.expected):
            if "." in label and not label.startswith("catalog "):
                lines += self._rows(label, one, other, most)
        return lines

    def _rows(self, table, one, other, most):
        found = []
        for database in (one, other):
            connection = self.connect(database, options=FORM)
            with connection.cursor() as cursor:
                try:
                    cursor.execute(f"SELECT t::text FROM ONLY {table} t")
                    rows = [row[0] for row in cursor.fetchall()]
                except psycopg2.Error as problem:
                    rows = [str(problem)]
            connection.close()
            found.append(rows)
        for row in list(found[0]):
            if row in found[1]:
                found[0].remove(row)
                found[1].remove(row)
        return [f"  {table} {sign} {row[:300]}" for sign, rows in zip("+-", found) for row in rows[:most]]
