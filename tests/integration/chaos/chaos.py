#!/usr/bin/python3
"""Kills pgclone, its sessions and its server at random moments, and checks what is left.

    chaos.py [--rounds N] [--seed S] [--majors 15,18] [--pgclone PROGRAM]

Each round runs create, run or drop, disturbs it, and cleans up with one `drop --all` or the next
`run`. After that nothing of ours may be left, nothing of others' touched, and a run that lived in
the background all the while must have its databases. A witness looks at every database all along.
"""
import argparse
import fcntl
import json
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from living import LivingRun
from storm import SIGNALS, Disturbance, backends, draw, wait_until_noticed
from support.bystanders import Bystanders
from support.pgclone import Pgclone, shown
from witness import Witness

SETTINGS = {"log_statement": "none", "log_connections": "off", "max_connections": "60"}
LARGE = "CREATE TABLE filler AS SELECT g, repeat(md5(g::text), 30) FROM generate_series(1, 20000) g"
# The command of a run: asks for fresh copies for some time, until its run is gone.
ASKING = """
import os, random, socket, sys, time
until, chance = time.monotonic() + float(sys.argv[1]), random.Random(sys.argv[2])
try:
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(os.environ["PGCLONE_SOCKET"])
    lines = peer.makefile("rw")
    while time.monotonic() < until:
        lines.write(chance.choice(["take", "take mine", "drop mine", "create stays", "reset gw0", "reset mine", "url gw9"]))
        lines.write("\\n")
        lines.flush()
        lines.readline()
except OSError:
    pass
"""
# The command of a run: makes databases of another project, which belong to the run. The lock says that
# it is at work, as it may outlive its run.
CREATING = """
exec flock "$1" sh -c 'for round in 1 2 3; do
    "$0" create --template circ --project inside --name "inside_$1_{worker}" -w 3; done; sleep "$2"' "$2" "$3" "$4"
"""
# What an exit may mean: done, what create and drop say, and what run says.
CODES = {"create": {0, 1, 3, 130, 143}, "run": {0, 125, 130, 143}, "drop": {0, 1, 3, 130, 143}}


class Violation(AssertionError):
    pass


