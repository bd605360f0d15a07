"""Databases that stay, with a row trigger's notes in jsonb and a function that plays them back.

Written for the benchmark, after the idea of pgundolog in jackc/testdb.
"""

import pathlib

from fresh_ways import Way, open_session

PREFIX = "fresh_notes_"
SCHEMA = pathlib.Path(__file__).with_name("fresh_notes.sql")
UNDO = "SELECT notes.undo()"
ITS_OWN, THE_TESTS = "over a connection that stays open", "over the test's connection"


def make_database(template, name):
    with open_session() as session:
        session.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        session.connection.close()
    with open_session(name) as session:
        session.execute(SCHEMA.read_text())
        session.connection.close()


class Notes(Way):
    """Each client has a database for the whole time, which is played back after each test."""

    def __init__(self, template, clients, how):
        super().__init__(template)
        self.clients = int(clients)
        self.by_the_test = how == THE_TESTS

    def prepare(self):
        for number in range(self.clients):
            make_database(self.template, f"{PREFIX}{number}")

    def open(self, number):
        self.name = f"{PREFIX}{number}"
        self.session = None if self.by_the_test else open_session(self.name)

    def take(self):
        return self.name

    def leave(self, session):
        if self.by_the_test:
            session.execute(UNDO)

    def give(self, name):
        if self.session:
            self.session.execute(UNDO)
