import os

from alembic import context
from sqlalchemy import create_engine, make_url, pool

# SQLAlchemy wants to be told which driver to take.
url = make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+psycopg")

with create_engine(url, poolclass=pool.NullPool).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
