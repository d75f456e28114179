"""Changing what cannot be changed, as somebody would who owns the database."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, create_engine, text
from sqlalchemy.orm import Session

from services.bootstrap import Application

GUARDED = ("journal_entry", "audit_entry", "journal_anchor", "journal_anchor_head")


REPLACE_OR_TRUNCATE = "replace or truncate"
"""What each database has besides UPDATE and DELETE to make rows vanish."""


def of_dialect(session: Session, statement: str, table: str) -> str:
    """Return the statement, in the words of the database where they differ."""
    if statement != REPLACE_OR_TRUNCATE:
        return statement
    if session.get_bind().dialect.name == "postgresql":
        return f"TRUNCATE {table}"
    return f"INSERT OR REPLACE INTO {table} SELECT * FROM {table} WHERE sequence = 1"


def tamper(app: Application, *statements: str) -> None:
    """Take the guards off, foreign keys among them, and carry out the statements."""
    engine = create_engine(app.database.engine.url)  # SQLite: foreign keys are off unless asked for
    with engine.begin() as connection:
        _take_guards_off(connection)
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def _take_guards_off(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        return
    query = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN :tables")
    found = query.bindparams(bindparam("tables", GUARDED, expanding=True))
    for guard in connection.scalars(found).all():
        connection.execute(text(f"DROP TRIGGER {guard}"))
