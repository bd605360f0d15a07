"""authors, books in categories, and what they cost before"""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "1a7c"
down_revision = None

MONEY = sa.Numeric(8, 2)
MOMENT = sa.TIMESTAMP(timezone=True)

NOTE_PRICE = """
CREATE FUNCTION note_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO price_change (book_id, old, new) VALUES (new.id, old.price, new.price);
    RETURN NULL;
END $$
"""


def upgrade():
    op.create_table(
        "author",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(100), nullable=False, unique=True),
    )
    op.create_table(
        "category",
        sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("parent_id", sa.Integer, sa.ForeignKey("category.id")),
    )
    op.create_table(
        "book",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("author_id", sa.Integer, sa.ForeignKey("author.id", ondelete="CASCADE"), nullable=False),
        sa.Column("category_id", sa.Integer, sa.ForeignKey("category.id", ondelete="SET NULL")),
        sa.Column("isbn", sa.String(13), nullable=False, unique=True),
        sa.Column("title", sa.String, nullable=False),
        sa.Column(
            "binding", sa.Enum("hardcover", "paperback", "ebook", name="binding"),
            server_default="paperback", nullable=False,
        ),
        sa.Column("price", MONEY, nullable=False),
        sa.Column("details", JSONB, server_default=sa.text("'{}'"), nullable=False),
        sa.Column("copies", sa.Integer, server_default=sa.text("1"), nullable=False),
        sa.Column("added_at", MOMENT, server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("price >= 0", name="book_price_not_negative"),
    )  # fmt: skip
    op.create_index("ix_book_author_id", "book", ["author_id"])
    op.create_table(
        "price_change",
        sa.Column("book_id", sa.Integer, sa.ForeignKey("book.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("changed_at", MOMENT, server_default=sa.func.clock_timestamp(), primary_key=True),
        sa.Column("old", MONEY, nullable=False),
        sa.Column("new", MONEY, nullable=False),
    )
    op.execute(NOTE_PRICE)
    op.execute(
        "CREATE TRIGGER note_price AFTER UPDATE ON book FOR EACH ROW"
        " WHEN (old.price <> new.price) EXECUTE FUNCTION note_price()"
    )
