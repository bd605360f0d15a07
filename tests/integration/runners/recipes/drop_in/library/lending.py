"""A part of the application that has connections of its own, and commits."""
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from library.models import Author, Book


def acquire(engine, name, *titles):
    with Session(engine) as session, session.begin():
        author = session.scalar(select(Author).where(Author.name == name)) or Author(name=name)
        author.books.extend(Book(title=title) for title in titles)
        session.add(author)


def titles(engine):
    with Session(engine) as session:
        return list(session.scalars(select(Book.title).order_by(Book.id)))


def reorganise(engine):
    """What no test's transaction could take back: it changes a table, and commits."""
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE book ADD COLUMN shelf text DEFAULT 'A1'"))
