"""What takes too long, or a server that is away, is `Busy`: the same command may pass later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from services.db import Database, Patience
from services.errors import Busy, Invalid, NotFound
from tests.stores import empty_database

NOBODY_LISTENS = "postgresql+psycopg://postgres@127.0.0.1:1/nothing"


def opened(dialect: str, folder: Path, patience: Patience) -> Iterator[Database]:
    with empty_database(dialect, folder) as url:
        database = Database(url, patience=patience)
        yield database
        database.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database whose locks are waited for a moment only."""
    yield from opened(request.param, tmp_path, Patience(lock=0.2))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Database]:
    """A PostgreSQL whose statements are given up after a moment."""
    yield from opened("postgresql", tmp_path, Patience(statement=0.2))


def test_a_lock_that_stays_taken_is_given_up(database: Database) -> None:
    with database.write() as session:
        session.execute(text("CREATE TABLE example (word TEXT)"))
        session.execute(text("INSERT INTO example VALUES ('first')"))
    change = text("UPDATE example SET word = word || '.'")
    with database.write() as session:
        session.execute(change)
        with pytest.raises(Busy), database.write() as other:
            other.execute(change)
    with database.write() as session:
        session.execute(change)
    with database.read() as session:
        assert "first.." == session.scalar(text("SELECT word FROM example"))


def test_a_statement_that_goes_on_too_long_is_given_up(server: Database) -> None:
    for _ in range(2):  # a transaction that was taken back leaves the limit in force
        with pytest.raises(Busy), server.read() as session:
            session.execute(text("SELECT pg_sleep(60)"))


def test_a_connection_that_was_cut_is_replaced(server: Database) -> None:
    with server.read() as session:
        own = session.scalar(text("SELECT pg_backend_pid()"))
    with pytest.raises(Busy), server.read() as session:
        session.execute(text(f"SELECT pg_terminate_backend({own})"))
    server.ping()


def test_a_server_that_is_away_is_busy() -> None:
    database = Database(NOBODY_LISTENS)
    with pytest.raises(Busy):
        database.ping()
    database.dispose()


def test_a_mistake_in_a_statement_is_not_busy(database: Database) -> None:
    with pytest.raises(Exception, match="nothing"), database.read() as session:
        session.execute(text("SELECT nothing"))


def test_a_value_no_column_holds_is_refused_or_belongs_to_no_row(server: Database) -> None:
    with server.write() as session:
        session.execute(text("CREATE TABLE example (word VARCHAR(3), number INTEGER)"))
    insertion = text("INSERT INTO example VALUES (:word, 1)")
    for word in ("four", "a\0"):
        with pytest.raises(Invalid), server.write() as session:
            session.execute(insertion, {"word": word})
    with pytest.raises(NotFound), server.read() as session:
        session.execute(text("SELECT CAST(2147483648 AS INTEGER)"))
