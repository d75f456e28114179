"""Checking that nobody altered a journal: the chains of the cases, then the books."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.audit.against_anchors import verify_anchors
from services.audit.anchors import AnchorLine
from services.audit.chain import UNREADABLE, WITHOUT_CASE, Broken, End, first_broken
from services.audit.models import AuditRow, Book, BookHead, JournalEntry
from services.audit.names import BOOK_NAMES, missing_case
from services.processes.models import ProcessInstance

CHUNK = 500
UNREADABLE_ROW = (*UNREADABLE, DBAPIError)
"""SQLite's driver itself refuses a text that is no UTF-8."""
Row = TypeVar("Row", JournalEntry, AuditRow)
Entry = tuple[Any, int, Row | None]
_NO_MORE: tuple[Any, Iterator[Entry[JournalEntry]]] = (None, iter(()))


@dataclass(frozen=True, slots=True)
class _Case:
    """A case as the head of its chain: nothing that is encrypted, the chain needs no key."""

    id: int
    number: str
    end: End


def verify(session: Session, outside: Sequence[AnchorLine] = ()) -> Iterator[Broken]:
    """Check every chain; yield the first broken, missing, reordered or truncated entry of each.

    Then hold the chains against the day anchors, and these against `outside`, the lines of them
    that were kept elsewhere.  However long the journals are, `CHUNK` entries are held at a time.
    While people work, `session` has to be one of `Database.snapshot`: an entry added between
    reading a head and reading its chain would look like a fault.
    """
    return chain(
        _verify_cases(session),
        _entries_without_case(session),
        _verify_books(session),
        verify_anchors(session, outside),
    )


def _verify_cases(session: Session) -> Iterator[Broken]:
    for cases in _cases(session):
        within = JournalEntry.instance_id.between(cases[0].id, cases[-1].id)
        entries = _entries(session, JournalEntry, JournalEntry.instance_id, within)
        of_case = groupby(entries, key=itemgetter(0))
        case_id, links = next(of_case, _NO_MORE)
        for case in cases:
            while case_id is not None and case_id < case.id:  # reported as without a case
                case_id, links = next(of_case, _NO_MORE)
            mine = _links(links) if case_id == case.id else ()
            broken = first_broken(case.number, case.end, mine)
            if broken is not None:
                yield broken


def _cases(session: Session) -> Iterator[list[_Case]]:
    heads = select(
        ProcessInstance.id,
        ProcessInstance.number,
        ProcessInstance.journal_length,
        ProcessInstance.journal_hash,
    ).order_by(ProcessInstance.id)
    part = session.execute(heads.limit(CHUNK)).all()
    while part:
        yield [_Case(case_id, number, End(*end)) for case_id, number, *end in part]
        part = session.execute(heads.where(ProcessInstance.id > part[-1].id).limit(CHUNK)).all()


def _entries_without_case(session: Session) -> Iterator[Broken]:
    found = (
        select(JournalEntry.instance_id, func.min(JournalEntry.sequence))
        .outerjoin(ProcessInstance, ProcessInstance.id == JournalEntry.instance_id)
        .where(ProcessInstance.id.is_(None))
        .group_by(JournalEntry.instance_id)
        .order_by(JournalEntry.instance_id)
    )
    for instance_id, sequence in session.execute(found):
        yield Broken(missing_case(instance_id), sequence, WITHOUT_CASE)


def _verify_books(session: Session) -> Iterator[Broken]:
    for book in Book:
        head = session.get(BookHead, book)
        end = End(head.journal_length, head.journal_hash) if head is not None else End(0, "")
        entries = _entries(session, AuditRow, AuditRow.book, AuditRow.book == book)
        broken = first_broken(BOOK_NAMES[book], end, _links(entries))
        if broken is not None:
            yield broken


def _links(entries: Iterable[Entry[Row]]) -> Iterator[tuple[int, Row | None]]:
    return ((sequence, row) for _, sequence, row in entries)


def _entries(
    session: Session,
    table: type[Row],
    chain_id: InstrumentedAttribute[Any],
    within: ColumnElement[bool],
) -> Iterator[Entry[Row]]:
    """Yield chain, sequence and entry in order, None for one so altered that it cannot be read."""
    place = tuple_(chain_id, table.sequence)
    keys = select(chain_id, table.sequence, table.id).where(within).order_by(*place.clauses)
    part = session.execute(keys.limit(CHUNK)).all()
    while part:
        try:
            rows = {row.id: row for row in _read(session, table, [row_id for *_, row_id in part])}
        except UNREADABLE_ROW as error:
            _raise_if_unreachable(error)
            rows = {
                row.id: row for *_, row_id in part for row in _read_or_skip(session, table, row_id)
            }
        for of_chain, sequence, row_id in part:
            yield of_chain, sequence, rows.get(row_id)
        part = session.execute(keys.where(place > part[-1][:2]).limit(CHUNK)).all()


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
