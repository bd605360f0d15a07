"""Databases that are none of pgclone's business, however much they look like it."""
import json

MARK = {
    "v": 1, "project": "circ", "run": None, "worker": "gw0", "template": "circ",
    "lease": "123456789abcdef0", "created": "2001-01-01T00:00:00Z", "host": "elsewhere", "pid": 1,
}  # fmt: skip

# Names that a careless pattern takes for a worker's or for a scratch database's.
LOOK_ALIKES = [
    "circ_gw0x", "circXgw0", "CIRC_GW0", "circ_gw0 ", "circ_gw", "circ_gw00",
    "pgclone_scratch_mine", "pgclone_scratch_0123456789abcdef", "pgclone_scratch_0123456789ABCDEF_0",
    "pgclone_scratch_0123456789abcdef_0x", "pgclone_scratch_0123456789abcde_0",
    "pgclone_scratch_0123456789abcdef01_0", "xpgclone_scratch_0123456789abcdef_0",
]  # fmt: skip
# A worker's name without a mark: somebody made it by hand.
UNMARKED = ["circ_gw90", "circ_r1_gw90"]
COMMENTS = {
    "circ_words": "pgclone: do not drop",
    "circ_version": "pgclone:" + json.dumps({**MARK, "v": 2}),
    "circ_lease": "pgclone:" + json.dumps({**MARK, "lease": "0"}),
    "circ_text": "see pgclone:" + json.dumps(MARK),
    # Whole and marked, but another project's.
    "shop_gw0": "pgclone:" + json.dumps({**MARK, "project": "shop"}),
}


class Bystanders:
    """Makes them, and says what happened to them: `changes()` is empty as long as nothing did."""

    def __init__(self, server):
        self.server = server
        self.names = [*LOOK_ALIKES, *UNMARKED, *COMMENTS]
        for name in self.names:
            server.create_database(name)
            server.query("CREATE TABLE precious AS SELECT 7 AS value", database=name, user="tester")
            if name in COMMENTS:
                server.set_comment(name, COMMENTS[name])
        self.before = self._rows()

    def _rows(self):
        return {
            row[0]: row[1:]
            for row in self.server.query(
                "SELECT datname, oid, datdba, datconnlimit, datallowconn, datacl::text,"
                " shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = ANY (%s)",
                (self.names,),
            )
        }

    def changes(self):
        now = self._rows()
        return [name for name in self.names if now.get(name) != self.before[name]]

    def lost_contents(self):
        return [
            name
            for name in self.names
            if self.server.value("SELECT sum(value) FROM precious", database=name) != 7
        ]
