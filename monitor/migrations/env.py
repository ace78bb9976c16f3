"""Runs the migrations on the connection that `monitor.schema` hands over; what they cover is said there too."""

from __future__ import annotations

from alembic import context

from monitor.schema import migration_options

connection = context.config.attributes["connection"]
context.configure(connection=connection, **migration_options())
with context.begin_transaction():
    context.run_migrations()
