import pytest
from library.models import Author, Book
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session


def names(session):
    return session.scalars(select(Author.name).order_by(Author.id)).all()


@pytest.mark.parametrize("name", ["Jane Austen", "Emily Brontë", "George Eliot"])
def test_a_new_author_has_the_next_id(session, name):
    author = Author(name=name)
    session.add(author)
    session.commit()
    assert author.id == 3
    assert names(session) == ["Herman Melville", "Mary Shelley", name]


def test_an_author_comes_with_books(session):
    author = Author(name="Jane Austen")
    author.books = [
        Book(title="Emma", isbn="9780141439587", price=7),
        Book(title="Persuasion", isbn="9780141439686", price=6),
    ]
    session.add(author)
    session.commit()
    assert [book.id for book in author.books] == [6, 7]


def test_an_author_is_renamed(session):
    session.get(Author, 2).name = "Mary Wollstonecraft Shelley"
    session.commit()
    assert names(session) == ["Herman Melville", "Mary Wollstonecraft Shelley"]


def test_with_an_author_the_books_go(session):
    session.delete(session.get(Author, 2))
    session.commit()
    assert session.scalars(select(Book.title).order_by(Book.id)).all() == ["Moby-Dick", "Bartleby"]


def test_an_authors_key_changes_with_no_books(session):
    session.execute(delete(Book).where(Book.author_id == 1))
    session.execute(update(Author).where(Author.id == 1).values(id=100))
    session.commit()
    assert session.scalars(select(Author.id).order_by(Author.id)).all() == [2, 100]


def test_a_name_is_refused_twice_and_costs_an_id(session):
    session.add(Author(name="Mary Shelley"))
    with pytest.raises(IntegrityError):
        session.commit()
    session.rollback()
    author = Author(name="Percy Shelley")
    session.add(author)
    session.commit()
    assert author.id == 4


def test_what_is_rolled_back_was_not(session):
    session.add(Author(name="Nobody"))
    session.flush()
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Author)) == 2


def test_five_hundred_authors_come_at_once(session):
    session.execute(insert(Author), [{"name": f"Author {number}"} for number in range(500)])
    session.commit()
    assert session.execute(select(func.count(), func.max(Author.id))).one() == (502, 502)


def test_the_planner_learns_of_many_authors(engine, session):
    session.execute(insert(Author), [{"name": f"Author {number}"} for number in range(100)])
    session.execute(text("ANALYZE"))
    session.commit()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE author"))
    assert session.scalar(text("SELECT reltuples FROM pg_class WHERE oid = 'author'::regclass")) == 102


def test_two_sessions_commit(engine, session):
    with Session(engine) as other:
        other.add(Author(name="Anne Brontë"))
        other.commit()
    session.add(Author(name="Charlotte Brontë"))
    session.commit()
    assert names(session)[2:] == ["Anne Brontë", "Charlotte Brontë"]


def test_all_authors_go(session):
    session.execute(delete(Author))
    session.commit()
    assert names(session) == [] and session.scalars(select(Book)).all() == []
