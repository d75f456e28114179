"""Keeping the answer to “who may do it” right after a task has opened.

Groups are joined with the register at read time, so most changes need nothing.  What does: a post
that empties must lead to the fallback, one that is filled again takes its tasks back from there,
and who is recused lets go what they hold.  The review is a job, put by whoever changes a post, a
declared relationship or a recusal; what it changes is journaled on the case.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, and_, delete, exists, insert, or_, select, update

from engine.model import InstanceStatus, Value
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.held import reopen
from services.cases.recused_parts import drop_recused_parts
from services.cases.variables import variables_at
from services.cases.write_path import LockedCase, lock
from services.jobs import queue
from services.jobs.queue import ClaimedJob
from services.people.models import Appointment, Person
from services.people.queries import held_on
from services.processes.models import ProcessInstance
from services.recusal.rules import is_recused, is_subject, why_recused
from services.tasks.candidates import candidate_rows, candidates_in, is_full_member
from services.tasks.conditions import is_open
from services.tasks.countersigns import names_people
from services.tasks.models import (
    MEMBERS,
    UNANSWERED,
    SubTask,
    SubTaskState,
    TaskCandidate,
    TaskDraft,
    TaskState,
    UserTask,
)
from services.tasks.record import record
from services.tasks.sync import find_candidates


def review_all(app: Application, claimed: ClaimedJob, owner: str) -> bool:
    """Review every case that may need it, each in a transaction of its own; tells if it finished.

    Doing it twice changes nothing, so the job is marked done after its effect.
    """
    with app.database.read() as session:
        case_ids = session.scalars(
            select(UserTask.instance_id)
            .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
            .where(
                ProcessInstance.status != InstanceStatus.SUSPENDED,
                is_open(),
                _needs_review(app.clock.now().date()),
            )
            .distinct()
            .order_by(UserTask.instance_id)
        ).all()
    for case_id in case_ids:
        with app.database.write() as session:
            case = lock(app, session, case_id)
            if case.instance.status.is_running:
                review_case(case)
    with app.database.write() as session:
        row = queue.still_mine(session, claimed.id, owner)
        if row is None:
            return False
        queue.finish(session, row, app.clock.now())
    return True


def review_case(case: LockedCase) -> None:
    """Let the open tasks of a case be those of who may do them now."""
    session = case.session
    tasks = session.scalars(
        select(UserTask)
        .where(UserTask.instance_id == case.instance.id, is_open())
        .order_by(UserTask.created_at, UserTask.id)
    ).all()
    for task in tasks:
        _let_go(case, task)
        if task.assignee_id is None and not names_people(case.procedure, task):
            _ask_again(case, task)
    session.flush()
    drop_recused_parts(case)


def _needs_review(on: date) -> ColumnElement[bool]:
    """SQL: the task rests on a fallback, nobody can take it, or who holds it is recused."""
    return or_(
        UserTask.fallback_reason != "",
        and_(UserTask.assignee_id.is_not(None), is_recused(UserTask.assignee_id)),
        and_(UserTask.assignee_id.is_(None), ~_somebody_there(on)),
    )


def _somebody_there(on: date) -> ColumnElement[bool]:
    row = TaskCandidate.task_id == UserTask.id
    holder = Appointment.person_id
    return or_(
        exists()
        .where(
            row,
            Person.id == TaskCandidate.person_id,
            Person.left_on.is_(None),
            ~is_recused(Person.id),
        )
        .correlate(UserTask, ProcessInstance),
        exists()
        .where(
            row,
            Appointment.organization_id == TaskCandidate.organization_id,
            Appointment.post == TaskCandidate.post,
            held_on(on),
            ~is_subject(holder),
            ~is_recused(holder),
        )
        .correlate(UserTask, ProcessInstance),
        exists()
        .where(
            row,
            TaskCandidate.post == MEMBERS,
            Person.organization_id == TaskCandidate.organization_id,
            is_full_member(),
            ~is_subject(Person.id),
            ~is_recused(Person.id),
        )
        .correlate(UserTask, ProcessInstance),
    )


def _let_go(case: LockedCase, task: UserTask) -> None:
    """Take a task from an assignee who is recused, and ask nobody recused to take part in it."""
    session = case.session
    asked = session.scalars(
        select(SubTask.person_id).where(SubTask.parent_id == task.id, SubTask.state.in_(UNANSWERED))
    ).all()
    holding = [task.assignee_id] if task.assignee_id is not None else []
    recused = _others_recused(case, task, {*asked, *holding})
    barred = [person for person in asked if person in recused]
    if barred:
        session.execute(
            update(SubTask)
            .where(
                SubTask.parent_id == task.id,
                SubTask.person_id.in_(barred),
                SubTask.state.in_(UNANSWERED),
            )
            .values(state=SubTaskState.CANCELED, ended_at=case.now)
        )
    if task.assignee_id in recused:
        barred.append(task.assignee_id)
        if task.state is TaskState.SUBMITTED:
            reopen(session, task, case.now)
        session.execute(
            delete(TaskDraft).where(
                TaskDraft.task_id == task.id, TaskDraft.person_id == task.assignee_id
            )
        )
        task.state = TaskState.CREATED
        task.assignee_id = None
        task.on_behalf_of = None
        session.flush()
    if barred:
        people: list[Value] = list(dict.fromkeys(barred))
        record(
            case.app,
            session,
            case.instance,
            None,
            task,
            EntryKind.CANDIDATES_CHANGED,
            {"people": people, "reason": "因回避不再办理"},
        )


def _others_recused(case: LockedCase, task: UserTask, people: Collection[int]) -> frozenset[int]:
    """Return who of the people is recused; what is the subject's own stays theirs."""
    found = why_recused(case.session, case.instance, people, task.separate_from)
    return frozenset(found) - {case.instance.subject_id}


def _ask_again(case: LockedCase, task: UserTask) -> None:
    """Find the candidates anew; journal it when they are others than before."""
    session = case.session
    rows = session.scalars(
        select(TaskCandidate).where(TaskCandidate.task_id == task.id).order_by(TaskCandidate.id)
    ).all()
    before = candidates_in(rows)
    was_arranged_by = task.arranged_by
    variables = variables_at(case.procedure, case.instance, task.id)
    found = find_candidates(session, case.instance, case.procedure, task, variables, case.today)
    if (found.groups, found.people, found.arranged_by) == (
        before.groups,
        before.people,
        was_arranged_by,
    ):
        return
    session.execute(delete(TaskCandidate).where(TaskCandidate.task_id == task.id))
    new = candidate_rows(task.id, found)
    if new:
        session.execute(insert(TaskCandidate), new)
    record(
        case.app,
        session,
        case.instance,
        None,
        task,
        EntryKind.CANDIDATES_CHANGED,
        {"reason": found.reason or "恢复由原定人员办理"},
    )
