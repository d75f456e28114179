"""Changing what cannot be changed, as somebody would who owns the database."""

from __future__ import annotations

from sqlalchemy import bindparam, text
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
    """Take the guards off, and carry out the statements."""
    with app.database.write() as session:
        _take_guards_off(session)
        for statement in statements:
            session.execute(text(statement))


def _take_guards_off(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL session_replication_role = replica"))
        return
    session.execute(text("PRAGMA defer_foreign_keys = ON"))
    query = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN :tables")
    found = query.bindparams(bindparam("tables", GUARDED, expanding=True))
    for guard in session.scalars(found).all():
        session.execute(text(f"DROP TRIGGER {guard}"))
