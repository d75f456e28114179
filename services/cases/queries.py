"""Reading cases: the lists of the workbench."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeAlias

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from engine.deadlines import Light
from engine.procedure import Procedure
from services.bootstrap import Application
from services.calendars import load_calendar
from services.cases.access import visible_to
from services.cases.describe import case_title, outcome_name
from services.cases.steps import holders, open_tasks
from services.cases.views import (
    InboxCounts,
    InboxItem,
    Listing,
    StartedItem,
)
from services.identity.actor import Actor
from services.organizations.models import Organization
from services.people.models import Person
from services.people.queries import matches
from services.processes.models import ProcessInstance
from services.tasks.candidates import is_candidate, names_of
from services.tasks.deadlines import due_view
from services.tasks.models import OPEN_STATES, TaskState, UserTask

PAGE_SIZE = 20
SOON_WORKING_DAYS = 3

Subject = aliased(Person)
Sender = aliased(Person)
Assignee = aliased(Person)

TaskRow: TypeAlias = Row[tuple[UserTask, ProcessInstance, str, str, str, str]]
TaskQuery: TypeAlias = Select[tuple[UserTask, ProcessInstance, str, str, str, str]]


def inbox(
    app: Application, actor: Actor, *, light: Light | None = None, text: str = "", page: int = 1
) -> tuple[Listing[InboxItem], InboxCounts]:
    """Return the actor's open tasks, most urgent first, and the numbers per light."""
    today = app.clock.now().date()
    mine = and_(
        UserTask.state.in_(OPEN_STATES),
        or_(
            UserTask.assignee_id == actor.person_id,
            and_(UserTask.state == TaskState.CREATED, is_candidate(actor)),
        ),
    )
    with app.database.read() as session:
        counts = _counts(session, mine, today)
        query = _matching(_tasks().where(mine), text)
        if light is not None:
            query = query.where(_has_light(light, today))
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        rows = session.execute(
            query.order_by(
                UserTask.due_on.is_(None), UserTask.due_on, UserTask.created_at, UserTask.id
            )
            .limit(PAGE_SIZE)
            .offset(PAGE_SIZE * (page - 1))
        )
        items = tuple(_inbox_item(app, session, row, today) for row in rows)
    return Listing(items, total, page, PAGE_SIZE), counts


def done(app: Application, actor: Actor, *, text: str = "", page: int = 1) -> Listing[InboxItem]:
    """Return the tasks the actor has completed or returned, newest first."""
    today = app.clock.now().date()
    with app.database.read() as session:
        query = _matching(_tasks().where(UserTask.completed_by == actor.person_id), text)
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        rows = session.execute(
            query.order_by(UserTask.completed_at.desc(), UserTask.id)
            .limit(PAGE_SIZE)
            .offset(PAGE_SIZE * (page - 1))
        )
        items = tuple(_inbox_item(app, session, row, today) for row in rows)
    return Listing(items, total, page, PAGE_SIZE)


def started(app: Application, actor: Actor, *, page: int = 1) -> Listing[StartedItem]:
    """Return the cases the actor started or that are about them, with where each waits now."""
    mine = or_(
        ProcessInstance.started_by == actor.person_id,
        ProcessInstance.subject_id == actor.person_id,
    )
    return _cases(app, mine, page)


def found(app: Application, actor: Actor, *, text: str = "", page: int = 1) -> Listing[StartedItem]:
    """Return the cases the actor may see, all or by number, person or pinyin."""
    condition = visible_to(actor)
    if text.strip():
        people = select(Person.id).where(matches(text))
        condition = and_(
            condition,
            or_(
                ProcessInstance.number.contains(text.strip(), autoescape=True),
                ProcessInstance.subject_id.in_(people),
            ),
        )
    return _cases(app, condition, page)


