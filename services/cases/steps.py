"""The open steps of a case, with who may do them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.model import InstanceStatus
from engine.procedure import Procedure
from services.cases.views import OpenStep
from services.identity.actor import Actor
from services.processes.models import ProcessInstance
from services.tasks.conditions import is_open
from services.tasks.countersigns import names_people, opener_of
from services.tasks.deadlines import due_view
from services.tasks.holdings import Holding, holdings
from services.tasks.models import UserTask
from services.tasks.names import KIND_NAMES
from services.tasks.sub_tasks import Pending, asks, label, unanswered_by_task, waits
from services.tasks.urge import is_due_for_urging, may_urge


def open_tasks(session: Session, *instance_ids: int) -> tuple[UserTask, ...]:
    """Return the open tasks of cases, oldest first."""
    return tuple(
        session.scalars(
            select(UserTask)
            .where(UserTask.instance_id.in_(instance_ids), is_open())
            .order_by(UserTask.created_at, UserTask.element_id, UserTask.id)
        )
    )


def open_steps(
    session: Session, instance: ProcessInstance, procedure: Procedure, actor: Actor, now: datetime
) -> tuple[OpenStep, ...]:
    """Describe every open step for the page of the case.

    The number of statements does not depend on how many there are.
    """
    found = holdings(session, (UserTask.instance_id == instance.id) & is_open(), now.date())
    countersigns = {h.task.element_id: h.task for h in found if names_people(procedure, h.task)}
    opened = {
        element
        for element, task in countersigns.items()
        if opener_of(session, task) == actor.person_id
    }
    suspended = instance.status is InstanceStatus.SUSPENDED
    steps = describe(session, instance, procedure, actor, found, now.date())
    return tuple(
        replace(
            step,
            may_urge=not suspended
            and not holding.is_of(actor)
            and not step.is_mine
            and is_due_for_urging(holding.task, now)
            and may_urge(session, actor, holding.task, instance),
            may_adjust=step.element_id in opened,
        )
        for holding, step in zip(found, steps, strict=True)
    )


def describe(
    session: Session,
    instance: ProcessInstance,
    procedure: Procedure,
    actor: Actor,
    found: Sequence[Holding],
    today: date,
) -> tuple[OpenStep, ...]:
    """Describe open tasks of a case as the steps they are."""
    suspended = instance.status is InstanceStatus.SUSPENDED
    pending = _pending(session, found)
    return tuple(
        OpenStep(
            task_id=task.id,
            element_id=task.element_id,
            step_name=task.name,
            lane_name=procedure.drawn_lanes[task.lane_id].name if task.lane_id else "",
            holders=_names(holding, pending[task.id]),
            fallback_reason=task.fallback_reason,
            due=due_view(task, today),
            is_mine=not suspended
            and (
                asks(actor, pending[task.id])
                or (holding.is_of(actor) and not waits(task, pending[task.id]))
            ),
            label=label(task, pending[task.id]),
        )
        for holding in found
        for task in (holding.task,)
    )


def holders(
    session: Session, tasks: Sequence[UserTask], today: date
) -> Mapping[str, tuple[str, ...]]:
    """Return who has each task: the one who claimed it, else everyone who may; by task id.

    Followed by who is asked to work on it or to sign it.
    """
    found = holdings(session, UserTask.id.in_([task.id for task in tasks]), today)
    pending = _pending(session, found)
    return {h.task.id: _names(h, pending[h.task.id]) for h in found}


def _pending(session: Session, found: Sequence[Holding]) -> Mapping[str, Pending]:
    asked = unanswered_by_task(session, [h.task.id for h in found if h.is_shared])
    return {h.task.id: asked.get(h.task.id, ()) for h in found}


def _names(holding: Holding, pending: Pending) -> tuple[str, ...]:
    return (
        *holding.people.values(),
        *(f"{name}（{KIND_NAMES[row.kind]}）" for row, name in pending),
    )
