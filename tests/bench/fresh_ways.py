"""How a test has a database of its own, and gives it back: by pgclone, by hand, by peers.

A way is made once, prepared before the clients are there, opened in each client, and finished when
they have gone. Everything is dropped at its end.
"""

import itertools
import json
import multiprocessing
import os
import pathlib
import socket
import subprocess
import threading
from concurrent import futures

import psycopg2

CLIENTS = "/usr/lib/postgresql/15/bin/"  # not Debian's wrapper around them, which costs more


def open_session(database="postgres"):
    connection = psycopg2.connect(dbname=database)
    connection.autocommit = True
    return connection.cursor()


def cpu_seconds(pid):
    """What a process has used so far, without its children."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Way:
    def __init__(self, template):
        self.template = template

    def prepare(self):
        pass

    def open(self, number):
        self.names = (f"fresh_{number}_{i}" for i in itertools.count())

    def leave(self, session):
        """What the test's own connection does before it is closed."""

    def finish(self):
        pass

    def maker_cpu_s(self):
        """The CPU time of whoever makes databases for the clients, beside the server; None: they
        do it themselves."""
        return None


class Run(Way):
    """Inside of `pgclone run`, which hands databases out over its socket."""

    def prepare(self):
        self.before = cpu_seconds(os.getppid())

    def open(self, number):
        self.worker = f"gw{number}"
        channel = socket.socket(socket.AF_UNIX)
        channel.connect(os.environ["PGCLONE_SOCKET"])
        self.stream = channel.makefile("rw")

    def ask(self, request):
        self.stream.write(request + "\n")
        self.stream.flush()
        answer = json.loads(self.stream.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def maker_cpu_s(self):
        return cpu_seconds(os.getppid()) - self.before


class Take(Run):
    def take(self):
        return self.ask("take")["name"]

    def give(self, name):
        self.ask(f"drop {name}")


class Reset(Run):
    """The worker keeps its database, which becomes pristine before each test."""

    def take(self):
        return self.ask(f"reset {self.worker}")["name"]

    def give(self, name):
        pass


class ResetAfter(Run):
    """The same, but its database becomes pristine after each test."""

    def open(self, number):
        super().open(number)
        self.name = self.ask(f"url {self.worker}")["name"]

    def take(self):
        return self.name

    def give(self, name):
        self.answer = self.ask(f"reset {self.worker}")
        self.name = self.answer["name"]


class Commands(Way):
    """A process each time, for making and for dropping."""

    def take(self):
        name = next(self.names)
        subprocess.run(self.create(name), check=True, stdout=subprocess.DEVNULL)
        return name

    def give(self, name):
        subprocess.run(self.drop(name), check=True, stdout=subprocess.DEVNULL)


class Createdb(Commands):
    def create(self, name):
        return [CLIENTS + "createdb", "-T", self.template, name]

    def drop(self, name):
        return [CLIENTS + "dropdb", name]


class Pgclone(Commands):
    """What there is without a run."""

    def __init__(self, template, program):
        super().__init__(template)
        self.program = [program, "-q", "--project", "bench"]

    def create(self, name):
        return [*self.program, "create", "--template", self.template, "--name", name]

    def drop(self, name):
        return [*self.program, "drop", "--name", name]


class Statements(Way):
    """Each client's own connection, which stays open, and the statements alone."""

    def __init__(self, template, strategy):
        super().__init__(template)
        self.words = f'TEMPLATE "{template}" STRATEGY {strategy}'

    def open(self, number):
        super().open(number)
        self.session = open_session()

    def take(self):
        name = next(self.names)
        self.session.execute(f"CREATE DATABASE {name} {self.words}")
        return name

    def give(self, name):
        self.session.execute(f"DROP DATABASE {name}")


BATCH = 4  # copies that are made together, and dropped together
KEPT = 2 * BATCH  # spares that are ready or on their way


class Spares(Way):
    """Spares made by hand: a process with open connections that keeps some ready, in batches, and
    drops what was given back, in batches, side by side."""

    def __init__(self, template, strategy):
        super().__init__(template)
        self.words = f'TEMPLATE "{template}" STRATEGY {strategy}'
        self.ready = multiprocessing.SimpleQueue()
        self.unwanted = multiprocessing.SimpleQueue()
        self.room = multiprocessing.Semaphore(KEPT)
        self.over = multiprocessing.Event()

    def prepare(self):
        self.maker = multiprocessing.Process(target=self.keep)
        self.maker.start()

    def take(self):
        name = self.ready.get()
        self.room.release()
        return name

    def give(self, name):
        self.unwanted.put(name)

    def finish(self):
        self.cpu_s = cpu_seconds(self.maker.pid)
        self.over.set()
        for _ in range(BATCH):
            self.room.release()
        self.unwanted.put(None)
        self.maker.join()
        if self.maker.exitcode != 0:
            raise RuntimeError("the process that makes the spares failed")

    def maker_cpu_s(self):
        return self.cpu_s

    def keep(self):
        making = threading.Thread(target=self.make)
        making.start()
        self.drop()
        making.join()
        left = []
        while not self.ready.empty():
            left.append(self.ready.get())
        with self.sessions() as run:
            run([f"DROP DATABASE {name}" for name in left])

    def sessions(self):
        return Sessions(BATCH)

    def make(self):
        with self.sessions() as run:
            for start in itertools.count(0, BATCH):
                for _ in range(BATCH):
                    self.room.acquire()
                if self.over.is_set():
                    return
                names = [f"fresh_{start + i}" for i in range(BATCH)]
                run([f"CREATE DATABASE {name} {self.words}" for name in names])
                for name in names:
                    self.ready.put(name)

    def drop(self):
        with self.sessions() as run:
            names = []
            while (name := self.unwanted.get()) is not None:
                names.append(name)
                if len(names) == BATCH:
                    run([f"DROP DATABASE {name}" for name in names])
                    names.clear()
            run([f"DROP DATABASE {name}" for name in names])


class Sessions:
    """Connections that share statements, side by side."""

    def __init__(self, count):
        self.idle = [open_session() for _ in range(count)]
        self.pool = futures.ThreadPoolExecutor(count)

    def __enter__(self):
        return lambda statements: list(self.pool.map(self.run, statements))

    def __exit__(self, *_):
        self.pool.shutdown()
        for session in self.idle:
            session.connection.close()

    def run(self, statement):
        session = self.idle.pop()
        session.execute(statement)
        self.idle.append(session)


WAYS = {
    "take": Take,
    "reset": Reset,
    "reset-after": ResetAfter,
    "spares": Spares,
    "statements": Statements,
    "createdb": Createdb,
    "pgclone": Pgclone,
}
