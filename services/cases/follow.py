"""Letting running cases follow what happened to their bodies and people.

A body is renamed, moved, merged or dissolved, or a person belongs to another branch: their cases
go on where they stand, with their steps and limits untouched.  The case learns the new facts, the
candidates of its open tasks are found anew, and its journal says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, exists, insert, or_, select
from sqlalchemy.orm import Session

from engine import runtime
from engine.migration import UNDER_WAY
from services.audit.models import EntryKind
from services.basis import Basis
from services.bootstrap import Application
from services.cases.facts import organization_facts
from services.cases.steps import open_tasks
from services.cases.variables import variables_at
from services.cases.write_path import Deed, LockedCase, lock
from services.identity.actor import Actor
from services.notifications.commands import notify
from services.organizations.models import Organization
from services.processes.models import ProcessInstance
from services.tasks.candidates import candidate_rows, people_of
from services.tasks.models import OPEN_STATES, TaskCandidate, TaskState, UserTask
from services.tasks.sync import find_candidates


@dataclass(frozen=True, slots=True)
class Following:
    """Why cases follow: who entered it, the act it rests on, and what happened in words."""

    actor: Actor
    basis: Basis
    words: str


def cases_in(session: Session, organization_ids: Iterable[int]) -> tuple[int, ...]:
    """Return the running cases that lie with the bodies, or have an open task there."""
    ids = list(organization_ids)
    has_task = exists().where(
        UserTask.instance_id == ProcessInstance.id,
        UserTask.state.in_(OPEN_STATES),
        or_(
            UserTask.organization_id.in_(ids),
            exists().where(
                TaskCandidate.task_id == UserTask.id, TaskCandidate.organization_id.in_(ids)
            ),
        ),
    )
    return _running(session, or_(ProcessInstance.organization_id.in_(ids), has_task))


def cases_below(session: Session, path: str) -> tuple[int, ...]:
    """Return the running cases that lie with the body of the path or with one below it."""
    below = select(Organization.id).where(Organization.path.startswith(path, autoescape=True))
    return _running(session, ProcessInstance.organization_id.in_(below))


def cases_about(session: Session, person_ids: Iterable[int]) -> tuple[int, ...]:
    """Return the running cases about people."""
    return _running(session, ProcessInstance.subject_id.in_(list(person_ids)))


def follow(
    app: Application,
    session: Session,
    case_ids: Sequence[int],
    following: Following,
    *,
    lying_with: int | None = None,
    to: int | None = None,
) -> None:
    """Let cases follow, in the order of their ids so that two commands cannot block each other.

    Cases that lie with `lying_with` (all of them where it is None) go over to the body `to`.
    """
    for case_id in sorted(case_ids):
        case = lock(app, session, case_id)
        if case.instance.status not in UNDER_WAY:
            continue
        if to is not None and lying_with in {None, case.instance.organization_id}:
            case.instance.organization_id = to
        _follow(case, following)


def _follow(case: LockedCase, following: Following) -> None:
    case.settle(
        case.apply(runtime.learn, organization_facts(case.session, case.instance.organization_id)),
        Deed(
            kind=EntryKind.BODY_CHANGED,
            acted_on=following.basis.acted_on,
            opens_from=case.latest_act_on(),
            actor=following.actor,
            details={
                "reason": following.words,
                "document_number": following.basis.document_number,
            },
        ),
    )
    for task in open_tasks(case.session, case.instance.id):
        _ask_anew(case, task, following)
    case.session.flush()


def _ask_anew(case: LockedCase, row: UserTask, following: Following) -> None:
    """Find the candidates of a task again, as of today.

    Who has claimed it keeps it while they are still one of them; else the new ones are told.  What
    has been submitted was done by somebody who might do it, and waits for its signers only.
    """
    if not row.lane_id:
        return
    session = case.session
    seen = variables_at(case.procedure, case.instance, row.id)
    row.organization_id = case.instance.organization_id
    found = find_candidates(session, case.instance, case.procedure, row, seen, case.today)
    session.execute(delete(TaskCandidate).where(TaskCandidate.task_id == row.id))
    rows = candidate_rows(row.id, found)
    if rows:
        session.execute(insert(TaskCandidate), rows)
    people = [person.id for person in people_of(session, found, case.instance, case.today)]
    is_done = row.state is TaskState.SUBMITTED
    if is_done or row.assignee_id is None or row.assignee_id in people:
        return
    row.assignee_id = None
    row.state = TaskState.CREATED
    notify(
        session,
        people,
        case.instance.id,
        f"承接办理：{row.name}",
        f"{following.words}“{row.name}”（{case.instance.number}）由您所在的组织承接办理。",
        case.now,
    )


def _running(session: Session, which: ColumnElement[bool]) -> tuple[int, ...]:
    query = select(ProcessInstance.id).where(ProcessInstance.status.in_(UNDER_WAY), which)
    return tuple(session.scalars(query.order_by(ProcessInstance.id)))
