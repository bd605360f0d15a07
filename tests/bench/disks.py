"""Where a server's files go: file systems of the benchmark's own, so that machines are alike."""

import contextlib
import mmap
import os
import pathlib
import shutil
import subprocess
import tempfile

MEMORY = pathlib.Path("/dev/shm")
DISK = pathlib.Path("/var/tmp")
IMAGE_BYTES = 16 * 2**30  # 64 copies of 144 MB, and the write-ahead log
MAKE_XFS = ("mkfs.xfs", "-q", "-m", "reflink=1")
# Without lazy initialisation, which would go on in the background of what is measured.
MAKE_EXT4 = ("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0")
MEMORY_BYTES = 12 * 2**30  # 64 copies of 144 MB, and the write-ahead log


def can_mount():
    return os.geteuid() == 0


def file_system(path):
    return subprocess.run(
        ["findmnt", "-n", "-o", "FSTYPE", "-T", str(path)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout.strip()


@contextlib.contextmanager
def scratch_folder(parent):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pgclone-bench-", dir=parent))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_image(image):
    """Writes all of it once, with bytes that no layer below can leave out. What was only allocated is
    slow when it is written for the first time (1.6 GB/s beside 2.8)."""
    part = 4 * 2**20
    with mmap.mmap(-1, part) as buffer:  # aligned, as O_DIRECT wants it
        buffer.write(os.urandom(part))
        file = os.open(image, os.O_WRONLY | os.O_CREAT | os.O_DIRECT)
        try:
            for offset in range(0, IMAGE_BYTES, part):
                os.pwrite(file, buffer, offset)
        finally:
            os.close(file)


@contextlib.contextmanager
def mounted_folder(make):
    """A fresh file system in a file, without the host's page cache under it."""
    with scratch_folder(DISK) as folder:
        image, mount = folder / "image", folder / "mount"
        mount.mkdir()
        write_image(image)
        subprocess.run([*make, str(image)], check=True, stdout=subprocess.DEVNULL)
        device = subprocess.run(
            ["losetup", "--find", "--show", "--direct-io=on", str(image)],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout.strip()
        try:
            subprocess.run(["mount", device, str(mount)], check=True)
            yield mount
        finally:
            if mount.is_mount():
                subprocess.run(["umount", str(mount)], check=True)
            subprocess.run(["losetup", "--detach", device], check=True)


def folders_for(place):
    """Where a server's files go, and how that is called in the report.

    A disk is Debian's usual ext4, with a journal. A host's own file system may lack it, as in many
    virtual machines; then the kernel avoids recently deleted inodes, and making files takes several
    times as long for a minute after others were removed, whoever makes them.
    """
    if place == "memory" and shutil.disk_usage(MEMORY).free > MEMORY_BYTES:
        return scratch_folder(MEMORY), "RAM disk"
    if place == "xfs":
        return mounted_folder(MAKE_XFS), "XFS with reflink in a loop-mounted file"
    if can_mount():
        return mounted_folder(MAKE_EXT4), "ext4 in a loop-mounted file"
    return scratch_folder(DISK), f"disk ({file_system(DISK)})"
