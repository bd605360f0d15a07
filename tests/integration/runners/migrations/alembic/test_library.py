import subprocess

import pytest
from sqlalchemy import create_engine, make_url, text


@pytest.fixture(scope="session")
def engine():
    url = subprocess.check_output(["pgclone", "url"], text=True).strip()
    return create_engine(make_url(url).set(drivername="postgresql+psycopg"))


@pytest.mark.parametrize("title", ["Emma", "Persuasion"])
def test_a_book_has_an_author(engine, title):
    with engine.begin() as connection:
        author = connection.scalar(text("INSERT INTO author (name) VALUES ('Jane Austen') RETURNING id"))
        book = {"author": author, "title": title}
        connection.execute(
            text("INSERT INTO book (author_id, title, published) VALUES (:author, :title, 1815)"), book
        )
        found = connection.scalars(text("SELECT title FROM book WHERE author_id = :author"), book)
        assert found.all() == [title]
