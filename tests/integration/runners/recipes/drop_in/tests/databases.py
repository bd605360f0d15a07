"""The tests' databases: one for each worker's session, and one for each test that wants its own.

LIBRARY_TEST_URL              the server, and the configured database
LIBRARY_TEST_CREATE_DATABASE  false: the configured database is used as it is, by serial tests
LIBRARY_TEST_EXTERNAL_SCHEMA  true: databases are copies of the configured one, not made by the models
"""
import os
import uuid
from contextlib import contextmanager

from library.models import Base
from sqlalchemy import create_engine, make_url, text


def enabled(name, default):
    return os.environ.get(name, default).lower() == "true"


class Databases:
    def __init__(self, worker_id):
        self.worker_id = worker_id
        self.url = make_url(os.environ["LIBRARY_TEST_URL"])
        self.create_database = enabled("LIBRARY_TEST_CREATE_DATABASE", "true")
        self.external_schema = enabled("LIBRARY_TEST_EXTERNAL_SCHEMA", "false")
        self.template = self.url.database if self.external_schema else "template0"
        if not self.create_database and worker_id != "master":
            raise RuntimeError("database creation is off: tests that share a database must run serially")
        if not self.url.database and (self.external_schema or not self.create_database):
            raise RuntimeError("LIBRARY_TEST_URL names no database")

    @contextmanager
    def admin(self):
        """Databases are created and dropped outside of transactions, from another database."""
        engine = create_engine(self.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            yield connection
        engine.dispose()

    def server_version(self):
        with self.admin() as connection:
            return connection.scalar(text("SHOW server_version"))

    def create(self, name):
        with self.admin() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{self.template}"'))

    def drop(self, name):
        with self.admin() as connection:
            connection.execute(text(f'DROP DATABASE "{name}"'))

    @contextmanager
    def engine(self):
        """An engine for a database that is there for as long as the block."""
        name = f"library_{self.worker_id}_{uuid.uuid4().hex}" if self.create_database else self.url.database
        if self.create_database:
            self.create(name)
        engine = create_engine(self.url.set(database=name))
        try:
            if self.template == "template0":
                Base.metadata.create_all(engine)
            yield engine
        finally:
            engine.dispose()
            if self.create_database:
                self.drop(name)
