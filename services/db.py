"""The database: declarative base, sessions, and one way to begin a transaction.

SQLite runs in WAL mode; a writing transaction begins with BEGIN IMMEDIATE, so that two writers wait
for each other at the door instead of failing half-way.  The threads of one process queue at a lock
of their own; the driver's busy handler starves writers, hence the short random waits between
processes.
"""

from __future__ import annotations

import enum
import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    DateTime,
    Enum,
    Integer,
    MetaData,
    Select,
    String,
    TextClause,
    TypeDecorator,
    bindparam,
    create_engine,
    event,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from services.encryption.columns import bind_keyring
from services.encryption.keyring import Keyring
from services.errors import Busy, Invalid, NotFound

WRITE_OPTION = "dangwu_write"
CONNECT_SECONDS = 5
BUSY_STATES = frozenset(
    {
        "40001",  # serialization failure
        "40P01",  # deadlock: PostgreSQL chose to break off this transaction
        "53300",  # too many connections
        "55P03",  # lock_timeout
        "57014",  # statement_timeout
        "57P01",  # the server is being shut down
        "57P02",  # another process of the server crashed
        "57P03",  # the server is starting
    }
)
"""SQLSTATEs of PostgreSQL after which the same command may pass."""


OUT_OF_RANGE = "22003"
"""SQLSTATE for a number a column cannot hold."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds to wait for a lock, and for a statement (PostgreSQL only); 0 is for ever."""

    lock: float = 15
    statement: float = 60


NO_KEY_UPDATE = {"key_share": True}
"""Locks a row against other commands, but not against rows that refer to it."""

Key = BigInteger().with_variant(Integer(), "sqlite")


def by_code_point(length: int) -> String:
    """Return a text that sorts and compares by code point, also on a PostgreSQL set to a language.

    There beginnings are found in an index, and `/` and digits keep their order.
    """
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class Moment(TypeDecorator[datetime]):
    """An instant: aware datetimes in, aware datetimes (UTC) out, on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC; refuse naive datetimes, they have no meaning here."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "naive datetime"
            raise ValueError(message)
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all tables; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Moment,
        # Words in the database, members in the code; no native type and no constraint, so that a
        # new member needs no migration.
        enum.Enum: Enum(
            enum.Enum,
            native_enum=False,
            length=32,
            values_callable=lambda members: [member.value for member in members],
        ),
    }


class Database:
    """An engine and its sessions; `keyring` opens the encrypted columns.

    Whatever takes longer than the patience allows is given up with `Busy`.
    """

    def __init__(
        self, url: str, keyring: Keyring | None = None, patience: Patience | None = None
    ) -> None:
        sqlite = url.startswith("sqlite")
        self._patience = patience = patience or Patience()
        options: dict[str, Any] = {
            "pool_pre_ping": True,
            "connect_args": {"connect_timeout": CONNECT_SECONDS},
        }
        if sqlite:
            # Every thread may hold a writer and a reader; connections to a file cost nothing.
            options = {
                "connect_args": {"check_same_thread": False, "timeout": 0},
                "pool_size": 20,
                "max_overflow": 20,
            }
        self.engine: Engine = create_engine(url, hide_parameters=True, **options)
        if sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", partial(_begin_sqlite, patience=patience))
        else:
            event.listen(self.engine, "connect", partial(_prepare_server, patience=patience))
        if keyring is not None:
            bind_keyring(self.engine, keyring)
        self._session = sessionmaker(self.engine, expire_on_commit=False)
        self._door = threading.Lock() if sqlite else None

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session for reading; nothing is kept."""
        with self._session() as session, _told_as_ours():
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """Open a session for reading that sees one moment throughout, however long it reads.

        SQLite gives that to every reader, PostgreSQL to who asks for it.
        """
        with self.read() as session:
            if self.engine.dialect.name != "sqlite":
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a writing transaction: commits at the end, rolls back on any exception."""
        with _told_as_ours(), self._turn(), self._session() as session:
            session.connection(execution_options={WRITE_OPTION: True})
            yield session
            session.commit()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for one's turn to write where there can be one writer only; raises `Busy`."""
        if self._door is None:
            yield
            return
        if not self._door.acquire(timeout=self._patience.lock):
            raise Busy
        try:
            yield
        finally:
            self._door.release()

    def within(self, session: Session) -> Database:
        """Return this database as seen from inside an open transaction of the caller.

        What is read and written there belongs to that transaction and is committed with it.
        """
        return _Within(self.engine, session)

    def ping(self) -> None:
        """Ask the database for an answer; raises `Busy` when there is none."""
        with self.read() as session:
            session.connection()

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def is_writing(session: Session) -> bool:
    """Tell whether a session is one of `Database.write`."""
    return bool(session.connection().get_execution_options().get(WRITE_OPTION))


