"""PostgreSQL 18 on a file system whose files can share their blocks."""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from support.machine import unavailable

DISK_MB = 2048  # the file behind it is sparse
TEMPLATE_MB = 60
FILLER = """
CREATE TABLE filler AS SELECT g, repeat(md5(g::text), 30) AS text FROM generate_series(1, 60000) g
"""


@pytest.fixture
def reflink_disk(server):
    """To be named before `own_server`, whose server has to be gone before the disk is."""
    if server.major < 18:
        pytest.skip("file_copy_method came with PostgreSQL 18")
    if os.geteuid() != 0:
        pytest.skip("only root can mount a file system")
    folder = Path(tempfile.mkdtemp(prefix="pgclone-reflink-", dir="/tmp"))
    folder.chmod(0o755)
    image, disk = folder / "image", folder / "a disk"  # the mount table has that name escaped
    disk.mkdir()
    try:
        with open(image, "wb") as file:
            file.truncate(DISK_MB << 20)
        for command in (
            ["mkfs.xfs", "-q", "-m", "reflink=1", image],
            ["mount", "-o", "loop", image, disk],
        ):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                unavailable(f"no XFS in a file here: {done.stderr.strip()}")
        try:
            yield disk
        finally:
            subprocess.run(["umount", disk], check=True)
    finally:
        shutil.rmtree(folder)


def used_mb(disk):
    subprocess.run(["sync", "-f", disk], check=True)
    found = os.statvfs(disk)
    return (found.f_blocks - found.f_bfree) * found.f_frsize >> 20


@pytest.mark.core
@pytest.mark.parametrize("user", ["postgres", "tester"])
def test_copies_share_their_blocks_until_they_are_written_to(
    server, reflink_disk, own_server, pgclone, user
):
    """A superuser is told what file system it is; for others pgclone asks for clones."""
    stock = own_server(folder=reflink_disk / "server", fsync="on")
    stock.create_database("wide", "tester", FILLER)
    url = stock.url("postgres", user=user)

    def room(*strategy):
        stock.query("CHECKPOINT")
        before = used_mb(reflink_disk)
        made = pgclone.create("--template", "wide", "-w", "4", *strategy, server=url)
        stock.query("CHECKPOINT")
        return made.json["strategy"], used_mb(reflink_disk) - before

    assert room() == ("clone", pytest.approx(0, abs=TEMPLATE_MB / 2))
    stock.query("UPDATE filler SET text = ''", database="wide_gw0", user="tester")
    stock.query("CHECKPOINT")
    for name in ("wide", "wide_gw1", "wide_gw2", "wide_gw3"):
        assert stock.value("SELECT count(*) FROM filler WHERE text <> ''", database=name) == 60000
    pgclone.ok("drop", "--all", "--template", "wide", server=url)
    strategy, grown = room("--strategy", "file_copy")
    assert strategy == "file_copy" and grown > 3 * TEMPLATE_MB


@pytest.mark.core
def test_a_template_elsewhere_is_cloned_whatever_the_data_directory_is_on(
    server, pgclone, reflink_disk
):
    """What the data directory is on says nothing of another tablespace."""
    place = reflink_disk / "space"
    place.mkdir()
    shutil.chown(place, Path(server.socket).owner())
    server.run(f"CREATE TABLESPACE wide LOCATION '{place}'")
    try:
        server.run("CREATE DATABASE elsewhere OWNER tester TABLESPACE wide")
        made = pgclone.create(
            "--template", "elsewhere", server=server.url("postgres", user="postgres")
        )
        assert made.json["strategy"] == "clone"
    finally:
        server.drop_databases(["elsewhere", "elsewhere_gw0"])
        server.run("DROP TABLESPACE wide")


@pytest.mark.core
@pytest.mark.parametrize("strategy", ["clone", "file_copy"])
def test_a_linked_data_directory_is_on_the_file_system_that_the_link_leads_to(
    server, reflink_disk, own_server, pgclone, strategy
):
    """Else files are copied that could be cloned, or clones are asked for in vain. The log counts for
    nothing: it is on the other file system."""
    elsewhere = reflink_disk.parent
    data, link = reflink_disk / "server", elsewhere / "link"
    if strategy == "file_copy":
        data, link = elsewhere / "server", reflink_disk / "link"
    data.mkdir()
    link.symlink_to(data)
    stock = own_server(folder=link)
    stock.stop()
    log, moved_log = data / "data" / "pg_wal", link.parent / "log"
    subprocess.run(["mv", log, moved_log], check=True)
    log.symlink_to(moved_log)
    stock.start()
    made = pgclone.create("--template", "circ", server=stock.url("postgres", user="postgres"))
    assert made.json["strategy"] == strategy