class Chaos:
    def __init__(self, server, binary, seed, say=print):
        self.server, self.seed, self.say = server, seed, say
        self.random = random.Random(seed)
        self.folder = tempfile.mkdtemp(prefix="pgclone-chaos-")
        self.pgclone = Pgclone(str(binary), self.folder, server.url("circ"))
        server.create_database("large", "tester", LARGE)
        server.query("CHECKPOINT")
        self.bystanders = Bystanders(server)
        self.baseline = server.names()
        self.lock = f"{self.folder}/inside"
        self.living = None
        self.lengths = {}  # how long a command takes when nothing disturbs it
        self.tally = {}
        self.number = 0
        self.description = ""

    # What a round runs

    def command(self, kind, template, workers, run_id):
        jobs = self.random.choice(["1", "2", "4", "auto"])
        strategy = ["--strategy", self.random.choice(["file_copy", "auto"])]
        common = ["--template", template, "-j", jobs, "--wait", "20"]
        if kind == "drop":
            return ["drop", "--all", *common]
        common += ["-w", str(workers), *strategy, *(["--run-id", run_id] if run_id else [])]
        if kind == "create":
            return ["create", *common]
        overlap = self.random.choice([[], [], ["--overlap"]])
        command = self.random.choice([self.sleeping, self.asking, self.creating])()
        return ["run", *common, *overlap, "--", *command]

    def sleeping(self):
        return ["sleep", self.random.choice(["0", "0.05", "0.1"])]

    def asking(self):
        length = self.random.choice(["0", "0.1", "0.3"])
        return [sys.executable, "-c", ASKING, length, str(self.random.random())]

    def creating(self):
        length = self.random.choice(["0", "0.1"])
        return ["sh", "-c", CREATING, "sh", self.lock, self.pgclone.binary, str(self.number), length]

    def start(self, arguments):
        """Standard error goes to a file: a pipe would stay open for as long as a command lives."""
        self.stderr = tempfile.TemporaryFile()
        process = self.pgclone.start(*arguments, stdout=self.stderr, stderr=self.stderr)
        self.description += f"\n  pgclone {shown(arguments)}"
        return process

    def finish(self, process, codes):
        try:
            code = process.wait(60)
        except Exception as problem:
            process.kill()
            raise self.violation(f"it hangs: {self.output()}") from problem
        # A Python that is interrupted before its program begins says so, and ends with 1.
        if code == 1 and "KeyboardInterrupt" in self.output():
            code = 130
        if code not in codes or "Sanitizer" in self.output() or "runtime error" in self.output():
            raise self.violation(f"exit code {code}: {self.output()}")
        return code

    def output(self):
        self.stderr.seek(0)
        return self.stderr.read().decode(errors="replace")

    def quietly(self, arguments):
        process = self.start(arguments)
        return self.finish(process, {0})

    def length_of(self, kind, template, workers):
        """Measured once for each shape, undisturbed."""
        key = (kind, template, workers > 3)
        if key not in self.lengths:
            if kind == "drop":
                self.quietly(self.command("create", template, workers, None))
            started = time.monotonic()
            self.quietly(self.command(kind, template, workers, None))
            self.lengths[key] = time.monotonic() - started
            if kind == "create":
                self.quietly(self.command("drop", template, 1, None))
        return self.lengths[key]

    # Checks

    def violation(self, what):
        return Violation(
            f"round {self.number} (--seed {self.seed} --rounds {self.number}):{self.description}\n{what}"
        )

    def ours(self):
        living = self.living.names() if self.living else set()
        return self.server.names() - self.baseline - living

    def check_all_or_nothing(self, arguments, code, before, workers):
        """create made everything, or has taken everything back."""
        made = self.ours() - before
        if code == 0:
            missing = workers - len(self.ours())
            if missing > 0:
                raise self.violation(f"{missing} databases are missing after success")
        elif made:
            raise self.violation(f"not taken back: {sorted(made)}\n{self.output()}")

    def check_clean(self):
        left = self.ours()
        if left:
            comments = self.server.comments()
            lines = [f"{name}: {comments.get(name)}" for name in sorted(left)]
            raise self.violation("left behind:\n" + "\n".join(lines) + f"\n{self.output()}")
        changed = self.bystanders.changes()
        if changed:
            raise self.violation(f"bystanders were touched: {changed}")
        if self.living and self.living.trouble():
            raise self.violation(f"the living run lost something: {self.living.trouble()}")
        if self.witness.complaints:
            raise self.violation("; ".join(self.witness.complaints[:3]))

    def settle_inside(self):
        """Waits for a create that has outlived its run. One that began after the run's end is in none."""
        with open(self.lock, "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
        for name, comment in self.server.comments().items():
            if name.startswith("inside_") and comment.startswith("pgclone:"):
                if "inside" not in json.loads(comment.removeprefix("pgclone:")):
                    self.quietly(["drop", "--template", "circ", "--name", name])

    # A round

    def clean_up(self, kind, template, run_id):
        """One call is enough, and none of them waits for anything."""
        choice = self.random.choice(["drop", "drop", "run"] if kind == "run" else ["drop"])
        if choice == "drop":
            self.quietly(["drop", "--all", "--template", template])
        else:
            again = run_id if self.random.random() < 0.5 else None
            # With --overlap the sweep is over when the command is, which may be at once.
            words = [w for w in self.command("run", template, 2, again) if w != "--overlap"]
            self.quietly(words)

    def round(self, number):
        self.number, self.description = number, ""
        rng = self.random
        kind = rng.choices(["create", "run", "drop"], [45, 35, 20])[0]
        template = rng.choices(["circ", "large"], [75, 25])[0]
        workers = rng.randint(1, 7)
        run_id = rng.choice([None, "r1", "r2"])
        disturbance = draw(rng)
        self.renew_living(disturbance)
        length = self.length_of(kind, template, workers)
        if kind == "drop" or (kind == "create" and rng.random() < 0.4):
            self.quietly(self.command("create", template, workers, run_id))
        before, spared = self.ours(), backends(self.server)
        arguments = self.command(kind, template, workers, run_id)
        process = self.start(arguments)
        delay = rng.uniform(0, 1.2) * length
        self.description += f"\n  {disturbance} after {delay:.4f} s"
        strike = Disturbance(disturbance, delay, self.server, process, spared, rng.uniform(0, 0.1))
        strike.start()
        # A signal in the first milliseconds finds a process that has done nothing yet.
        code = self.finish(process, CODES[kind] | {-SIGNALS.get(disturbance, 0)})
        strike.join()
        if code == -9:
            wait_until_noticed(self.server, spared)
        self.settle_inside()
        self.description += f"\n  exit code {code}"
        key = (kind, disturbance, code)
        self.tally[key] = self.tally.get(key, 0) + 1
        if disturbance not in ("kill", "server", "storm") and kind != "drop":
            self.check_all_or_nothing(arguments, code, before, workers if kind == "create" else 0)
        self.clean_up(kind, template, run_id)
        self.check_clean()

    def renew_living(self, disturbance):
        """A run in the background, for some rounds at a time; a crash of the server ends it."""
        if self.living and (disturbance == "server" or self.random.random() < 0.1):
            trouble = self.living.stop()
            self.living = None
            if trouble:
                raise self.violation(f"the living run: {trouble}")
        elif not self.living and disturbance != "server" and self.random.random() < 0.15:
            self.living = LivingRun(self.pgclone, self.server, f"bg{self.number}")
        if self.living and self.random.random() < 0.1:
            self.living.lose_connection()

    def run(self, rounds):
        started = time.monotonic()
        with Witness(self.server, self.bystanders.names, self.seed) as self.witness:
            try:
                for number in range(1, rounds + 1):
                    self.round(number)
                if self.living and (trouble := self.living.stop()):
                    raise self.violation(f"the living run: {trouble}")
            finally:
                if self.living:
                    self.living.kill()
        if self.bystanders.lost_contents():
            raise self.violation(f"bystanders lost rows: {self.bystanders.lost_contents()}")
        self.say(
            f"{rounds} rounds in {time.monotonic() - started:.0f} s, {self.witness.looks} looks,"
            f" {self.witness.counts} counts, {len(self.witness.seen)} names, seed {self.seed}"
        )

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def main():
    from conftest import PROJECT, Servers

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--majors", default="15,18")
    parser.add_argument("--pgclone", default=str(PROJECT / "build" / "release" / "pgclone"))
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else int.from_bytes(os.urandom(4), "big")
    for major in options.majors.split(","):
        servers = Servers(major)
        try:
            chaos = Chaos(servers.start(SETTINGS), Path(options.pgclone).resolve(), seed)
            print(f"PostgreSQL {major}, seed {seed}", flush=True)
            try:
                chaos.run(options.rounds)
            finally:
                for key, count in sorted(chaos.tally.items(), key=str):
                    print("  ", *key, count)
                chaos.close()
        finally:
            servers.remove()


if __name__ == "__main__":
    main()
