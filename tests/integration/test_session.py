"""The terminal session that README.md shows: it runs, and shows what pgclone prints now."""
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def test_the_picture_is_what_the_commands_show(program):
    recorded = subprocess.run(
        [sys.executable, PROJECT / "docs" / "session" / "record.py", program, "--check"],
        capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert recorded.returncode == 0, recorded.stdout + recorded.stderr
