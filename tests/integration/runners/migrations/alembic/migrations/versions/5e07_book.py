"""book"""
import sqlalchemy as sa
from alembic import op

revision = "5e07"
down_revision = "1c3a"


def upgrade():
    op.create_table(
        "book",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("author_id", sa.Integer, sa.ForeignKey("author.id"), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
    )
