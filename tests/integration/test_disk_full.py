"""A disk that fills up while databases are made on it: all is taken back, and the rest goes on."""
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

LEAST_MB = 40  # two or three empty databases


@pytest.fixture
def small_disk(server):
    """A tablespace of its own, so that what runs full is not the server's write-ahead log."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a file system that is small enough to fill")
    folder = tempfile.mkdtemp(prefix="pgclone-small-", dir="/tmp")
    os.chmod(folder, 0o755)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={LEAST_MB}m", "tmpfs", folder], check=True)
    try:
        shutil.chown(folder, Path(server.socket).owner())
        server.run(f"CREATE TABLESPACE small LOCATION '{folder}'")
        server.run("GRANT CREATE ON TABLESPACE small TO tester")
        yield "small"
        server.drop_databases(sorted(name for name in server.names() if name.startswith("tight")))
        server.run("DROP TABLESPACE small")
    finally:
        subprocess.run(["umount", folder], check=True)
        os.rmdir(folder)


@pytest.mark.parametrize("command", ["create", "run"])
def test_a_full_disk_takes_everything_back_and_is_said(server, pgclone, small_disk, command):
    server.run(f"CREATE DATABASE tight OWNER tester TABLESPACE {small_disk}")
    before = server.names()
    words = [command, "--template", "tight", "-w", "8", *(["--", "true"] if command == "run" else [])]
    result = pgclone(*words)
    result.expect_error(125 if command == "run" else 1, "could not create database", "No space left")
    assert server.names() == before
    assert pgclone.create("--template", "tight", "-w", "1").databases == ["tight_gw0"]
