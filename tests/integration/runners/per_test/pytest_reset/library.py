"""An application that reads its database's URL once, and commits."""
import os

try:
    import psycopg
except ImportError:
    import psycopg2 as psycopg

DATABASE_URL = os.environ["DATABASE_URL"]


def add_book(author, title):
    with psycopg.connect(DATABASE_URL) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO author VALUES (3, %s)", [author])
        cursor.execute("INSERT INTO book (author_id, title) VALUES (3, %s) RETURNING book_id", [title])
        return cursor.fetchone()[0]
