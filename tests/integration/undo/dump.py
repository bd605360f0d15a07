"""What pg_dump says of a database, line by line, whatever their order: rows that were put back lie elsewhere."""
import os
import re
import subprocess

# pg_dump's own tokens, and the triggers of pgclone's that stand on the application's tables.
NOT_CONTENT = re.compile(r"^\\(un)?restrict |^CREATE TRIGGER pgclone_|ENABLE ALWAYS TRIGGER pgclone_|^--|^$")


def pg_dump_for(server):
    """The server's own, which some packages lack; an older one refuses."""
    program = os.path.join(server.bindir, "pg_dump")
    return program if os.path.exists(program) else None


def dump(server, database):
    program = pg_dump_for(server)
    if program is None:
        return []
    text = subprocess.run(
        [program, "-h", server.socket, "-p", str(server.port), "-U", "postgres",
         "-N", "pgclone", "--no-sync", database],
        check=True, capture_output=True, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
    ).stdout.decode()  # fmt: skip
    return sorted(line for line in text.split("\n") if not NOT_CONTENT.search(line))


def dump_differences(expected, found, most=20):
    if expected == found:
        return []
    gone, new = list(expected), []
    for line in found:
        try:
            gone.remove(line)
        except ValueError:
            new.append(line)
    return [f"pg_dump - {line[:300]}" for line in gone[:most]] + [f"pg_dump + {line[:300]}" for line in new[:most]]
