"""Which version of its procedure a case ran on when an entry of its journal was made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.procedure import Procedure
from services.audit.journal import contents
from services.audit.models import EntryKind, JournalEntry
from services.bootstrap import Application
from services.processes.models import ProcessInstance

Told: TypeAlias = tuple[JournalEntry, Procedure]


def by_version(
    app: Application, session: Session, instance: ProcessInstance, rows: Sequence[JournalEntry]
) -> tuple[Told, ...]:
    """Return each entry with the version it was made on; `rows` is the whole journal in order.

    The entry of a migration itself belongs to the version the case was moved to.
    """
    told: list[Told] = []
    deployment_id = instance.deployment_id
    for row in reversed(rows):
        told.append((row, app.procedures.get(session, deployment_id)))
        if row.kind is EntryKind.INSTANCE_MIGRATED:
            deployment_id = int(str(contents(row)["from_deployment"]))
    return tuple(reversed(told))


def deployment_at(session: Session, instance: ProcessInstance, sequence: int) -> int:
    """Return the id of the deployment a case ran on when it made entry `sequence`."""
    later = session.scalars(
        select(JournalEntry)
        .where(
            JournalEntry.instance_id == instance.id,
            JournalEntry.kind == EntryKind.INSTANCE_MIGRATED,
            JournalEntry.sequence > sequence,
        )
        .order_by(JournalEntry.sequence)
    ).first()
    if later is None:
        return instance.deployment_id
    return int(str(contents(later)["from_deployment"]))
