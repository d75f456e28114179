"""The journal of what happens outside cases: one append-only, hash-chained book per subject area.

`record` only notes the entry; the book's head row is locked, and the entry chained, when the
transaction is about to commit.  So a head is held for a flush and a commit, not for the length of
the command, and heads are the last locks taken, in one order: neither queue nor deadlock.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import event
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, SessionTransaction

from engine.model import Variables
from engine.values import dump_values
from services.audit.chain import extend
from services.audit.models import AuditKind, AuditRow, Book, BookHead, SubjectKind
from services.clock import SHANGHAI
from services.db import NO_KEY_UPDATE, is_writing

_NOTED = "dangwu_audit"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What a command outside a case wants to have recorded.

    `entered_at` comes from the clock; `acted_on` is the date of the act in Asia/Shanghai where it
    is another day.  `actor_id` is the acting person, None for the system or a failed login;
    `capacity` the post acted in, frozen as words.  `data` names what changed, by ids and words,
    never a password, an identity number, a phone number or an address.
    """

    book: Book
    kind: AuditKind
    entered_at: datetime
    subject_kind: SubjectKind
    subject_id: int | str
    actor_id: int | None = None
    capacity: str = ""
    acted_on: date | None = None
    data: Variables = field(default_factory=dict)


def record(session: Session, entry: AuditEntry) -> None:
    """Have an entry written with this transaction: with it or not at all.

    Raises `RuntimeError` for a session opened for reading, where it would be lost.
    """
    if not is_writing(session):
        message = "record() needs Database.write()"
        raise RuntimeError(message)
    row = AuditRow(
        book=entry.book,
        kind=entry.kind,
        acted_on=entry.acted_on or entry.entered_at.astimezone(SHANGHAI).date(),
        entered_at=entry.entered_at,
        actor_id=entry.actor_id,
        capacity=entry.capacity,
        subject_kind=entry.subject_kind,
        subject_id=str(entry.subject_id),
        data=dump_values(entry.data),
    )
    within = session.get_nested_transaction() or session.get_transaction()
    _noted(session).append((within, row))


@event.listens_for(Session, "before_commit")
def _write_noted(session: Session) -> None:
    noted = _noted(session)
    if not noted or session.in_nested_transaction():  # releasing a savepoint comes here as well
        return
    session.flush()  # whatever this waits for, it waits for without holding a head
    rows = [row for _, row in noted]
    noted.clear()
    for book in sorted({row.book for row in rows}):
        head = _locked_head(session, book)
        for row in rows:
            if row.book == book:
                extend(head, row)
                session.add(row)


@event.listens_for(Session, "after_soft_rollback")
def _forget_noted(session: Session, previous: SessionTransaction) -> None:
    """Drop what was noted in a transaction or savepoint that is taken back."""
    noted = _noted(session)
    noted[:] = [(within, row) for within, row in noted if not _is_part_of(within, previous)]


def _noted(session: Session) -> list[tuple[SessionTransaction | None, AuditRow]]:
    noted: list[tuple[SessionTransaction | None, AuditRow]] = session.info.setdefault(_NOTED, [])
    return noted


def _is_part_of(within: SessionTransaction | None, outer: SessionTransaction) -> bool:
    while within is not None and within is not outer:
        within = within.parent
    return within is outer


def _locked_head(session: Session, book: Book) -> BookHead:
    head = session.get(BookHead, book, with_for_update=NO_KEY_UPDATE, populate_existing=True)
    if head is not None:
        return head
    with suppress(IntegrityError), session.begin_nested():  # somebody else may be faster
        session.add(BookHead(book=book, journal_length=0, journal_hash=""))
    return session.get_one(BookHead, book, with_for_update=NO_KEY_UPDATE, populate_existing=True)
