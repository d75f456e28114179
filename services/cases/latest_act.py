"""Keeping what is needed to take the latest act of a case back, as long as it is the latest."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from services.cases.models import LatestAct
from services.cases.operations import LASTING
from services.processes.models import ProcessInstance


def keep(
    session: Session,
    instance: ProcessInstance,
    task_id: str | None,
    before: bytes,
    ran: Sequence[str],
) -> None:
    """Remember the state `before` the completion of a task; forget the one before that.

    `task_id` is None for whatever else moved the case; `ran` are the operations run on the way.
    """
    row = session.get(LatestAct, instance.id)
    if task_id is None:
        if row is not None:
            session.delete(row)
        return
    if row is None:
        row = LatestAct(instance_id=instance.id)
        session.add(row)
    row.task_id = task_id
    row.before = before
    row.revision = instance.revision
    row.journal_length = instance.journal_length
    row.lasting = next((name for name in ran if name in LASTING), "")
    session.flush()
