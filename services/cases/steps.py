"""The open steps of a case, with who may do them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.model import InstanceStatus
from engine.procedure import Procedure
from services.cases.views import OpenStep
from services.identity.actor import Actor
from services.processes.models import ProcessInstance
from services.tasks.candidates import holders_of, names_of, which_may_take
from services.tasks.countersigns import names_people, opener_of
from services.tasks.deadlines import due_view
from services.tasks.models import OPEN_STATES, UserTask
from services.tasks.names import KIND_NAMES
from services.tasks.sub_tasks import (
    Pending,
    asks,
    label,
    unanswered_by_task,
    waits,
)
from services.tasks.urge import is_due_for_urging, may_urge


def open_tasks(session: Session, *instance_ids: int) -> tuple[UserTask, ...]:
    """Return the open tasks of cases, oldest first."""
    return tuple(
        session.scalars(
            select(UserTask)
            .where(UserTask.instance_id.in_(instance_ids), UserTask.state.in_(OPEN_STATES))
            .order_by(UserTask.created_at, UserTask.element_id, UserTask.id)
        )
    )


def open_steps(
    session: Session, instance: ProcessInstance, procedure: Procedure, actor: Actor, now: datetime
) -> tuple[OpenStep, ...]:
    """Describe every open step; the number of statements does not depend on how many there are."""
    today = now.date()
    tasks = open_tasks(session, instance.id)
    suspended = instance.status is InstanceStatus.SUSPENDED
    pending = unanswered_by_task(session, [task.id for task in tasks])
    held_by = _holders(session, tasks, pending, today)
    own = which_may_take(session, actor, tasks)
    asked = {task.id for task in tasks if asks(actor, pending[task.id])}
    countersigns = {task.element_id: task for task in tasks if names_people(procedure, task)}
    opened = {
        element
        for element, task in countersigns.items()
        if opener_of(session, task) == actor.person_id
    }
    return tuple(
        OpenStep(
            task_id=task.id,
            element_id=task.element_id,
            step_name=task.name,
            lane_name=procedure.drawn_lanes[task.lane_id].name if task.lane_id else "",
            holders=held_by[task.id],
            fallback_reason=task.fallback_reason,
            due=due_view(task, today),
            is_mine=not suspended
            and (task.id in asked or (task.id in own and not waits(task, pending[task.id]))),
            label=label(task, pending[task.id]),
            may_urge=not suspended
            and task.id not in own
            and task.id not in asked
            and is_due_for_urging(task, now)
            and may_urge(session, actor, task, instance),
            may_adjust=task.element_id in opened,
        )
        for task in tasks
    )


def holders(
    session: Session, tasks: Sequence[UserTask], today: date
) -> Mapping[str, tuple[str, ...]]:
    """Return who has each task: the one who claimed it, else everyone who may; by task id.

    Followed by who is asked to work on it or to sign it.
    """
    pending = unanswered_by_task(session, [task.id for task in tasks])
    return _holders(session, tasks, pending, today)


def _holders(
    session: Session, tasks: Sequence[UserTask], pending: Mapping[str, Pending], today: date
) -> Mapping[str, tuple[str, ...]]:
    names = names_of(session, {t.assignee_id for t in tasks if t.assignee_id is not None})
    free = holders_of(session, [t for t in tasks if t.assignee_id is None], today)
    return {
        task.id: (
            *(
                free[task.id]
                if task.assignee_id is None
                else (f"{names[task.assignee_id]}（已签收）",)
            ),
            *(f"{name}（{KIND_NAMES[row.kind]}）" for row, name in pending[task.id]),
        )
        for task in tasks
    }
