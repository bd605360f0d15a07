"""Writes a wheel: the files of one are few enough to need no build system.

wheel.py probe FOLDER VERSION PROGRAM                 the program alone, for auditwheel to look at
wheel.py TAG FOLDER VERSION BUNDLE PYTHON README      what is installed

The program goes where scripts go and its libraries into `lib/pgclone` of the same prefix, which it finds
by a path relative to itself. So it starts without Python, wherever pip puts it.
"""
import base64
import hashlib
import platform
import sys
import zipfile
from pathlib import Path

METADATA = """Metadata-Version: 2.1
Name: pgclone
Version: {version}
Summary: A PostgreSQL database for every test worker, with a plugin for pytest
License: MIT
Requires-Python: >=3.8
Classifier: Framework :: Pytest
Classifier: Operating System :: POSIX :: Linux
Classifier: Topic :: Database
Classifier: Topic :: Software Development :: Testing
Description-Content-Type: text/markdown

{readme}"""
WHEEL = "Wheel-Version: 1.0\nGenerator: pgclone\nRoot-Is-Purelib: false\nTag: py3-none-{tag}\n"
ENTRY_POINTS = "[pytest11]\npgclone = pgclone_pytest\n"


class Wheel:
    def __init__(self, folder, version, tag):
        folder.mkdir(parents=True, exist_ok=True)
        self.info = f"pgclone-{version}.dist-info"
        self.zip = zipfile.ZipFile(
            folder / f"pgclone-{version}-py3-none-{tag}.whl", "w", zipfile.ZIP_DEFLATED
        )
        self.record = []

    def add(self, name, content, executable=False):
        # Always the same time: the same files give the same wheel.
        entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = (0o100755 if executable else 0o100644) << 16
        self.zip.writestr(entry, content)
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        self.record.append(f"{name},sha256={digest},{len(content)}")

    def add_folder(self, folder, prefix, executable=False):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                self.add(f"{prefix}/{path.relative_to(folder)}".lstrip("/"), path.read_bytes(), executable)

    def close(self, version, tag, readme):
        self.add(f"{self.info}/METADATA", METADATA.format(version=version, readme=readme).encode())
        self.add(f"{self.info}/WHEEL", WHEEL.format(tag=tag).encode())
        self.record.append(f"{self.info}/RECORD,,")
        self.zip.writestr(f"{self.info}/RECORD", "\n".join(self.record) + "\n")
        self.zip.close()


def main(tag, folder, version, source, python=None, readme=None):
    if tag == "probe":
        # Which machine it is for is auditwheel's to find.
        wheel = Wheel(Path(folder), version, tag := "linux_" + platform.machine())
        wheel.add("pgclone/pgclone", Path(source).read_bytes(), executable=True)
        wheel.close(version, tag, "")
        return
    wheel, bundle, data = Wheel(Path(folder), version, tag), Path(source), f"pgclone-{version}.data"
    wheel.add_folder(Path(python), "")
    wheel.add(f"{data}/scripts/pgclone", (bundle / "bin" / "pgclone").read_bytes(), executable=True)
    wheel.add_folder(bundle / "lib", f"{data}/data/lib", executable=True)
    wheel.add_folder(bundle / "share", f"{data}/data/share")
    wheel.add(f"{wheel.info}/entry_points.txt", ENTRY_POINTS.encode())
    wheel.close(version, tag, Path(readme).read_text())


main(*sys.argv[1:])
