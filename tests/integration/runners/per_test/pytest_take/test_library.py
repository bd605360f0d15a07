import pytest

try:
    import psycopg
except ImportError:
    import psycopg2 as psycopg


@pytest.mark.parametrize("title", ["Emma", "Persuasion", "Sanditon", "The Watsons"])
def test_the_first_book_of_an_author(database_url, title):
    with psycopg.connect(database_url) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO author VALUES (3, 'Jane Austen')")
        cursor.execute("INSERT INTO book (author_id, title) VALUES (3, %s) RETURNING book_id", [title])
        assert cursor.fetchone() == (6,)
