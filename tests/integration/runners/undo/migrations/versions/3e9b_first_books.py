"""what every test finds: two authors with five books, three categories, three tags, two readers"""
from alembic import op

revision = "3e9b"
down_revision = "2f40"


def upgrade():
    op.execute("INSERT INTO author (name) VALUES ('Herman Melville'), ('Mary Shelley')")
    op.execute("INSERT INTO category (name, parent_id) VALUES ('Fiction', NULL), ('Novels', 1), ('Stories', 1)")
    op.execute(
        """
        INSERT INTO book (author_id, category_id, isbn, title, binding, price, details) VALUES
            (1, 2, '9780142437247', 'Moby-Dick', 'hardcover', 24.90, '{"year": 1851, "languages": ["en"]}'),
            (1, 3, '9780974607801', 'Bartleby', 'paperback', 7.50, '{"year": 1853}'),
            (2, 2, '9780141439471', 'Frankenstein', 'paperback', 8.99, '{"year": 1818}'),
            (2, 2, '9780199552351', 'The Last Man', 'ebook', 3.49, '{"year": 1826, "parts": 3}'),
            (2, NULL, '9780141395913', 'Mathilda', 'paperback', 6.00, DEFAULT)
        """
    )
    op.execute("INSERT INTO tag (name) VALUES ('sea'), ('horror'), ('classic')")
    op.execute("INSERT INTO book_tag VALUES (1, 1), (1, 3), (3, 2), (3, 3)")
    op.execute("INSERT INTO reader (name) VALUES ('Ada'), ('Grace')")
    op.execute("CREATE MATERIALIZED VIEW shelf AS SELECT category_id, count(*) AS books FROM book GROUP BY 1")
