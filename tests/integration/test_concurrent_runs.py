"""Many runs of one project on one server, as a busy CI has them: some are killed, none is hurt."""
import random
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.running import Running
from support.watcher import Watcher

pytestmark = [pytest.mark.core, pytest.mark.leaves_scratch]
RUNS, WORKERS = 20, 2
DYING_EARLY, DYING_LATE = range(0, 4), range(4, 9)


def names_of(number):
    return [f"circ_c{number}_gw{worker}" for worker in range(WORKERS)]


def rows(server, numbers):
    names = [name for number in numbers for name in names_of(number)]
    found = server.query("SELECT datname, oid FROM pg_database WHERE datname = ANY (%s)", (names,))
    return dict(found)


@pytest.fixture
def start(pgclone, tmp_path):
    """Starts run number N, whose command ends with N once the file `go` is there."""
    made = []

    def begin(number):
        script = f'while [ ! -e "{tmp_path}/go" ]; do sleep 0.2; done; exit {number}'
        run = Running(pgclone, "-w", str(WORKERS), "--run-id", f"c{number}", script=script)
        made.append(run)
        return run

    yield begin
    for run in made:
        run.__exit__()


def die_early(pgclone, number):
    """Killed at some moment while it makes its databases."""
    process = pgclone.start(
        "run", "--template", "circ", "-w", str(WORKERS), "--run-id", f"c{number}", "--", "sleep", "1",
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(random.uniform(0.02, 0.5))
    process.kill()
    process.wait()


def test_20_runs_at_once_some_killed(server, pgclone, start, tmp_path):
    before = server.names()
    survivors = [number for number in range(RUNS) if number not in (*DYING_EARLY, *DYING_LATE)]
    with Watcher(server, [name for number in range(RUNS) for name in names_of(number)]):
        with ThreadPoolExecutor(RUNS) as pool:
            early = [pool.submit(die_early, pgclone, number) for number in DYING_EARLY]
            started = {n: pool.submit(start, n) for n in range(RUNS) if n not in DYING_EARLY}
            runs = {number: future.result() for number, future in started.items()}
            for future in early:
                future.result()
        living = rows(server, survivors)
        assert len(living) == len(survivors) * WORKERS
        for number in DYING_LATE:
            runs[number].kill()
        # The next one reaps the dead, and only them.
        pgclone.ok("run", "--template", "circ", "--run-id", "next", "--", "true")
        expected = before | {name for number in survivors for name in names_of(number)}
        assert server.names() == expected
        assert rows(server, survivors) == living
    for name in living:
        assert server.value("SELECT count(*) FROM book", database=name) == 5
    (tmp_path / "go").touch()
    for number in survivors:
        result = runs[number].wait(60)
        assert result.code == number, str(result)
        assert "error" not in result.stderr and "warning" not in result.stderr, str(result)
    assert server.names() == before


def test_20_runs_that_find_the_same_dead_ones_all_work(server, pgclone):
    before = server.names()
    for number in (90, 91, 92):
        with Running(pgclone, "-w", "3", "--run-id", f"c{number}") as run:
            run.kill()
            run.process.wait()
    with ThreadPoolExecutor(RUNS) as pool:
        results = list(
            pool.map(
                lambda n: pgclone("run", "--template", "circ", "--run-id", f"c{n}", "--", "sh", "-c", f"exit {n}"),
                range(RUNS),
            )
        )
    assert [result.code for result in results] == list(range(RUNS)), "\n".join(map(str, results))
    assert server.names() == before


def test_of_20_runs_with_the_same_names_one_at_a_time_gets_them(server, pgclone, tmp_path):
    """The losers are refused, and the winner's databases are its own to the end."""
    before = server.names()
    script = 'echo "$PGCLONE_URL_GW0" >>"$0"; sleep 1; exit 3'
    with ThreadPoolExecutor(RUNS) as pool:
        results = list(
            pool.map(
                lambda n: pgclone("run", "--template", "circ", "--run-id", "same", "--", "sh", "-c", script,
                                  str(tmp_path / "winners")),
                range(RUNS),
            )
        )  # fmt: skip
    codes = [result.code for result in results]
    assert set(codes) == {3, 125}, "\n".join(map(str, results))
    assert len((tmp_path / "winners").read_text().splitlines()) == codes.count(3)
    for result in results:
        if result.code == 125:
            result.expect_error(125, '"circ_same_gw0"')
    assert server.names() == before


def test_drops_and_runs_at_once_do_not_hurt_each_other(server, pgclone, start, tmp_path):
    """`drop --all` and `drop --stale` go on and on while runs come and go."""
    before, stop = server.names(), tmp_path / "stop"

    def drop(selector):
        while not stop.exists():
            result = pgclone("drop", selector, "--template", "circ")
            assert result.code == 0, str(result)

    def run(number):
        script = 'psql -Atc "SELECT count(*) FROM book" "$PGCLONE_URL_GW0"; exit 4'
        return pgclone(
            "run", "--template", "circ", "--run-id", f"d{number}", "--", "sh", "-c", script,
        )  # fmt: skip

    with ThreadPoolExecutor(6) as pool:
        drops = [pool.submit(drop, selector) for selector in ("--all", "--stale")]
        results = list(pool.map(run, range(16)))
        stop.touch()
        for future in drops:
            future.result(30)
    for result in results:
        assert (result.code, result.stdout) == (4, "5\n"), str(result)
    assert server.names() == before


def test_a_run_whose_process_is_stopped_is_not_taken_for_dead(server, pgclone, start):
    """Ctrl-Z, or a machine that sleeps: the session stays, and so does the lease."""
    run = start(1)
    before = rows(server, [1])
    run.process.send_signal(signal.SIGSTOP)
    try:
        pgclone.ok("drop", "--all", "--template", "circ")
        pgclone.ok("run", "--template", "circ", "--", "true")
        assert rows(server, [1]) == before
    finally:
        run.process.send_signal(signal.SIGCONT)
    assert run.stop().code == 143
