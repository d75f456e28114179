"""Where the tests keep their data: SQLite files, or databases of a PostgreSQL server.

`DANGWU_TEST_DATABASE=postgresql` runs the same tests on the server; without it they need none.
Making and dropping a database takes seconds there, since each of its files is synchronised; so a
copy is kept, and set back to what it was copied from before the next test gets it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from services.db import Base
from services.settings import Settings

SERVER = ("127.0.0.1", 5432)
ADDRESS = f"postgresql+psycopg://postgres@{SERVER[0]}"
ON_POSTGRESQL = os.environ.get("DANGWU_TEST_DATABASE", "") == "postgresql"


IN_CI = os.environ.get("CI") == "true"
ABSENT = (
    f"no PostgreSQL at {SERVER[0]}:{SERVER[1]}, its tests were not run; start one that lets the "
    "user postgres in without a password from this machine, for example: docker run --rm --detach "
    "--publish 127.0.0.1:5432:5432 --env POSTGRES_HOST_AUTH_METHOD=trust postgres:15"
)


def has_server() -> bool:
    """Tell whether something listens where the server is expected."""
    try:
        socket.create_connection(SERVER, timeout=2).close()
    except OSError:
        return False
    return True


def require_server() -> None:
    """Skip a test where no server can be expected; fail it in CI."""
    if not has_server():
        (pytest.fail if IN_CI else pytest.skip)(ABSENT)


def require_server_for_all() -> None:
    """End a run on PostgreSQL where there is none, with one message: an error in CI only."""
    if ON_POSTGRESQL and not has_server():
        pytest.exit(ABSENT, returncode=1 if IN_CI else 0)


@dataclass(frozen=True, slots=True)
class Store:
    """A data folder, and the address of its database unless that is a file in the folder."""

    folder: Path
    database_url: str = ""

    @property
    def settings(self) -> Settings:
        """The settings of a sample installation on this store."""
        return Settings(data_dir=str(self.folder), database_url=self.database_url, demo="1")


@contextmanager
def new_store(folder: Path) -> Iterator[Store]:
    """Make a store with an empty database; its database is dropped afterwards."""
    with _database(None) if ON_POSTGRESQL else _file() as url:
        yield Store(folder, url)


@contextmanager
def copy_store(original: Store, folder: Path) -> Iterator[Store]:
    """Copy a store that nobody is connected to; what happens to the copy leaves the original."""
    shutil.copytree(original.folder, folder)
    template = original.database_url.rpartition("/")[2]
    with _copy(template) if template else _file() as url:
        yield Store(folder, url)


@contextmanager
def empty_database(dialect: str, folder: Path) -> Iterator[str]:
    """Give the address of an empty database of the dialect, whatever the other tests run on."""
    if dialect == "sqlite":
        yield f"sqlite:///{folder / 'scratch.db'}"
        return
    with _database(None) as url:
        yield url


@contextmanager
def _file() -> Iterator[str]:
    yield ""


_idle: defaultdict[str, list[str]] = defaultdict(list)
"""The copies of each template that no test is using."""
_copies = ExitStack()


def drop_copies() -> None:
    """Drop what `copy_store` has made on the server, at the end of the session."""
    _idle.clear()
    _copies.close()


@contextmanager
def _copy(template: str) -> Iterator[str]:
    if _idle[template]:
        url = _idle[template].pop()
        _restore(url)
    else:
        url = _copies.enter_context(_database(template))
        _remember(url)
    yield url
    _idle[template].append(url)


def _remember(url: str) -> None:
    """Keep the rows of every table beside it, in a schema no mapped class knows."""
    with _connected(url) as connection:
        connection.execute(text("DROP SCHEMA IF EXISTS original CASCADE"))  # of a copied copy
        connection.execute(text("CREATE SCHEMA original"))
        for table in Base.metadata.sorted_tables:
            connection.execute(text(f"CREATE TABLE original.{table} AS TABLE public.{table}"))


def _restore(url: str) -> None:
    """Put the remembered rows back, and let new ones be numbered as in a fresh copy.

    The journal's triggers and references are not asked.
    """
    statements = ["SET LOCAL session_replication_role = replica"]
    for table in Base.metadata.sorted_tables:
        statements += [
            f"DELETE FROM public.{table}",
            f"INSERT INTO public.{table} SELECT * FROM original.{table}",
        ]
        if table.autoincrement_column is not None:
            name = table.autoincrement_column.name
            statements.append(
                f"SELECT setval(pg_get_serial_sequence('{table}', '{name}'),"
                f" coalesce(max({name}), 0) + 1, false) FROM public.{table}"
            )
    with _connected(url) as connection:
        connection.execute(text(";".join(statements)))


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = create_engine(url)
    with engine.begin() as connection:
        yield connection
    engine.dispose()


@contextmanager
def _database(template: str | None) -> Iterator[str]:
    require_server()
    name = f"dangwu_test_{secrets.token_hex(8)}"
    copied = f" TEMPLATE {template}" if template else ""
    _run(f"CREATE DATABASE {name}{copied}")
    try:
        yield f"{ADDRESS}/{name}"
    finally:
        _run(f"DROP DATABASE {name} WITH (FORCE)")


def _run(statement: str) -> None:
    with _administration().connect() as connection:
        connection.execute(text(statement))


@cache
def _administration() -> Engine:
    return create_engine(f"{ADDRESS}/postgres", isolation_level="AUTOCOMMIT")
