"""Values of every built-in type, as SQL expressions, the odd ones among them."""

NUMBERS = {
    "smallint": ["0", "-32768", "32767", "7", "-1"],
    "integer": ["0", "1", "-1", "2147483647", "(-2147483648)", "42", "17"],
    "bigint": ["0", "9223372036854775807", "(-9223372036854775808)", "12", "-5"],
    "numeric": ["0", "0.00", "1.10", "1.1", "'NaN'", "'Infinity'", "'-Infinity'", "1e100",
        "-0.000000000000000000001"],
    "numeric(12,2)": ["0", "1.10", "-99.99", "'NaN'", "9999999999.99"],
    "real": ["0", "'-0'", "'NaN'", "'Infinity'", "'-Infinity'", "1.1", "3.4e38", "1e-45", "0.1"],
    "double precision": ["0", "'-0'", "'NaN'", "'Infinity'", "'-Infinity'", "0.1", "1e308", "5e-324",
        "1.0000000000000002"],
    "money": ["0::money", "12.34::numeric::money", "(-0.05)::numeric::money",
        "92233720368547758.07::numeric::money"],
    "oid": ["0", "4294967295", "16384"],
    "xid": ["'0'", "'4294967295'"],
    "xid8": ["'0'", "'18446744073709551615'"],
    "cid": ["'0'", "'7'"],
    "tid": ["'(0,1)'", "'(4294967295,65535)'"],
    "pg_lsn": ["'0/0'", "'FFFFFFFF/FFFFFFFF'", "'16/B374D848'"],
}
TEXTS = {
    "text": ["''", "'a'", "' '", "'NULL'", "'null'", "E'\\n'", "E'\\t\\r\\b\\f'", "E'\\\\N'", "'\"quoted\"'",
        "'(1,2)'",
             "'{a,b}'", "E'\\x01'", "'ünï 名 🙂'", "repeat('long ', 900)", "'it''s'", "'a,b'", "'$$'",
             "E'a\\\\b'"],
    "character varying(20)": ["''", "'v'", "'trailing  '", "'twenty characters ok'"],
    "character(6)": ["''", "'a'", "'ab  '", "'abcdef'", "' x'"],
    "character(1)": ["''", "' '", "'x'"],
    "\"char\"": ["''", "'a'", "'\\'", "'\"'", "'\\377'"],
    "name": ["''", "'name'", "repeat('n', 63)::name"],
    "bytea": ["''", "'\\x00'", "'\\x5c5c27'", "'\\xff00ff'", "decode(repeat('00ff', 2000), 'hex')"],
    "json": ["'{}'", "'null'", "'{\"a\" :  1, \"a\":2}'", "'[1 , 2]'", "'1.0'", "'\"\\u00e9\"'",
        "E'{\"n\":\\n 1e2}'"],
    "jsonb": ["'{}'", "'null'", "'{\"a\": 1, \"b\": [1.0, 1]}'", "'\"x\"'", "'1.00'", "'{\"\": null}'"],
    "jsonpath": ["'$'", "'strict $.a[*] ? (@ > 1)'"],
    "xml": ["'<a/>'", "'<a b=\"1\" >  x</a>'", "''"],
    "tsvector": ["''", "'a:1A b:2,3B ''it''''s'''", "to_tsvector('simple', 'some words here')"],
    "tsquery": ["''", "'a & !b | c:*'", "'a <-> b'"],
    "uuid": ["'00000000-0000-0000-0000-000000000000'", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"],
    "bit(5)": ["B'00000'", "B'10101'"],
    "bit varying": ["B''", "B'0'", "B'1011001'"],
    "pg_snapshot": ["'10:20:10,14,15'"],
    "refcursor": ["'cursor'", "''"],
    "regclass": ["'app.tree'", "'0'", "'pg_class'", "'app.\"Größe 名前\"'"],
    "regtype": ["'integer'", "'app.state'"],
    "regproc": ["'app.polish'", "'0'"],
    "regprocedure": ["'lower(text)'"],
    "regrole": ["'undo_app'"],
    "regnamespace": ["'app'"],
    "regconfig": ["'english'"],
    "aclitem": ["'undo_app=r/undo_owner'"],
}
TIMES = {
    "date": ["'2020-02-29'", "'infinity'", "'-infinity'", "'0044-03-15 BC'", "'2021-06-01'",
        "'5874897-12-31'", "'2019-07-07'"],
    "time without time zone": ["'00:00'", "'24:00:00'", "'23:59:59.999999'"],
    "time(0) without time zone": ["'12:00'"],
    "time with time zone": ["'00:00+14'", "'23:59:59.5-12:30'"],
    "timestamp without time zone": ["'2020-02-29 12:00'", "'infinity'", "'-infinity'",
        "'4713-01-01 00:00:00 BC'", "'1999-12-31 23:59:59.999999'"],
    "timestamp with time zone": ["'2020-10-25 02:30+02'", "'2020-10-25 02:30+01'", "'infinity'",
        "'0001-01-01 00:00:00+00 BC'", "'294276-12-31 23:59:59+00'"],
    "interval": ["'0'", "'1 mon'", "'30 days'", "'-1 year 2 days -03:04:05.678'", "'1 day'", "'24:00:00'"],
    "interval day to second(3)": ["'1 02:03:04.567'"],
}
SHAPES = {
    "point": ["'(0,0)'", "'(-0,NaN)'", "'(Infinity,1e-300)'", "'(1.1,2.2)'"],
    "line": ["'{1,-1,0}'", "'{0,1,-0}'"],
    "lseg": ["'[(0,0),(1,1)]'", "'[(1,1),(0,0)]'"],
    "box": ["'(1,1),(0,0)'", "'(0,0),(0,0)'"],
    "path": ["'[(0,0),(1,1)]'", "'((0,0),(1,1))'", "'((0,0))'"],
    "polygon": ["'((0,0),(1,1),(1,0))'", "'((0,0))'"],
    "circle": ["'<(0,0),0>'", "'<(1,1),Infinity>'"],
    "inet": ["'192.168.0.1/24'", "'192.168.0.1'", "'::1'", "'::ffff:1.2.3.4/128'"],
    "cidr": ["'10.0.0.0/8'", "'::/0'"],
    "macaddr": ["'08:00:2b:01:02:03'"],
    "macaddr8": ["'08:00:2b:01:02:03:04:05'"],
}
MANY = {
    "int4range": ["'empty'", "'(,)'", "'[1,5)'", "'[7,7]'", "'(,3]'"],
    "int8range": ["'[1,9223372036854775806]'"],
    "numrange": ["'[1.0,1.00]'", "'(NaN,)'", "'[,]'", "'(1,2]'"],
    "tsrange": ["'[2020-01-01,infinity)'", "'[2020-01-01,infinity]'", "'empty'"],
    "tstzrange": ["'[2020-01-01 00:00+00,)'"],
    "daterange": ["'[2020-01-01,2020-02-01)'", "'[,infinity]'"],
    "int4multirange": ["'{}'", "'{[1,2),[5,9)}'", "'{(,)}'"],
    "nummultirange": ["'{[1.0,2.00]}'"],
    "tstzmultirange": ["'{[2020-01-01 00:00+00,2021-01-01 00:00+00)}'"],
    "datemultirange": ["'{}'"],
    "integer[]": ["'{}'", "'{1,NULL,3}'", "'[-2:0]={1,2,3}'", "'{{1,2},{3,4}}'", "'[0:0][5:6]={{1,2}}'"],
    "text[]": ["'{}'", "'{\"\",NULL,\"NULL\",\"a,b\",\"{}\"}'", "'[0:1]={\"\\\\\",\"\\\"\"}'",
        "ARRAY[' ', E'\\n', '']"],
    "json[]": ["ARRAY['{\"a\" : 1}'::json, NULL]"],
    "double precision[]": ["'{NaN,-0,Infinity}'"],
    "timestamp with time zone[]": ["'{2020-10-25 02:30+02,infinity}'"],
    "int2vector": ["'1 2 3'", "''"],
    "oidvector": ["'1 2 3'"],
    "app.state": ["'new'", "'Open ''now'''", "''"],
    "app.state[]": ["'{new,\"\"}'"],
    "app.percent": ["0", "100", "12"],
    "app.words_of": ["'{}'", "'{a,NULL}'"],
    "app.short": ["''", "'abc'", "'  '"],
    "app.pair": ["ROW(1, NULL, '{}')", "ROW(NULL, NULL, NULL)", "ROW(2, ' ,\"', '{\"a\" : 1}')"],
    "app.pair[]": ["ARRAY[ROW(1, '', '{}')::app.pair, NULL]"],
    "app.whole_pair": ["ROW(3, 'x', 'null')::app.pair"],
    "app.nested": ["ROW(ROW(1, 'a', '[]')::app.pair, ARRAY[ROW(NULL, NULL, NULL)::app.pair], '-0')"],
    "app.floats": ["'[-0,NaN]'", "'empty'"],
    "app.tree": ["ROW(1, NULL, 'a row of a table')"],
}  # fmt: skip
TABLES = {"app.numbers": NUMBERS, "app.texts": TEXTS, "app.times": TIMES, "app.shapes": SHAPES,
    "app.many": MANY}
POOLS = {kind: values for table in TABLES.values() for kind, values in table.items()}

TYPES_SQL = """
CREATE DOMAIN app.percent AS integer CHECK (VALUE BETWEEN 0 AND 100);
CREATE DOMAIN app.words_of AS pg_catalog.text[];
CREATE DOMAIN app.short AS character(4) COLLATE "C";
CREATE TYPE app.pair AS (a integer, b pg_catalog.text, c json);
CREATE DOMAIN app.whole_pair AS app.pair CHECK ((VALUE).a > 0);
CREATE TYPE app.nested AS (one app.pair, many app.pair[], x double precision);
CREATE TYPE app.floats AS RANGE (subtype = float8, subtype_diff = float8mi);
"""


def has_xml(cursor):
    try:
        cursor.execute("SELECT '<a/>'::xml")
    except Exception:
        return False
    return True


def types_sql(rows=40, xml=True):
    """Tables with a column of each type, without a key but for the first; every third value is null."""
    statements = [TYPES_SQL]
    for number, (table, types) in enumerate(TABLES.items()):
        kinds = [kind for kind in types if kind != "xml" or xml]
        columns = ['"{}" {}'.format(kind.replace('"', '""'), kind) for kind in kinds]
        if number % 2 == 0:
            columns.insert(0, "id integer PRIMARY KEY")
        statements.append(f"CREATE TABLE {table} ({', '.join(columns)})")
        lines = []
        for row in range(rows):
            values = [str(row + 1)] if number % 2 == 0 else []
            for place, kind in enumerate(kinds):
                pool = types[kind]
                missing = (row + place) % 4 == 3
                values.append("NULL" if missing else f"({pool[row % len(pool)]})::{kind}")
            lines.append(f"({', '.join(values)})")
        statements += [f"INSERT INTO {table} VALUES {line}" for line in lines]
    return ";\n".join(statements) + ";\n"
