"""tags, readers, what they borrow, and what they owe"""
import sqlalchemy as sa
from alembic import op

revision = "2f40"
down_revision = "1a7c"


def upgrade():
    op.create_table(
        "tag",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(30), nullable=False, unique=True),
    )
    op.create_table(
        "book_tag",
        sa.Column("book_id", sa.Integer, sa.ForeignKey("book.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("tag_id", sa.Integer, sa.ForeignKey("tag.id", ondelete="CASCADE"), primary_key=True),
    )
    op.create_table(
        "reader",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
    )
    op.execute("CREATE SEQUENCE loan_number START 1001")
    op.create_table(
        "loan",
        sa.Column("number", sa.Integer, server_default=sa.text("nextval('loan_number')"), primary_key=True),
        sa.Column("book_id", sa.Integer, sa.ForeignKey("book.id", ondelete="CASCADE"), nullable=False),
        sa.Column(
            "reader_id", sa.Integer, sa.ForeignKey("reader.id", deferrable=True, initially="DEFERRED"),
            nullable=False,
        ),
        sa.Column("lent", sa.Date, server_default=sa.func.current_date(), nullable=False),
        sa.Column("returned", sa.Date),
    )  # fmt: skip
    op.create_index(
        "loan_once_at_a_time", "loan", ["book_id", "reader_id"], unique=True,
        postgresql_where=sa.text("returned IS NULL"),
    )  # fmt: skip
    op.create_table(
        "fine",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("reader_id", sa.Integer, sa.ForeignKey("reader.id", ondelete="CASCADE"), nullable=False),
        sa.Column("amount", sa.Numeric(8, 2), nullable=False),
        sa.Column("paid", sa.Boolean, server_default=sa.text("false"), nullable=False),
    )
