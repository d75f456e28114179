"""Bringing everything encrypted under the current data key, and counting what is under which.

Works on whatever columns the mapped tables have: nothing is listed by hand.  The entries of the
journal are under keys of their cases (`services.audit.sealing`), and those keys are columns too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import (
    Column,
    LargeBinary,
    Select,
    String,
    Table,
    Text,
    and_,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from services.db import Database
from services.encryption.columns import (
    EncryptedBytes,
    EncryptedText,
    EncryptedWords,
    SearchDigest,
    keyring_of,
)
from services.encryption.keyring import Keyring, Undecipherable, is_encrypted, is_sealed
from services.migrations.schema import target_metadata

BATCH: Final = 200
UNKNOWN: Final = ""
"""Stands for a key that is not in the keyring, and for bytes older than their encryption."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A value no key of the keyring opens; `row` is the primary key of its row."""

    table: str
    column: str
    row: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many rows of a table were looked at and written so far."""

    table: str
    seen: int
    written: int
    unreadable: tuple[Unreadable, ...] = ()


def encrypted_tables() -> Mapping[Table, tuple[Column[Any], ...]]:
    """Return the tables that hold ciphertexts or digests, with those columns."""
    found = {}
    for table in target_metadata().sorted_tables:
        columns = tuple(c for c in table.columns if _prefix_of(c.type, "") is not None)
        if columns:
            found[table] = columns
    return found


def usage(session: Session) -> Mapping[str, Mapping[str, int]]:
    """Return, by name of key, how many values of each `table.column` are under it.

    What is under none of the keyring stands under `UNKNOWN`.
    """
    names = keyring_of(session).names
    counts: dict[str, Counter[str]] = {name: Counter() for name in (*names, UNKNOWN)}
    for table, columns in encrypted_tables().items():
        for column in columns:
            held = [func.count().filter(_is_under(column, name)) for name in names]
            row = session.execute(
                select(func.count().filter(_is_filled(column)), *held).select_from(table)
            ).one()
            total, *per_key = row
            under = (*per_key, total - sum(per_key))
            for name, number in zip((*names, UNKNOWN), under, strict=True):
                if number:
                    counts[name][str(column)] += number
    return {name: dict(found) for name, found in counts.items()}


def rotate(database: Database, told: Callable[[Rotated], None]) -> tuple[Unreadable, ...]:
    """Write everything anew that is not under the current key; returns what could not be read.

    A transaction for each batch of rows, so it may be broken off and begun again at any time, and
    others go on working.  `told` hears of the progress after every batch.
    """
    unreadable: list[Unreadable] = []
    for table, columns in encrypted_tables().items():
        for done in _rotate_table(database, table, columns):
            told(done)
        unreadable += done.unreadable
    return tuple(unreadable)


def _rotate_table(
    database: Database, table: Table, columns: tuple[Column[Any], ...]
) -> Iterator[Rotated]:
    keys = tuple(table.primary_key.columns)
    last: tuple[object, ...] | None = None
    seen = written = 0
    unreadable: tuple[Unreadable, ...] = ()
    while True:
        with database.write() as session:
            rows = session.execute(_next(session, table, columns, last)).all()
            for row in rows:
                last = tuple(row[: len(keys)])
                values, bad = _renewed(keyring_of(session), columns, tuple(row[len(keys) :]))
                unreadable += tuple(Unreadable(table.name, c.name, last) for c in bad)
                if values:
                    same = and_(*(k == v for k, v in zip(keys, last, strict=True)))
                    session.execute(update(table).where(same).values(values))
                    written += 1
        seen += len(rows)
        yield Rotated(table.name, seen, written, unreadable)
        if len(rows) < BATCH:
            return


def _next(
    session: Session,
    table: Table,
    columns: tuple[Column[Any], ...],
    last: tuple[object, ...] | None,
) -> Select[Any]:
    """Return the query for the next rows that hold anything not under the current key, locked."""
    keys = tuple(table.primary_key.columns)
    current = keyring_of(session).current
    stale = [and_(_is_filled(c), not_(_is_under(c, current))) for c in columns]
    query = select(*keys, *map(_raw, columns)).where(or_(*stale)).order_by(*keys).limit(BATCH)
    if last is not None:
        query = query.where(tuple_(*keys) > tuple_(*map(literal, last)))
    return query.with_for_update()


def _renewed(
    keyring: Keyring, columns: tuple[Column[Any], ...], stored: tuple[Any, ...]
) -> tuple[dict[str, str | bytes], list[Column[Any]]]:
    """Return the plaintexts to be written, by column, and the columns that cannot be read.

    A digest is made anew from the column it belongs to, known by its context.
    """
    values: dict[str, str | bytes] = {}
    plain: dict[str, str] = {}
    bad = []
    for column, value in zip(columns, stored, strict=True):
        if value is None or isinstance(column.type, SearchDigest):
            continue
        try:
            if isinstance(column.type, EncryptedText):
                context, words = column.type.context, str(value)
                if not isinstance(column.type, EncryptedWords) or is_encrypted(words):
                    words = keyring.decrypt(context, words)
                plain[context] = values[column.name] = words
            else:
                context, content = cast("EncryptedBytes", column.type).context, bytes(value)
                values[column.name] = (
                    keyring.open(context, content) if is_sealed(content) else content
                )
        except Undecipherable:
            bad.append(column)
    for column, value in zip(columns, stored, strict=True):
        if isinstance(column.type, SearchDigest) and value is not None:
            text = plain.get(column.type.context)
            if text is not None:
                values[column.name] = text
    return values, bad


def _raw(column: Column[Any]) -> ColumnElement[Any]:
    """SQL: what the database holds, as it stands."""
    kind = column.type
    if isinstance(kind, EncryptedBytes):
        return type_coerce(column, LargeBinary)
    return type_coerce(column, String if isinstance(kind, SearchDigest) else Text)


def _is_filled(column: Column[Any]) -> ColumnElement[bool]:
    """SQL: there is something to be encrypted."""
    raw = _raw(column)
    if isinstance(column.type, EncryptedWords):
        return and_(raw.is_not(None), raw != "")
    return raw.is_not(None)


def _is_under(column: Column[Any], name: str) -> ColumnElement[bool]:
    """SQL: a value was written under the key of that name."""
    prefix = _prefix_of(column.type, name)
    assert prefix is not None  # noqa: S101 - a slip of the programmer
    head = func.substr(_raw(column), 1, len(prefix))
    return head == prefix


def _prefix_of(kind: object, name: str) -> str | bytes | None:
    """Return what values of a column type begin with under a key; None for other types."""
    if isinstance(kind, EncryptedText):
        return Keyring.prefix_of(name)
    if isinstance(kind, EncryptedBytes):
        return Keyring.prefix_of(name).encode()
    return f"{name}$" if isinstance(kind, SearchDigest) else None
