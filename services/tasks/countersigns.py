"""Running countersigns that name their people: who opened one, and who is asked in it.

Only where the lane of the step names the item of its loop, so that each instance is one person's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.procedure import Candidate, Procedure
from services.identity.actor import Actor
from services.tasks.models import OPEN_STATES, TaskCandidate, TaskState, UserTask


def names_people(procedure: Procedure, task: UserTask) -> bool:
    """Tell whether a task is one person's part of a countersign."""
    rule = procedure.lanes.get(task.lane_id)
    item = procedure.nodes[task.element_id].loop_item
    return (
        item is not None
        and rule is not None
        and rule.candidate is Candidate.VARIABLE
        and rule.variable == item
    )


def may_adjust(session: Session, actor: Actor, procedure: Procedure, task: UserTask) -> bool:
    """Tell whether a task is part of a countersign that the actor opened by their act."""
    return names_people(procedure, task) and opener_of(session, task) == actor.person_id


def opener_of(session: Session, task: UserTask) -> int | None:
    """Return whose act opened the countersign of a task, None when it was a timer."""
    return _run(session, task)[0].sender_id


def asked_in(session: Session, task: UserTask) -> frozenset[int]:
    """Return who is or was asked in this run of the countersign, without those taken out of it."""
    ids = [row.id for row in _run(session, task) if row.state is not TaskState.CANCELED]
    return frozenset(people_of(session, ids))


def people_of(session: Session, task_ids: Sequence[str]) -> tuple[int, ...]:
    """Return the people tasks were given to by name."""
    rows = session.scalars(
        select(TaskCandidate.person_id).where(
            TaskCandidate.task_id.in_(task_ids), TaskCandidate.person_id.is_not(None)
        )
    )
    return tuple(person_id for person_id in rows if person_id is not None)


def _run(session: Session, task: UserTask) -> list[UserTask]:
    """Return the tasks of the element since it was last entered, the oldest first.

    A run ends when all its tasks have ended; the next instance in turn opens in the same moment.
    """
    run: list[UserTask] = []
    over: datetime | None = None  # when the run ended; None while any of it is open
    for row in session.scalars(
        select(UserTask)
        .where(UserTask.instance_id == task.instance_id, UserTask.element_id == task.element_id)
        .order_by(UserTask.created_at, UserTask.id)
    ):
        if over is not None and over < row.created_at:
            run, over = [], None
        end = row.completed_at if row.state not in OPEN_STATES else None
        over = None if end is None or (run and over is None) else max(end, over or end)
        run.append(row)
    return run
