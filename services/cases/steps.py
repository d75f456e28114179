"""The open steps of a case, with who may do them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.procedure import Procedure
from services.cases.views import OpenStep
from services.identity.actor import Actor
from services.people.models import Person
from services.processes.models import ProcessInstance
from services.tasks.candidates import holders_of_task, may_take
from services.tasks.deadlines import due_view
from services.tasks.models import OPEN_STATES, UserTask


def open_tasks(session: Session, instance_id: int) -> tuple[UserTask, ...]:
    """Return the open tasks of a case, oldest first."""
    return tuple(
        session.scalars(
            select(UserTask)
            .where(UserTask.instance_id == instance_id, UserTask.state.in_(OPEN_STATES))
            .order_by(UserTask.created_at, UserTask.id)
        )
    )


def open_steps(
    session: Session, instance: ProcessInstance, procedure: Procedure, actor: Actor, today: date
) -> tuple[OpenStep, ...]:
    """Describe every open step."""
    return tuple(
        OpenStep(
            task_id=task.id,
            element_id=task.element_id,
            step_name=task.name,
            lane_name=procedure.process.lanes[task.lane_id].name if task.lane_id else "",
            holders=holders(session, task, today),
            fallback_reason=task.fallback_reason,
            due=due_view(task, today),
            is_mine=may_take(session, actor, task),
        )
        for task in open_tasks(session, instance.id)
    )


def holders(session: Session, task: UserTask, today: date) -> tuple[str, ...]:
    """Return who has the task: the one who claimed it, else everyone who may."""
    if task.assignee_id is not None:
        return (f"{session.get_one(Person, task.assignee_id).name}（已签收）",)
    return holders_of_task(session, task, today)
