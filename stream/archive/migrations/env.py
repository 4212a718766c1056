"""What alembic runs: the connection is handed in, in the transaction that it is given."""

from alembic import context

from stream.archive.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
