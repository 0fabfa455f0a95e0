"""Runs the migrations on the connection that ``models.store.migrate`` hands over."""

from __future__ import annotations

from alembic import context

from models.store.tables import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=Base.metadata, transactional_ddl=True, transaction_per_migration=False
)
context.run_migrations()
