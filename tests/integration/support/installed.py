"""What test runners need from their registries, fetched once."""
import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from .machine import unavailable


def cache_folder():
    if os.getuid() == 0:
        return Path("/var/cache/pgclone-test")
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "pgclone-test"


def once(folder, name, command):
    """`folder`, in which `command` was run once, whoever comes first."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / ".complete").exists():
            try:
                done = subprocess.run(
                    command(folder), cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                    text=True, timeout=900,
                )  # fmt: skip
            except (OSError, subprocess.TimeoutExpired) as problem:
                unavailable(f"{name} could not be installed: {problem}")
            if done.returncode != 0:
                unavailable(f"{name} could not be installed: {done.stderr.strip()[-500:]}")
            (folder / ".complete").touch()
    return folder


def installed(name, lock_file, command):
    """A folder in the cache in which `command` was run once for this content of the lock file."""
    digest = hashlib.sha256(lock_file.read_bytes()).hexdigest()[:12]
    return once(cache_folder() / f"{name}-{digest}", name, command)


def venv(name, requirements):
    """A folder with the programs of a project's requirements.txt."""
    install = '/usr/bin/python3 -m venv . && bin/pip install -q -r "$0"'
    return installed(f"{name}-venv", requirements, lambda _: ["sh", "-c", install, str(requirements)]) / "bin"


def go_environment(project):
    """The variables with which Go finds, offline and compiled, what a project's go.sum names."""

    def settings(folder):
        return [f"GOMODCACHE={folder}/modules", f"GOCACHE={folder}/built", "GOTOOLCHAIN=local",
                "GOFLAGS=-modcacherw", "CGO_ENABLED=0"]  # fmt: skip

    # Everything is compiled here once, since a cold cache takes a minute to be filled.
    def compile_all(folder):
        shutil.copytree(project, folder / "project", dirs_exist_ok=True)
        build = "cd project && go test -c -o /dev/null"
        return ["env", *settings(folder), "sh", "-c", build]

    if shutil.which("go") is None:
        unavailable("there is no Go: Debian's golang-go has it")
    folder = installed("go", project / "go.sum", compile_all)
    return dict(word.split("=", 1) for word in settings(folder))
