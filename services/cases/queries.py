"""Reading cases: the lists of the workbench."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TypeAlias, cast

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    Subquery,
    and_,
    case,
    func,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from engine.deadlines import Light
from engine.migration import UNDER_WAY
from engine.model import FlowNode, InstanceStatus
from engine.procedure import Procedure
from services.bootstrap import Application
from services.calendars import load_calendar
from services.cases.access import visible_to
from services.cases.describe import WITHDRAWN_NAME, case_title, outcome_name
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
from services.people.search import matches
from services.processes.models import ProcessInstance, has_starter
from services.tasks.candidates import names_of
from services.tasks.conditions import may_be_taken_by, taken_for
from services.tasks.deadlines import due_view
from services.tasks.models import OPEN_STATES, SubTask, SubTaskState, TaskState, UserTask
from services.tasks.names import KIND_NAMES, VERDICT_NAMES
from services.tasks.sub_tasks import label, unanswered_by_task, waits

PAGE_SIZE = 20
SOON_WORKING_DAYS = 3

Subject = aliased(Person)
Sender = aliased(Person)
Assignee = aliased(Person)
Requester = aliased(Person)

Work: TypeAlias = tuple[str, int | None, datetime]
TaskColumns: TypeAlias = tuple[UserTask, ProcessInstance, str, str, str, str, SubTask | None, str]
TaskRow: TypeAlias = Row[TaskColumns]
TaskQuery: TypeAlias = Select[TaskColumns]


def inbox(
    app: Application, actor: Actor, *, light: Light | None = None, text: str = "", page: int = 1
) -> tuple[Listing[InboxItem], InboxCounts]:
    """Return the actor's open tasks, most urgent first, and the numbers per light."""
    today = app.clock.now().date()
    work = _open_work(actor).subquery()
    with app.database.read() as session:
        counts = _counts(session, work, today)
        query = _matching(_tasks(work), text)
        if light is not None:
            query = query.where(_has_light(light, today))
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        rows = session.execute(
            query.order_by(UserTask.due_on.is_(None), UserTask.due_on, work.c.since, UserTask.id)
            .limit(PAGE_SIZE)
            .offset(PAGE_SIZE * (page - 1))
        ).all()
        items = _inbox_items(app, session, rows, today)
        principals = _principals(session, actor, [row[0].id for row in rows])
    items = tuple(
        replace(item, principal=principals.get(item.task_id, "") if not item.request_name else "")
        for item in items
    )
    return Listing(items, total, page, PAGE_SIZE), counts


def done(app: Application, actor: Actor, *, text: str = "", page: int = 1) -> Listing[InboxItem]:
    """Return what the actor has completed, returned, worked on or signed, newest first."""
    today = app.clock.now().date()
    work = _done_work(actor).subquery()
    with app.database.read() as session:
        query = _matching(_tasks(work), text)
        total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
        rows = session.execute(
            query.order_by(work.c.since.desc(), UserTask.id)
            .limit(PAGE_SIZE)
            .offset(PAGE_SIZE * (page - 1))
        ).all()
        items = _inbox_items(app, session, rows, today)
    return Listing(items, total, page, PAGE_SIZE)


