"""Run by Alembic for every command; the connection comes from `services.migrations.commands`."""

from __future__ import annotations

from alembic import context

from services.migrations.schema import options

context.configure(connection=context.config.attributes["connection"], **options())
with context.begin_transaction():
    context.run_migrations()
