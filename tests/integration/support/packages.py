"""The packages of this build, made once for each content."""
import hashlib
import shutil
from pathlib import Path

import pytest

from .installed import once

PROJECT = Path(__file__).resolve().parents[3]


def built(binary):
    """The folder with the packages of a program that lies where it was built."""
    build = Path(binary).parent
    if build != PROJECT / "build" / "release":
        pytest.skip("packages are made from the release preset's build")
    digest = hashlib.sha256(Path(binary).read_bytes())
    sources = [*(PROJECT / ".github" / "packaging").rglob("*"), PROJECT / "CMakeLists.txt", PROJECT / "README.md"]
    for path in sorted(path for path in sources if path.is_file() and path.suffix != ".pyc"):
        digest.update(path.read_bytes())
    folder = build.parent / "packages" / digest.hexdigest()[:12]
    for other in folder.parent.glob("*"):
        if other.is_dir() and other != folder:
            shutil.rmtree(other, ignore_errors=True)
    script = str(PROJECT / ".github" / "packaging" / "build.sh")
    return once(folder, "packages", lambda _: ["bash", script, "-o", str(folder)])


def package(folder, pattern):
    (path,) = folder.glob(pattern)
    return path
