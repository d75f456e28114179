"""Checking that nobody altered a journal: the chains of the cases, then the books."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from services.audit.against_anchors import verify_anchors
from services.audit.anchors import AnchorLine
from services.audit.chain import UNREADABLE, Broken, ChainHead, first_broken
from services.audit.models import AuditRow, Book, BookHead, JournalEntry
from services.audit.names import BOOK_NAMES
from services.processes.models import ProcessInstance

CHUNK = 500
UNREADABLE_ROW = (*UNREADABLE, DBAPIError)
"""SQLite's driver itself refuses a text that is no UTF-8."""
Row = TypeVar("Row", JournalEntry, AuditRow)


def verify(session: Session, outside: Sequence[AnchorLine] = ()) -> Iterator[Broken]:
    """Check every chain; yield the first broken, missing, reordered or truncated entry of each.

    Then hold the chains against the day anchors, and these against `outside`, the lines of them
    that were kept elsewhere.
    """
    return chain(_verify_cases(session), _verify_books(session), verify_anchors(session, outside))


def _verify_cases(session: Session) -> Iterator[Broken]:
    heads = select(
        ProcessInstance.id,
        ProcessInstance.number,
        ProcessInstance.journal_length,
        ProcessInstance.journal_hash,
    )  # nothing that is encrypted: the chain needs no key
    for instance_id, number, length, last in session.execute(heads.order_by(ProcessInstance.id)):
        links = _links(session, JournalEntry, JournalEntry.instance_id == instance_id)
        broken = first_broken(number, ChainHead(length, last), links)
        if broken is not None:
            yield broken


def _verify_books(session: Session) -> Iterator[Broken]:
    for book in Book:
        row = session.get(BookHead, book)
        head = ChainHead(row.journal_length, row.journal_hash) if row else ChainHead(0, "")
        links = _links(session, AuditRow, AuditRow.book == book)
        broken = first_broken(BOOK_NAMES[book], head, links)
        if broken is not None:
            yield broken


def _links(
    session: Session, table: type[Row], in_chain: ColumnElement[bool]
) -> Iterator[tuple[int, Row | None]]:
    """Yield the entries in order, with None for one so altered that it cannot be read at all."""
    ids = session.execute(
        select(table.sequence, table.id).where(in_chain).order_by(table.sequence)
    ).all()
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        try:
            rows = {row.id: row for row in _read(session, table, [row_id for _, row_id in part])}
        except UNREADABLE_ROW as error:
            _raise_if_unreachable(error)
            rows = {
                row.id: row for _, row_id in part for row in _read_or_skip(session, table, row_id)
            }
        for sequence, row_id in part:
            yield sequence, rows.get(row_id)


def _read(session: Session, table: type[Row], ids: list[int]) -> Sequence[Row]:
    return session.scalars(select(table).where(table.id.in_(ids))).all()


def _read_or_skip(session: Session, table: type[Row], row_id: int) -> Sequence[Row]:
    try:
        return _read(session, table, [row_id])
    except UNREADABLE_ROW as error:
        _raise_if_unreachable(error)
        return ()


def _raise_if_unreachable(error: Exception) -> None:
    """A database that has gone away says nothing about the entry."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        raise error
