import pytest
from sqlalchemy.orm import Session
from tests.databases import Databases


@pytest.fixture(scope="session")
def databases(request):
    return Databases(getattr(request.config, "workerinput", {}).get("workerid", "master"))


@pytest.fixture(scope="session")
def session_engine(databases):
    with databases.engine() as engine:
        yield engine


@pytest.fixture
def session(session_engine):
    """What a test does with it is taken back, also what it commits."""
    with session_engine.connect() as connection, connection.begin() as transaction:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            yield session
        transaction.rollback()


@pytest.fixture
def own_engine(databases):
    """For a test that needs a database of its own."""
    if not databases.create_database:
        pytest.skip("database creation is off")
    with databases.engine() as engine:
        yield engine
