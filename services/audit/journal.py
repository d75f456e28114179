"""Appending to the journal of a case; the instance row is the head of its chain."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from engine.model import Value, Variables
from engine.values import dump_values, load_values
from services.audit.chain import extend
from services.audit.models import EntryKind, JournalEntry
from services.audit.sealing import open_sealed, seal
from services.processes.models import ProcessInstance


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
        kind=entry.kind,
        acted_on=entry.acted_on,
        entered_at=entry.entered_at,
        actor_id=entry.actor_id,
        capacity=entry.capacity,
        element_id=entry.element_id,
        task_id=entry.task_id,
        data=seal(instance, dump_values(entry.data)),
    )
    extend(instance, row)
    session.add(row)
    return row


def contents(row: JournalEntry) -> dict[str, Value]:
    """Return what an entry says beside its columns."""
    return load_values(open_sealed(row.instance, row.data))
