"""when a book was published"""
import sqlalchemy as sa
from alembic import op

revision = "9b42"
down_revision = "5e07"


def upgrade():
    op.add_column("book", sa.Column("published", sa.Integer))