def _cases(app: Application, condition: ColumnElement[bool], page: int) -> Listing[StartedItem]:
    today = app.clock.now().date()
    with app.database.read() as session:
        query = select(ProcessInstance).where(condition)
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        rows = session.scalars(
            query.order_by(ProcessInstance.started_at.desc(), ProcessInstance.id.desc())
            .limit(PAGE_SIZE)
            .offset(PAGE_SIZE * (page - 1))
        ).all()
        tasks = open_tasks(session, *(row.id for row in rows))
        held_by = holders(session, tasks, today)
        subjects = names_of(session, {r.subject_id for r in rows if r.subject_id is not None})
        items = tuple(
            _started_item(
                app.procedures.get(session, row.deployment_id),
                row,
                subjects.get(row.subject_id) if row.subject_id is not None else None,
                [task for task in tasks if task.instance_id == row.id],
                held_by,
            )
            for row in rows
        )
    return Listing(items, total, page, PAGE_SIZE)


def _tasks() -> TaskQuery:
    return (
        select(
            UserTask,
            ProcessInstance,
            Organization.name,
            Subject.name,
            Sender.name,
            Assignee.name,
        )
        .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
        .join(Organization, Organization.id == ProcessInstance.organization_id)
        .outerjoin(Subject, Subject.id == ProcessInstance.subject_id)
        .outerjoin(Sender, Sender.id == UserTask.sender_id)
        .outerjoin(Assignee, Assignee.id == UserTask.assignee_id)
    )


def _matching(query: TaskQuery, text: str) -> TaskQuery:
    """Narrow to a case number, a step, or a person by name or pinyin."""
    text = text.strip()
    if not text:
        return query
    people = select(Person.id).where(matches(text))
    return query.where(
        or_(
            ProcessInstance.number.contains(text, autoescape=True),
            UserTask.name.contains(text, autoescape=True),
            ProcessInstance.subject_id.in_(people),
        )
    )


def _soon(today: date) -> date:
    return load_calendar().add_working_days(today, SOON_WORKING_DAYS, start_counts=False).date


def _has_light(light: Light, today: date) -> ColumnElement[bool]:
    match light:
        case Light.OVERDUE:
            return UserTask.due_on < today
        case Light.TODAY:
            return UserTask.due_on == today
        case Light.SOON:
            return and_(UserTask.due_on > today, UserTask.due_on <= _soon(today))
        case Light.NORMAL:
            return or_(UserTask.due_on.is_(None), UserTask.due_on > _soon(today))


def _counts(session: Session, mine: ColumnElement[bool], today: date) -> InboxCounts:
    overdue, at_today, soon, total = session.execute(
        select(
            *(
                func.coalesce(func.sum(case((_has_light(light, today), 1), else_=0)), 0)
                for light in (Light.OVERDUE, Light.TODAY, Light.SOON)
            ),
            func.count(),
        )
        .select_from(UserTask)
        .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
        .where(mine)
    ).one()
    return InboxCounts(overdue, at_today, soon, total)


def _inbox_item(app: Application, session: Session, row: TaskRow, today: date) -> InboxItem:
    task, instance, organization_name, subject_name, sender_name, assignee_name = row
    procedure = app.procedures.get(session, instance.deployment_id)
    node = procedure.nodes[task.element_id]
    return InboxItem(
        task_id=task.id,
        case_id=instance.id,
        case_number=instance.number,
        title=case_title(procedure, subject_name or "", task.name, organization_name),
        procedure_title=procedure.title,
        organization_name=organization_name,
        step_name=task.name,
        stage_name=procedure.stage_name(node.stage),
        state=TaskState(task.state),
        due=due_view(task, today),
        sender=sender_name or "系统",
        created_at=task.created_at,
        assignee=assignee_name or "",
        completed_at=task.completed_at,
        outcome_name=outcome_name(node, task.outcome),
    )


def _started_item(
    procedure: Procedure,
    instance: ProcessInstance,
    subject: str | None,
    tasks: Sequence[UserTask],
    held_by: Mapping[str, tuple[str, ...]],
) -> StartedItem:
    return StartedItem(
        case_id=instance.id,
        case_number=instance.number,
        title=f"{subject}·{procedure.title}" if subject else procedure.title,
        procedure_title=procedure.title,
        status=instance.status,
        outcome_name=procedure.outcomes.get(instance.outcome, ""),
        waiting_at=tuple(task.name for task in tasks),
        holders=tuple(dict.fromkeys(name for task in tasks for name in held_by[task.id])),
        started_at=instance.started_at,
    )
