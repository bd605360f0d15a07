"""Each package, installed as its users do, on a system that has none of the program's libraries."""
import json
import os
import platform
import re
import shutil
import subprocess

import pytest
from support.packages import built, package
from support.root import Root, bare

INSTALLED = [
    "usr/bin/pgclone", "usr/share/bash-completion/completions/pgclone",
    "usr/share/fish/vendor_completions.d/pgclone.fish",
]  # fmt: skip


@pytest.fixture
def packages(program):
    return built(program)


@pytest.fixture
def root(packages, tmp_path):
    system = Root(bare(), packages, tmp_path / "system")
    known = system("ldconfig", "-p")
    assert not [name for name in ("libpq", "libcyaml", "libjansson", "libyaml") if name in known]
    yield system
    system.close()


def works(server, root, *command):
    """The program runs, and makes and drops databases on a real server."""
    assert root(*command, "--version").startswith("pgclone ")
    env = {"PGCLONE_SERVER": server.url("circ", password="secret word", tcp=True), "PGCLONE_TEMPLATE": "circ"}
    root(*command, "create", "--workers", "2", env=env)
    assert {"circ_gw0", "circ_gw1"} <= server.names()
    assert server.value("SELECT count(*) FROM book", database="circ_gw1") == 5
    assert root(*command, "drop", "--all", env=env).splitlines() == ["dropped circ_gw0", "dropped circ_gw1"]


def test_the_deb_brings_its_libraries_and_goes_again(server, packages, root):
    before = set(root("find", "/usr").splitlines())
    root("apt-get", "update")
    deb = f"/packages/{package(packages, '*.deb').name}"
    root("apt-get", "install", "-y", "--no-install-recommends", deb)
    works(server, root, "pgclone")
    assert "libpq5" in root("dpkg-query", "-W", "-f", "${Depends}", "pgclone")
    # What dpkg is told to leave out (documents, in many containers) is not looked for.
    files = root("dpkg-deb", "-c", deb)
    also = ["usr/share/man/man1/pgclone.1.gz", "usr/share/man/man5/pgclone.yaml.5.gz"]
    also += ["usr/share/zsh/vendor-completions/_pgclone", "usr/share/doc/pgclone/changelog.gz"]
    for name in [*INSTALLED, *also, "usr/share/doc/pgclone/copyright"]:
        assert f" ./{name}\n" in files
    root("apt-get", "purge", "-y", "--auto-remove", "pgclone")
    assert set(root("find", "/usr").splitlines()) - before == set()


def test_the_rpm_needs_the_libraries_that_the_program_is_linked_with(server, packages, root, program):
    rpm = package(packages, "*.rpm")
    needed = re.findall(r"NEEDED +(\S+)", subprocess.check_output(["objdump", "-p", program], text=True))
    requires = subprocess.check_output(["rpm", "-qp", "--requires", rpm], text=True)
    assert len(needed) > 4 and all(f"{name}()" in requires for name in needed)
    # Debian has no rpm packages of the libraries, but the libraries.
    root("apt-get", "update")
    depends = subprocess.check_output(["dpkg-deb", "-f", package(packages, "*.deb"), "Depends"], text=True)
    libraries = [word.split()[0] for word in depends.split(",")]
    root("apt-get", "install", "-y", "--no-install-recommends", *libraries)
    root.beside("rpm", "--root", str(root.path), "--nodeps", "-i", str(rpm))
    works(server, root, "pgclone")
    files = subprocess.check_output(["rpm", "-qlp", rpm], text=True).splitlines()
    also = ["usr/share/man/man1/pgclone.1", "usr/share/man/man5/pgclone.yaml.5"]
    also += ["usr/share/zsh/site-functions/_pgclone"]
    for name in [*INSTALLED, *also, "usr/share/doc/pgclone/LICENSE"]:
        assert f"/{name}" in files


def test_the_archive_runs_where_it_is_unpacked(server, packages, root):
    root("tar", "-C", "/opt", "-xzf", f"/packages/{package(packages, '*.tar.gz').name}")
    (folder,) = root("ls", "/opt").split()
    works(server, root, f"/opt/{folder}/bin/pgclone")
    # Moved, and by a link that is found in PATH.
    root("sh", "-c", f"mv /opt/{folder} /srv/tools && ln -s /srv/tools/bin/pgclone /usr/local/bin/")
    assert root("/usr/local/bin/pgclone", "--version").startswith("pgclone ")
    documents = root("find", "/srv/tools/share", "-type", "f")
    for name in ("man1/pgclone.1", "completions/pgclone", "_pgclone", "pgclone.fish", "LICENSE", "licences/libpq5"):
        assert f"/{name}\n" in documents


def test_the_wheel_runs_without_libpq(server, packages, root):
    root("python3", "-m", "venv", "/venv")
    root("/venv/bin/pip", "install", "--no-index", f"/packages/{package(packages, '*.whl').name}")
    works(server, root, "/venv/bin/pgclone")
    root("/venv/bin/pip", "uninstall", "-y", "pgclone")
    assert root("find", "/venv", "-name", "*pgclone*", "-o", "-name", "libpq*") == ""


def test_the_wheel_says_which_systems_it_runs_on(packages, tmp_path):
    """Its tag names a C library; nothing in it asks for a newer one."""
    wheel = package(packages, "*.whl")
    minor = int(re.fullmatch(r"pgclone-.*-py3-none-manylinux_2_(\d+)_\w+\.whl", wheel.name)[1])
    shutil.unpack_archive(wheel, tmp_path, "zip")
    asked = set()
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.read_bytes()[:4] == b"\x7fELF":
            symbols = subprocess.check_output(["objdump", "-T", path], text=True)
            asked |= {int(found) for found in re.findall(r"GLIBC_2\.(\d+)", symbols)}
    here = int(platform.libc_ver()[1].split(".")[1])
    assert asked and max(asked) <= minor <= here


def test_the_npm_package_runs_without_node(server, packages, root):
    tarball = str(package(packages, "*.tgz"))
    root.beside("npm", "install", "--silent", "--prefix", f"{root.path}/app", tarball, env=os.environ)
    works(server, root, "/app/node_modules/.bin/pgclone")
    # What npx runs, and what require() gives, here where there is node.
    modules = {**os.environ, "NODE_PATH": f"{root.path}/app/node_modules"}
    path = root.beside("node", "-p", "require('pgclone')", env=modules)
    assert path.strip() == f"{root.path}/app/node_modules/pgclone/bin/pgclone"
    npx = ["npx", "--offline", "--prefix", f"{root.path}/app", "pgclone", "--version"]
    assert root.beside(*npx, env=os.environ).startswith("pgclone ")
    manifest = json.loads(root("cat", "/app/node_modules/pgclone/package.json"))
    assert "scripts" not in manifest and "dependencies" not in manifest
