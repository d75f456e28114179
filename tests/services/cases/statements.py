"""Counts what goes to the database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from services.bootstrap import Application

BOUNDS = ("BEGIN", "SAVEPOINT", "RELEASE")
LOCK = re.compile(r"SELECT process_instance\.id\s.*FOR (NO KEY )?UPDATE\s*", re.DOTALL)


@contextmanager
def counted(app: Application) -> Iterator[list[str]]:
    """Collect every statement sent inside the block.

    BEGIN, SAVEPOINT and RELEASE are left out: they ask the database for nothing, and PostgreSQL's
    driver sends BEGIN along with the first statement.  So is the lock of a case there, which BEGIN
    takes on SQLite.
    """
    statements: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: object) -> None:
        if not statement.startswith(BOUNDS) and not LOCK.fullmatch(statement):
            statements.append(statement)

    event.listen(app.database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(app.database.engine, "before_cursor_execute", note)
