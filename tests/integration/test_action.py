"""What the action of GitHub Actions (action.yml) does in a job."""
import subprocess

import pytest
from support.packages import PROJECT, built, package

SETUP = PROJECT / ".github" / "action" / "setup.sh"


@pytest.fixture
def job(program, pgclone, server, tmp_path):
    """Runs the action; gives what it printed, and what later steps have in PATH and environment."""

    def run(code=0, **inputs):
        files = {name: tmp_path / name.lower() for name in ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT")}
        variables = {name: str(path) for name, path in files.items()}
        variables |= {"RUNNER_TEMP": str(tmp_path), "PGCLONE_TEMPLATE": "circ", "PGCLONE_WORKERS": "2"}
        variables["INPUT_PACKAGE"] = str(package(built(program), "*.tar.gz"))
        url = server.url("circ", password="secret word", tcp=True)
        done = subprocess.run(
            ["bash", SETUP], env=pgclone.environment(server=url, env=variables | inputs), cwd=tmp_path,
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        texts = {name: path.read_text() if path.exists() else "" for name, path in files.items()}
        environment = dict(line.split("=", 1) for line in texts["GITHUB_ENV"].splitlines())
        return done.stdout, texts["GITHUB_PATH"].strip(), environment

    return run


def test_later_steps_find_the_databases(server, job, tmp_path):
    out, path, environment = job()
    assert {"circ_gw0", "circ_gw1"} <= server.names()
    assert environment["PGCLONE_URL_GW1"].endswith("/circ_gw1")
    # A later step needs no setting but the manifest.
    later = {"PATH": f"{path}:/usr/bin:/bin", "PYTEST_XDIST_WORKER": "gw1", **environment}
    url = subprocess.check_output(["pgclone", "url"], env=later, cwd=tmp_path, text=True).strip()
    assert url == environment["PGCLONE_URL_GW1"]
    # Passwords are masked before anything else could print them.
    lines = out.splitlines()
    assert "::add-mask::secret word" in lines
    assert not [line for line in lines if "secret" in line and not line.startswith("::add-mask::")]


def test_the_databases_may_be_made_by_a_later_step(server, job):
    with server.unchanged():
        out, path, environment = job(INPUT_CREATE="false")
    assert out.startswith("pgclone ") and path.endswith("/bin") and environment == {}


def test_what_doctor_finds_ends_the_job(server, job):
    with server.unchanged():
        _, _, environment = job(4, PGCLONE_TEMPLATE="postgres")
    assert environment == {}


def test_a_branch_is_no_release(job):
    out, _, _ = job(1, INPUT_PACKAGE="", RELEASE="main", DOWNLOADS="https://localhost/releases/download")
    assert '::error::"main" is no release' in out
