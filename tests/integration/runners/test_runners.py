"""Real test runners under `pgclone run`: each worker has a database of its own.

The projects in pytest_xdist/ and jest/ fail where two workers share one, which is tried as well.
"""
import json
import subprocess

import pytest

WORKERS = 4
# The runners' own settings must not leak in from the pytest that runs this.
pytestmark = pytest.mark.usefixtures("server")


def seen(tmp_path):
    """The databases that each worker used."""
    used = {}
    for path in (tmp_path / "seen").iterdir():
        worker, name = path.name.split(" ")
        used.setdefault(worker, set()).add(name)
    return used


def check_isolation(used, prefix):
    assert len(used) > 1, f"the tests did not run in parallel: {used}"
    assert used == {worker: {f"{prefix}{worker}"} for worker in used}


# ----------------------------------------------------------------------------------- pytest-xdist


def pytest_command(python, workers=WORKERS):
    return [python, "-B", "-m", "pytest", "-p", "no:cacheprovider", "-q", "-n", str(workers)]


def test_pytest_xdist_passes_and_each_worker_has_its_own_database(server, pgclone, project, xdist_python, tmp_path):
    before = server.names()
    folder, env = project("pytest_xdist")
    result = pgclone(
        "run", "--template", "circ", "--run-id", "x1", "-w", str(WORKERS), "--",
        *pytest_command(xdist_python), cwd=folder, env=env,
    )  # fmt: skip
    assert result.code == 0 and "24 passed" in result.stdout, str(result)
    check_isolation(seen(tmp_path), "circ_x1_")
    assert server.names() == before


def test_pytest_without_xdist_uses_the_first_workers_database(pgclone, project, xdist_python, tmp_path):
    folder, env = project("pytest_xdist")
    command = [word for word in pytest_command(xdist_python) if word not in ("-n", str(WORKERS))]
    result = pgclone("run", "--template", "circ", "--run-id", "x1", "--", *command, cwd=folder, env=env)
    assert result.code == 0 and "24 passed" in result.stdout, str(result)
    assert seen(tmp_path) == {"master": {"circ_x1_gw0"}}


def test_a_worker_that_the_run_did_not_know_has_its_own_database_too(
    server, pgclone, project, xdist_python, tmp_path
):
    before = server.names()
    folder, env = project("pytest_xdist")
    result = pgclone(
        "run", "--template", "circ", "--run-id", "x1", "-w", "2", "--",
        *pytest_command(xdist_python, 3), cwd=folder, env=env,
    )  # fmt: skip
    assert result.code == 0 and "24 passed" in result.stdout, str(result)
    used = seen(tmp_path)
    check_isolation(used, "circ_x1_")
    assert "gw2" in used
    assert server.names() == before


CRASHING = """
import os, signal, time

def test_is_killed(db):
    time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_of_a_worker_that_is_killed_only_the_test_that_ran_fails(server, pgclone, project, xdist_python, tmp_path):
    """pytest-xdist replaces it by one with the next number, which gets a database, too."""
    before = server.names()
    folder, env = project("pytest_xdist")
    (folder / "test_crashing.py").write_text(CRASHING)
    result = pgclone(
        "run", "--template", "circ", "--run-id", "x1", "-w", "2", "--",
        *pytest_command(xdist_python, 2), cwd=folder, env=env,
    )  # fmt: skip
    assert result.code == 1 and "1 failed, 24 passed" in result.stdout, str(result)
    assert "test_is_killed" in result.stdout, str(result)
    used = seen(tmp_path)
    check_isolation(used, "circ_x1_")
    assert "gw2" in used
    assert server.names() == before


def test_a_failing_test_is_pytests_status(server, pgclone, project, xdist_python):
    before = server.names()
    folder, env = project("pytest_xdist")
    (folder / "test_fails.py").write_text("def test_fails(db):\n    assert False\n")
    result = pgclone(
        "run", "--template", "circ", "-w", "2", "--", *pytest_command(xdist_python, 2), cwd=folder, env=env
    )
    assert result.code == 1 and "1 failed, 24 passed" in result.stdout, str(result)
    assert server.names() == before


def test_the_pytest_project_notices_a_shared_database(pgclone, clone, project, xdist_python, tmp_path):
    """Else it would prove nothing."""
    folder, env = project("pytest_xdist")
    manifest = clone("-w", str(WORKERS)).json
    for entry in manifest["databases"]:
        entry["url"] = manifest["databases"][0]["url"]
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    done = subprocess.run(
        pytest_command(xdist_python), cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL,
        env=pgclone.environment(env={**env, "PGCLONE_MANIFEST": str(tmp_path / "manifest.json")}),
    )  # fmt: skip
    assert done.returncode == 1, done.stdout


# ------------------------------------------------------------------------------------------- Jest


def jest_command(node_modules):
    return ["node", str(node_modules / "jest" / "bin" / "jest.js"), f"--maxWorkers={WORKERS}", "--no-cache"]


def jest_project(project, node_modules):
    folder, env = project("jest")
    (folder / "node_modules").symlink_to(node_modules)
    return folder, env


def test_jest_passes_and_each_worker_has_its_own_database(server, pgclone, project, node_modules, tmp_path):
    before = server.names()
    folder, env = jest_project(project, node_modules)
    result = pgclone(
        "run", "--runner", "jest", "--template", "circ", "--run-id", "j1", "-w", str(WORKERS), "--",
        *jest_command(node_modules), cwd=folder, env=env, timeout=120,
    )  # fmt: skip
    assert result.code == 0 and "30 passed" in result.stderr, str(result)
    check_isolation(seen(tmp_path), "circ_j1_")
    assert server.names() == before


def test_the_jest_project_notices_a_shared_database(server, pgclone, clone, project, node_modules):
    folder, env = jest_project(project, node_modules)
    (url,) = clone().urls.values()
    shared = {f"PGCLONE_URL_{worker}": url for worker in range(1, WORKERS + 1)}
    done = subprocess.run(
        jest_command(node_modules), cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL,
        env=pgclone.environment(env={**env, **shared}), timeout=120,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