def started(app: Application, actor: Actor, *, page: int = 1) -> Listing[StartedItem]:
    """Return the cases the actor started or that are about them, with where each waits now."""
    mine = or_(
        has_starter(actor.person_id),
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


def running(
    app: Application,
    actor: Actor,
    *,
    organization_id: int | None = None,
    subject_id: int | None = None,
) -> Listing[StartedItem]:
    """Return the running cases of a body or about a person that the actor may see."""
    condition = and_(visible_to(actor), ProcessInstance.status.in_(UNDER_WAY))
    if organization_id is not None:
        condition = and_(condition, ProcessInstance.organization_id == organization_id)
    if subject_id is not None:
        condition = and_(condition, ProcessInstance.subject_id == subject_id)
    return _cases(app, condition, 1)


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


def _principals(session: Session, actor: Actor, task_ids: Sequence[str]) -> Mapping[str, str]:
    """Return for whom the actor would do the tasks, where it is not for themselves."""
    names = {mandate.principal_id: mandate.principal_name for mandate in actor.mandates}
    if not names:
        return {}
    rows = session.execute(
        select(UserTask.id, taken_for(actor))
        .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
        .where(UserTask.id.in_(task_ids))
    )
    return {task_id: names[key] for task_id, key in rows if key}


def _open_work(actor: Actor) -> CompoundSelect[Work]:
    """SQL: the open tasks that are the actor's to do, and what they are asked for in others."""
    own = (
        select(
            UserTask.id.label("task_id"),
            null().label("sub_task_id"),
            UserTask.created_at.label("since"),
        )
        .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
        .where(UserTask.state.in_(OPEN_STATES), may_be_taken_by(actor))
    )
    asked = select(SubTask.parent_id, SubTask.id, SubTask.created_at).where(
        SubTask.person_id == actor.person_id, SubTask.state == SubTaskState.OPEN
    )
    return union_all(own, asked)


def _done_work(actor: Actor) -> CompoundSelect[Work]:
    """SQL: the tasks the actor completed or returned, and what they answered in others."""
    own = select(
        UserTask.id.label("task_id"),
        null().label("sub_task_id"),
        UserTask.completed_at.label("since"),
    ).where(or_(UserTask.completed_by == actor.person_id, UserTask.on_behalf_of == actor.person_id))
    answered = select(SubTask.parent_id, SubTask.id, SubTask.ended_at).where(
        SubTask.person_id == actor.person_id, SubTask.state == SubTaskState.ANSWERED
    )
    return union_all(own, answered)


def _tasks(work: Subquery) -> TaskQuery:
    query = (
        select(
            UserTask,
            ProcessInstance,
            Organization.name,
            Subject.name,
            Sender.name,
            Assignee.name,
            SubTask,
            Requester.name,
        )
        .join(work, work.c.task_id == UserTask.id)
        .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
        .join(Organization, Organization.id == ProcessInstance.organization_id)
        .outerjoin(Subject, Subject.id == ProcessInstance.subject_id)
        .outerjoin(Sender, Sender.id == UserTask.sender_id)
        .outerjoin(Assignee, Assignee.id == UserTask.assignee_id)
        .outerjoin(SubTask, SubTask.id == work.c.sub_task_id)
        .outerjoin(Requester, Requester.id == SubTask.requested_by)
    )
    return cast("TaskQuery", query)  # an outer join may find no sub-task


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


def _counts(session: Session, work: Subquery, today: date) -> InboxCounts:
    overdue, at_today, soon, total = session.execute(
        select(
            *(
                func.coalesce(func.sum(case((_has_light(light, today), 1), else_=0)), 0)
                for light in (Light.OVERDUE, Light.TODAY, Light.SOON)
            ),
            func.count(),
        )
        .select_from(UserTask)
        .join(work, work.c.task_id == UserTask.id)
    ).one()
    return InboxCounts(overdue, at_today, soon, total)


def _inbox_items(
    app: Application, session: Session, rows: Sequence[TaskRow], today: date
) -> tuple[InboxItem, ...]:
    tasks = [row[0] for row in rows]
    pending = unanswered_by_task(session, [task.id for task in tasks])
    return tuple(
        _inbox_item(
            app,
            session,
            row,
            today,
            label(row[0], pending[row[0].id]),
            is_waiting=waits(row[0], pending[row[0].id]),
        )
        for row in rows
    )


def _inbox_item(
    app: Application, session: Session, row: TaskRow, today: date, word: str, *, is_waiting: bool
) -> InboxItem:
    task, instance, organization_name, subject_name, sender_name, assignee_name, asked, by = row
    procedure = app.procedures.get(session, task.deployment_id)
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
        sender=by if asked is not None else sender_name or "系统",
        created_at=asked.created_at if asked is not None else task.created_at,
        assignee=assignee_name or "",
        completed_at=asked.ended_at if asked is not None else task.completed_at,
        outcome_name=_answer(asked) if asked is not None else _result(node, task),
        label=word,
        request_name=KIND_NAMES[asked.kind] if asked is not None else "",
        is_waiting=is_waiting and asked is None,
        is_suspended=instance.status is InstanceStatus.SUSPENDED,
    )


def _answer(row: SubTask) -> str:
    return VERDICT_NAMES[row.verdict] if row.verdict is not None else KIND_NAMES[row.kind]


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


def _result(node: FlowNode, task: UserTask) -> str:
    if task.state is TaskState.WITHDRAWN:
        return WITHDRAWN_NAME
    return outcome_name(node, task.outcome)
