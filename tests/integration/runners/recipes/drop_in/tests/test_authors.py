"""Tests in the session's database, whose changes are rolled back."""
import pytest
from library.models import Author, Book
from sqlalchemy import func, select

NAMES = ["Jane Austen", "Mary Shelley", "Herman Melville", "Anne Brontë", "Nikolai Gogol"]


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


@pytest.mark.parametrize("name", NAMES)
def test_an_author_is_added(session, name):
    before = count(session, Author)
    session.add(Author(name=name))
    session.commit()
    assert count(session, Author) == before + 1


@pytest.mark.parametrize("name", NAMES)
def test_an_author_has_books(session, name):
    session.add(Author(name=name, books=[Book(title="First"), Book(title="Second")]))
    session.commit()
    assert len(session.scalar(select(Author).where(Author.name == name)).books) == 2


@pytest.mark.parametrize("name", NAMES)
def test_an_author_takes_the_books_along(session, name):
    books = count(session, Book)
    session.add(Author(name=name, books=[Book(title="First")]))
    session.commit()
    session.delete(session.scalar(select(Author).where(Author.name == name)))
    session.commit()
    assert count(session, Book) == books


def test_the_server_is_not_too_old(databases):
    assert int(databases.server_version().split(".")[0]) >= 13
