"""author"""
import sqlalchemy as sa
from alembic import op

revision = "1c3a"
down_revision = None


def upgrade():
    op.create_table(
        "author", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text, nullable=False)
    )
