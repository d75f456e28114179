"""Naming somebody for a task that nobody can take (指定办理人), and the list of such tasks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.access import visible_to
from services.cases.acts import required_text
from services.cases.describe import case_title
from services.errors import Forbidden, Invalid
from services.identity.actor import POST_NAMES, Actor
from services.notifications.commands import notify
from services.organizations.models import Organization
from services.people.models import Appointment, Person
from services.people.queries import held_on
from services.people.search import matches
from services.processes.models import ProcessInstance
from services.recusal.rules import is_recused, is_subject
from services.tasks.arranging import ARRANGERS
from services.tasks.colleagues import Colleague
from services.tasks.conditions import is_open
from services.tasks.models import TaskState, UserTask
from services.tasks.preconditions import open_task
from services.tasks.record import record

Body = aliased(Organization)
"""The body of a case; `visible_to` looks at bodies by itself."""


@dataclass(frozen=True, slots=True)
class Designate:
    """Name a person (an id, 0 for nobody) for a task nobody can take."""

    task_id: str
    person: int
    reason: str


@dataclass(frozen=True, slots=True)
class UnstaffedItem:
    """A task nobody can take, as the body above lists it."""

    task_id: str
    case_id: int
    case_number: str
    title: str
    step_name: str
    organization_name: str
    reason: str
    since: datetime
    due_on: date | None


def unstaffed(app: Application, actor: Actor) -> tuple[UnstaffedItem, ...]:
    """Return the tasks nobody can take for which the actor's bodies have to name somebody."""
    bodies = _arranging_bodies(actor)
    if not bodies:
        return ()
    with app.database.read() as session:
        rows = session.execute(
            select(UserTask, ProcessInstance, Body.name, Person.name)
            .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
            .join(Body, Body.id == ProcessInstance.organization_id)
            .outerjoin(Person, Person.id == ProcessInstance.subject_id)
            .where(UserTask.arranged_by.in_(bodies), is_open(), visible_to(actor))
            .order_by(UserTask.due_on.is_(None), UserTask.due_on, UserTask.created_at, UserTask.id)
        ).all()
        return tuple(
            UnstaffedItem(
                task_id=task.id,
                case_id=instance.id,
                case_number=instance.number,
                title=case_title(
                    app.procedures.get(session, task.deployment_id), subject or "", task.name, body
                ),
                step_name=task.name,
                organization_name=body,
                reason=task.fallback_reason,
                since=task.created_at,
                due_on=task.due_on,
            )
            for task, instance, body, subject in rows
        )


def arranges(actor: Actor) -> bool:
    """Tell whether the actor holds a post that names people for the bodies below."""
    return bool(_arranging_bodies(actor))


def people_to_designate(
    app: Application, actor: Actor, task_id: str, text: str
) -> tuple[Colleague, ...]:
    """Return who may be named, narrowed by name or pinyin; raises as `designate`."""
    with app.database.write() as session:
        task, instance = _to_arrange(session, actor, task_id)
        return _eligible(session, task, instance, app.clock.now().date(), text)


def designate(app: Application, actor: Actor, command: Designate) -> None:
    """Make a person the assignee; they hold a post in the task's body or in the one that names.

    Raises `Forbidden` for who has not to name anybody here, `Invalid`, `TaskNotOpen`.
    """
    reason = required_text("reason", "指定理由", command.reason)
    with app.database.write() as session:
        task, instance = _to_arrange(session, actor, command.task_id)
        now = app.clock.now()
        eligible = {c.person_id: c for c in _eligible(session, task, instance, now.date())}
        if command.person not in eligible:
            message = "请在列出的人员中选择。"
            raise Invalid(message, errors={"people": message})
        task.assignee_id = command.person
        task.state = TaskState.CLAIMED
        task.arranged_by = None
        task.fallback_reason = f"{task.fallback_reason}；由{actor.title}{actor.name}指定"
        record(
            app,
            session,
            instance,
            actor,
            task,
            EntryKind.TASK_DESIGNATED,
            {"people": [command.person], "reason": reason},
        )
        notify(
            session,
            (command.person,),
            instance.id,
            f"指定您办理：{task.name}",
            f"{actor.name}（{actor.title}）指定您办理“{task.name}”（{instance.number}）。"
            f"理由：{reason}",
            now,
        )


def _arranging_bodies(actor: Actor) -> list[int]:
    return [held.organization_id for held in actor.posts if held.post in ARRANGERS]


def _to_arrange(session: Session, actor: Actor, task_id: str) -> tuple[UserTask, ProcessInstance]:
    task, instance = open_task(session, actor, task_id)
    if task.arranged_by is None or task.arranged_by not in _arranging_bodies(actor):
        raise Forbidden("该事项无需由您指定办理人。", "请从“无人可办”清单进入。")
    return task, instance


def _eligible(
    session: Session, task: UserTask, instance: ProcessInstance, on: date, text: str = ""
) -> tuple[Colleague, ...]:
    query = (
        select(Person.id, Person.name, Organization.short_name, Appointment.post)
        .join(Appointment, Appointment.person_id == Person.id)
        .join(Organization, Organization.id == Appointment.organization_id)
        .join(ProcessInstance, ProcessInstance.id == instance.id)
        .where(
            Organization.id.in_([task.organization_id, task.arranged_by]),
            held_on(on),
            ~is_subject(Person.id),
            ~is_recused(Person.id, task.separate_from),
        )
        .order_by(Organization.path.desc(), Appointment.starts_on, Person.id)
    )
    if text.strip():
        query = query.where(matches(text))
    found: dict[int, Colleague] = {}
    for person_id, name, body, post in session.execute(query):
        found.setdefault(person_id, Colleague(person_id, name, f"{body}{POST_NAMES[post]}"))
    return tuple(found.values())
