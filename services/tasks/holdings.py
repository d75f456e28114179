"""Who has tasks now: the assignee, or everybody who may take them; read in one statement."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from services.identity.actor import POST_NAMES, Actor
from services.people.models import Appointment, Person
from services.people.queries import held_on
from services.processes.models import ProcessInstance
from services.tasks.conditions import is_shared, may_be_taken_by
from services.tasks.models import TaskCandidate, UserTask


@dataclass(frozen=True, slots=True)
class Holding:
    """A task and who may do it, by id: the assignee by name, candidates as “name（post）”.

    `is_shared` tells whether somebody is asked to take part and has not answered.
    """

    task: UserTask
    is_shared: bool
    people: dict[int, str] = field(default_factory=dict)

    def is_of(self, actor: Actor) -> bool:
        """Tell whether the actor may do it."""
        return actor.person_id in self.people


def holdings(session: Session, which: ColumnElement[bool], on: date) -> tuple[Holding, ...]:
    """Return the tasks of a condition on `UserTask`, oldest first, with who may do them that day.

    The person a case is about has nothing in it through a post (MD-32).
    """
    rows = session.execute(
        select(UserTask, is_shared(), Person.id, Person.name, Appointment.post)
        .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
        .outerjoin(
            TaskCandidate,
            and_(TaskCandidate.task_id == UserTask.id, UserTask.assignee_id.is_(None)),
        )
        .outerjoin(
            Appointment,
            and_(
                Appointment.organization_id == TaskCandidate.organization_id,
                Appointment.post == TaskCandidate.post,
                held_on(on),
                or_(
                    ProcessInstance.subject_id.is_(None),
                    ProcessInstance.subject_id != Appointment.person_id,
                ),
            ),
        )
        .outerjoin(
            Person,
            Person.id
            == func.coalesce(UserTask.assignee_id, TaskCandidate.person_id, Appointment.person_id),
        )
        .where(which)
        .order_by(
            UserTask.created_at,
            UserTask.element_id,
            UserTask.id,
            TaskCandidate.id,
            Appointment.starts_on,
            Appointment.id,
        )
    )
    found: dict[str, Holding] = {}
    for task, shared, person_id, name, post in rows:
        holding = found.setdefault(task.id, Holding(task, shared))
        if person_id is not None:
            word = name if post is None else f"{name}（{POST_NAMES[post]}）"
            holding.people.setdefault(person_id, word)
    return tuple(found.values())


def may_take(session: Session, actor: Actor, task: UserTask) -> bool:
    """Tell whether the actor is the assignee, or a candidate of an unclaimed task."""
    return (
        session.scalar(
            select(UserTask.id)
            .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
            .where(UserTask.id == task.id, may_be_taken_by(actor))
        )
        is not None
    )
