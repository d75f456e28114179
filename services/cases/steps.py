"""The open steps of a case, with who may do them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.procedure import Procedure
from services.cases.views import OpenStep
from services.identity.actor import Actor
from services.processes.models import ProcessInstance
from services.tasks.candidates import holders_of, names_of, which_may_take
from services.tasks.deadlines import due_view
from services.tasks.models import OPEN_STATES, UserTask


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
    session: Session, instance: ProcessInstance, procedure: Procedure, actor: Actor, today: date
) -> tuple[OpenStep, ...]:
    """Describe every open step."""
    tasks = open_tasks(session, instance.id)
    held_by = holders(session, tasks, today)
    mine = which_may_take(session, actor, tasks)
    return tuple(
        OpenStep(
            task_id=task.id,
            element_id=task.element_id,
            step_name=task.name,
            lane_name=procedure.drawn_lanes[task.lane_id].name if task.lane_id else "",
            holders=held_by[task.id],
            fallback_reason=task.fallback_reason,
            due=due_view(task, today),
            is_mine=task.id in mine,
        )
        for task in tasks
    )


def holders(
    session: Session, tasks: Sequence[UserTask], today: date
) -> Mapping[str, tuple[str, ...]]:
    """Return who has each task: the one who claimed it, else everyone who may; by task id."""
    names = names_of(session, {t.assignee_id for t in tasks if t.assignee_id is not None})
    free = holders_of(session, [t for t in tasks if t.assignee_id is None], today)
    return {
        task.id: tuple(free[task.id])
        if task.assignee_id is None
        else (f"{names[task.assignee_id]}（已签收）",)
        for task in tasks
    }
