"""Appending to the journal, and checking that nobody altered it.

Each entry's hash covers its content and the hash before it; the instance row keeps length and last
hash, so that a truncated tail shows as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.model import Variables
from engine.values import dump_values
from services.audit.models import EntryKind, JournalEntry
from services.processes.models import ProcessInstance

ALTERED = "记录内容被改动"
CHUNK = 500
UNREADABLE = (TypeError, ValueError, LookupError)
"""What reading a column raises when its content is none of its type."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a command wants to have recorded.

    `acted_on` is the date of the act in Asia/Shanghai; `capacity` says in which post the actor
    acted, frozen as words because posts change.
    """

    kind: EntryKind
    acted_on: date
    entered_at: datetime
    actor_id: int | None = None
    capacity: str = ""
    element_id: str = ""
    task_id: str = ""
    data: Variables = field(default_factory=dict)


def append(session: Session, instance: ProcessInstance, entry: Entry) -> JournalEntry:
    """Append an entry to the journal of an instance the caller has locked."""
    row = JournalEntry(
        instance_id=instance.id,
        sequence=instance.journal_length + 1,
        kind=entry.kind,
        acted_on=entry.acted_on,
        entered_at=entry.entered_at,
        actor_id=entry.actor_id,
        capacity=entry.capacity,
        element_id=entry.element_id,
        task_id=entry.task_id,
        data=dump_values(entry.data),
        previous_hash=instance.journal_hash,
        hash="",
    )
    row.hash = _digest(row)
    session.add(row)
    instance.journal_length = row.sequence
    instance.journal_hash = row.hash
    return row


def _digest(row: JournalEntry) -> str:
    digest = hashlib.sha256()
    for part in (
        row.previous_hash,
        row.instance_id,
        row.sequence,
        str(row.kind),
        row.acted_on.isoformat(),
        row.entered_at.astimezone(UTC).isoformat(timespec="microseconds"),
        row.actor_id or "",
        row.capacity,
        row.element_id,
        row.task_id,
    ):
        text = str(part).encode()
        digest.update(f"{len(text)}:".encode())
        digest.update(text)
    digest.update(row.data)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place at which the journal of an instance does not hold."""

    instance_number: str
    sequence: int
    reason: str


def verify(session: Session) -> Iterator[Broken]:
    """Check every chain; yield the first broken, missing, reordered or truncated entry of each."""
    for instance in session.scalars(select(ProcessInstance).order_by(ProcessInstance.id)):
        broken = _verify_instance(session, instance)
        if broken is not None:
            yield broken


def _verify_instance(session: Session, instance: ProcessInstance) -> Broken | None:
    previous, expected = "", 1
    for sequence, row in _entries(session, instance.id):
        if sequence != expected:
            return Broken(instance.number, expected, "缺少记录")
        if row is None:
            return Broken(instance.number, sequence, ALTERED)
        if row.previous_hash != previous:
            return Broken(instance.number, sequence, "与前一条记录不衔接")
        if not _is_intact(row):
            return Broken(instance.number, sequence, ALTERED)
        previous, expected = row.hash, expected + 1
    if instance.journal_length != expected - 1 or instance.journal_hash != previous:
        return Broken(instance.number, expected, "末尾记录缺失")
    return None


def _is_intact(row: JournalEntry) -> bool:
    try:
        return _digest(row) == row.hash
    except UNREADABLE:
        return False


def _entries(session: Session, instance_id: int) -> Iterator[tuple[int, JournalEntry | None]]:
    """Yield the entries in order, with None for one so altered that it cannot be read at all."""
    ids = session.execute(
        select(JournalEntry.sequence, JournalEntry.id)
        .where(JournalEntry.instance_id == instance_id)
        .order_by(JournalEntry.sequence)
    ).all()
    for chunk in range(0, len(ids), CHUNK):
        part = ids[chunk : chunk + CHUNK]
        try:
            rows = {row.id: row for row in _read(session, [row_id for _, row_id in part])}
        except UNREADABLE:
            rows = {row.id: row for _, row_id in part for row in _read_or_skip(session, row_id)}
        for sequence, row_id in part:
            yield sequence, rows.get(row_id)


def _read(session: Session, ids: list[int]) -> Sequence[JournalEntry]:
    return session.scalars(select(JournalEntry).where(JournalEntry.id.in_(ids))).all()


def _read_or_skip(session: Session, row_id: int) -> Sequence[JournalEntry]:
    try:
        return _read(session, [row_id])
    except UNREADABLE:
        return ()
