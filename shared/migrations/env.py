"""What alembic runs: everything it needs comes from shared.migrate, nothing from an ini file."""

from alembic import context

_wish = context.config.attributes

context.configure(
    connection=_wish["connection"],
    target_metadata=_wish["metadata"],
    include_object=_wish["include"],
    compare_server_default=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
