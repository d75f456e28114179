"""Versions of the database schema (Alembic), driven by our own commands; no alembic.ini."""
