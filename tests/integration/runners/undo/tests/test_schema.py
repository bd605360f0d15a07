"""What is more than rows that change: here undoing is not enough, and the whole database is put back."""
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from library.models import Author, Base, Book, Loan
from sqlalchemy import func, select, text


def agrees(session):
    """Whether the tables are as the application's models say."""
    return compare_metadata(MigrationContext.configure(session.connection()), Base.metadata) == []


def check(session, *statements):
    assert agrees(session)
    for statement in statements:
        session.execute(text(statement))
    session.commit()


def test_tables_are_emptied_and_their_ids_begin_anew(session):
    check(session, "TRUNCATE author RESTART IDENTITY CASCADE")
    session.add(Author(name="Jane Austen"))
    session.commit()
    assert session.scalars(select(Author.id)).all() == [1]
    assert session.scalar(select(func.count()).select_from(Book)) == 0


def test_an_empty_table_is_truncated(session):
    check(session, "TRUNCATE loan")
    assert session.scalars(select(Loan)).all() == []


@pytest.mark.parametrize("kind", ["text", "integer"])
def test_a_column_is_added(session, kind):
    check(session, f"ALTER TABLE book ADD COLUMN shelf_mark {kind}")
    assert not agrees(session)


def test_a_column_is_dropped(session):
    check(session, "ALTER TABLE book DROP COLUMN copies")
    assert not agrees(session)


def test_a_table_is_dropped(session):
    check(session, "DROP TABLE book_tag, tag")
    assert not agrees(session)


@pytest.mark.parametrize("rows", [1, 10])
def test_a_table_is_made(session, rows):
    check(session, f"CREATE TABLE export AS SELECT * FROM generate_series(1, {rows})")
    assert session.scalar(text("SELECT count(*) FROM export")) == rows


def test_a_table_is_thought_better_of(session):
    session.execute(text("CREATE TABLE export ()"))
    session.rollback()
    assert agrees(session)


@pytest.mark.parametrize("rows", [1, 10])
def test_a_table_is_made_for_the_session(session, rows):
    check(session, f"CREATE TEMP TABLE moment AS SELECT * FROM generate_series(1, {rows})")
    assert session.scalar(text("SELECT count(*) FROM moment")) == rows


def test_a_view_is_refreshed(session):
    assert session.scalar(text("SELECT sum(books) FROM shelf")) == 5
    check(session, "DELETE FROM book", "REFRESH MATERIALIZED VIEW shelf")
    assert session.scalar(text("SELECT sum(books) FROM shelf")) is None


def test_a_view_is_not_refreshed_here(session):
    assert session.scalar(text("SELECT sum(books) FROM shelf")) == 5
    check(session, "DROP MATERIALIZED VIEW shelf")


def test_a_binding_is_added(session):
    check(session, "ALTER TYPE binding ADD VALUE 'audiobook'")
    assert session.scalar(text("SELECT count(*) FROM pg_enum")) == 4


def test_prices_change_unnoted(session):
    check(session, "ALTER TABLE book DISABLE TRIGGER USER", "UPDATE book SET price = 1")
    assert session.scalar(text("SELECT count(*) FROM price_change")) == 0


def test_prices_are_noted_here(session):
    check(session, "UPDATE book SET price = 1", "DROP TRIGGER note_price ON book")
    assert session.scalar(text("SELECT count(*) FROM price_change")) == 5


def test_numbers_begin_elsewhere(session):
    check(session, "ALTER SEQUENCE loan_number INCREMENT BY 10 RESTART WITH 1")
    assert [session.scalar(text("SELECT nextval('loan_number')")) for _ in range(2)] == [1, 11]


def test_a_cover_is_stored(session):
    check(session, "SELECT lo_from_bytea(4711, 'cover')")
    assert session.scalar(text("SELECT count(*) FROM pg_largeobject_metadata")) == 1


def test_no_cover_is_stored_here(session):
    assert session.scalar(text("SELECT count(*) FROM pg_largeobject_metadata")) == 0
    check(session, "COMMENT ON TABLE book IS 'no covers'")