class _Within(Database):
    """A transaction of somebody else: joins it, never ends it."""

    def __init__(self, engine: Engine, session: Session) -> None:
        self.engine = engine
        self._open = session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give the open session."""
        yield self._open

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give the open session; writes go out at the end, the caller commits."""
        yield self._open
        self._open.flush()


def lock_rows(session: Session, rows: Select[Any]) -> None:
    """Lock what a query finds until the writing transaction ends.

    On SQLite the transaction itself is the lock: nothing is asked.  What is read afterwards is as
    the holder of the lock before us left it; a read that locks would see other tables as they were
    before it waited.
    """
    if session.get_bind().dialect.name != "sqlite":
        session.execute(rows.with_for_update())


def insert_many(session: Session, model: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows that name the same columns, and all that have no default in the database.

    PostgreSQL is sent one array for each column: its driver takes several times longer to send row
    after row.
    """
    if not rows:
        return
    if session.get_bind().dialect.name != "postgresql":
        session.execute(insert(model), rows)
        return
    columns = {name: model.__table__.c[name] for name in rows[0]}
    arrays = [
        func.unnest(bindparam(None, [row[name] for row in rows], postgresql.ARRAY(column.type)))
        for name, column in columns.items()
    ]
    session.execute(insert(model).from_select(list(columns), select(*arrays)))


def refresh_statistics(session: Session, *models: type[Base]) -> None:
    """Let PostgreSQL count anew tables that grow by bulk, so that it plans by what is there.

    Its own turn comes up to a minute later, or never where it is switched off; until then queries
    for some hundreds of keys read whole tables.  SQLite plans without counting.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"ANALYZE {', '.join(m.__tablename__ for m in models)}"))


def upsert(
    session: Session,
    model: type[Base],
    values: Mapping[str, object],
    changes: Mapping[str, object],
    *,
    unique: str,
    where: TextClause,
) -> None:
    """Insert a row with `values`, or write `changes` into the one that has its `unique` column.

    `where` is the condition of the partial index that makes the column unique.
    """
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(
        insert(model)
        .values(values)
        .on_conflict_do_update(index_elements=[unique], index_where=where, set_=changes)
    )


def _prepare_sqlite(connection: Any, record: object) -> None:
    del record
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 5000")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA busy_timeout = 0")
    cursor.close()


def _prepare_server(connection: Any, record: object, *, patience: Patience) -> None:
    del record
    connection.autocommit = True  # or the setting would go with the first rollback
    for name, seconds in (("lock", patience.lock), ("statement", patience.statement)):
        connection.execute(f"SET {name}_timeout = {int(seconds * 1000)}")
    connection.autocommit = False


def _begin_sqlite(connection: Connection, *, patience: Patience) -> None:
    if not connection.get_execution_options().get(WRITE_OPTION):
        connection.exec_driver_sql("BEGIN")
        return
    deadline = time.monotonic() + patience.lock
    while True:
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(random.uniform(0.0005, 0.003))  # noqa: S311 - jitter, not a secret
        else:
            return


@contextmanager
def _told_as_ours() -> Iterator[None]:
    """Turn what a database says of locks, limits and values into errors of the product.

    PostgreSQL refuses what SQLite takes: numbers of more than 32 bits where a column has no more,
    which no row has then, and texts too long or with the character 0.
    """
    try:
        yield
    except PoolTimeout as error:
        raise Busy from error
    except DataError as error:
        if getattr(error.orig, "sqlstate", "") == OUT_OF_RANGE:
            raise NotFound from error
        raise Invalid(
            "填写的内容过长，或者含有不能保存的字符。", "请缩短或者改正后再试。"
        ) from error
    except DBAPIError as error:
        if error.connection_invalidated or _is_passing(error):
            raise Busy from error
        raise


def _is_passing(error: DBAPIError) -> bool:
    """Tell whether the same command may pass later: locks, limits, a server that is away."""
    if "database is locked" in str(error.orig):
        return True
    state = getattr(error.orig, "sqlstate", "")
    is_away = state is None and isinstance(error, OperationalError)
    return is_away or state in BUSY_STATES
