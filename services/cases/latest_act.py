"""Keeping what is needed to take the latest act of a case back, as long as it is the latest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import CursorResult, delete, insert, update
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
    own = LatestAct.instance_id == instance.id
    if task_id is None:
        session.execute(delete(LatestAct).where(own))
        return
    values = {
        LatestAct.task_id: task_id,
        LatestAct.before: before,
        LatestAct.revision: instance.revision,
        LatestAct.journal_length: instance.journal_length,
        LatestAct.lasting: next((name for name in ran if name in LASTING), ""),
    }
    written = session.execute(update(LatestAct).where(own).values(values))
    if not cast("CursorResult[Any]", written).rowcount:
        session.execute(insert(LatestAct).values({LatestAct.instance_id: instance.id, **values}))
