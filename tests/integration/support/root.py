"""Systems to install packages on: a bare one, or this machine's own, of which nothing that is done stays."""
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from .installed import installed
from .machine import unavailable

# The folder that is written to is in memory, in a mount namespace that ends with the process that waits here.
ENTER = """
set -e
mount -t tmpfs none "$2"
mkdir "$2/upper" "$2/work" "$2/root"
mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root"
mount -t proc proc "$2/root/proc"
mount --rbind /dev "$2/root/dev"
mkdir "$2/root/packages"
mount --bind "$3" "$2/root/packages"
cp -L /etc/resolv.conf "$2/root/etc/" 2>/dev/null || true
echo ready
exec cat
"""


def need_root():
    if os.getuid() != 0:
        pytest.skip("only root can make and enter another system")


def bare():
    """The folder of a system with apt and Python, and no library that only pgclone needs. Made once."""
    need_root()
    names = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    release = names.get("VERSION_CODENAME", "").strip('"')

    def command(folder):
        shutil.rmtree(folder / "root", ignore_errors=True)
        options = ["--include=python3-venv", "--dpkgopt=force-unsafe-io", '--aptopt=Acquire::Languages "none"']
        return ["mmdebstrap", "--quiet", "--variant=apt", *options, release, str(folder / "root")]

    return installed(f"bare-{release}", Path(__file__), command) / "root"


class Root:
    """Call it with a command to run in the system. `packages` is its folder /packages."""

    def __init__(self, lower, packages, folder):
        need_root()
        self.folder = Path(folder)
        self.folder.mkdir()
        self.path = self.folder / "root"
        self.holder = subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", ENTER, "sh", str(lower), str(folder), str(packages)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        if self.holder.stdout.readline() != "ready\n":
            unavailable(f"another system can't be entered: {self.holder.communicate()[1].strip()}")

    def beside(self, *command, **options):
        """Runs a program of this machine that sees the system at `path`."""
        options.setdefault("stdin", subprocess.DEVNULL)
        done = subprocess.run(
            ["nsenter", "--target", str(self.holder.pid), "--mount", "--wd=/", *command],
            capture_output=True, text=True, timeout=300, **options,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done.stdout

    def __call__(self, *command, env=None, **options):
        clean = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root"}
        clean |= {"DEBIAN_FRONTEND": "noninteractive", **(env or {})}
        return self.beside("chroot", str(self.path), *command, env=clean, **options)

    def close(self):
        self.holder.stdin.close()
        self.holder.wait(30)
        self.folder.rmdir()
