"""What the measurements were made on."""

import os
import pathlib
import platform
import subprocess


PSYCOPG2 = {"createdb, dropdb, psql": "postgresql-client-15", "psycopg2": "python3-psycopg2"}
ALL = {**PSYCOPG2, "Django": "python3-django", "SQLAlchemy": "python3-sqlalchemy"}


def first_line(*command):
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.split("\n")[0]


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def distribution():
    for line in pathlib.Path("/etc/os-release").read_text().splitlines():
        if line.startswith("PRETTY_NAME="):
            return line.split("=", 1)[1].strip('"')
    return platform.system()


def package_version(package):
    return first_line("dpkg-query", "-W", "-f", "${Version}", package)


def describe(arguments, packages):
    versus = {"the other pgclone": arguments.vs} if arguments.vs else {}
    busy = getattr(arguments, "busy", 0)
    beside = {"beside it": f"{busy} busy processes"} if busy else {}
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return {
        "machine": f"{os.cpu_count()} CPUs ({processor()}), {memory:.0f} GiB of memory",
        "system": f"{distribution()}, Linux {platform.release()}",
        **beside,
        "pgclone": first_line(arguments.program, "--version"),
        **versus,
        **{name: package_version(package) for name, package in packages.items()},
    }
