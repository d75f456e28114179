"""Keeps the inbox equal to the engine: rows of user tasks follow the open tasks of the instance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from engine.model import Advance, Variables
from engine.procedure import Procedure
from services.calendars import load_calendar
from services.clock import SHANGHAI
from services.processes.models import ProcessInstance
from services.tasks.candidates import Candidates, people_of, resolve
from services.tasks.deadlines import set_deadlines
from services.tasks.models import OPEN_STATES, TaskCandidate, TaskDraft, TaskState, UserTask
from services.tasks.sub_tasks import end_orphans


def synchronize(
    session: Session,
    instance: ProcessInstance,
    procedure: Procedure,
    advance: Advance,
    now: datetime,
    *,
    sender_id: int | None,
    not_before: date | None,
) -> None:
    """Cancel what is no longer open, create what is new, recompute every open due date.

    `sender_id` and `not_before` describe the act that opened the new tasks: who, and on which date.
    """
    rows = {
        row.id: row
        for row in session.scalars(
            select(UserTask).where(
                UserTask.instance_id == instance.id, UserTask.state.in_(OPEN_STATES)
            )
        )
    }
    still_open = {task.id for task in advance.open_tasks}
    for gone in rows.keys() - still_open:
        rows[gone].state = TaskState.CANCELED
        rows[gone].completed_at = now
    calendar = load_calendar()
    candidates: list[dict[str, object]] = []
    for open_task in advance.open_tasks:
        variables = advance.variables if open_task.variables is None else open_task.variables
        if open_task.id in rows:
            row = rows[open_task.id]
        else:
            node = procedure.nodes[open_task.element_id]
            row = UserTask(
                id=open_task.id,
                instance_id=instance.id,
                deployment_id=instance.deployment_id,
                element_id=node.id,
                name=node.name,
                lane_id=node.lane or "",
                state=TaskState.CREATED,
                organization_id=instance.organization_id,
                created_at=now,
                sender_id=sender_id,
                not_before=not_before,
            )
            found = find_candidates(session, instance, procedure, row, variables)
            candidates += candidate_rows(row, found)
            if open_task.resubmits is not None:
                _give_to_returner(session, instance, row, found, open_task.resubmits)
            session.add(row)
        set_deadlines(row, procedure, variables, calendar, now.date())
    session.flush()
    if candidates:
        session.execute(insert(TaskCandidate), candidates)
    _drop_drafts(session, instance)
    end_orphans(session, instance.id, now)


def _give_to_returner(
    session: Session, instance: ProcessInstance, row: UserTask, found: Candidates, returned: str
) -> None:
    """Let who returned the task have it again (直送), unless they may no longer act in the lane."""
    on = row.created_at.astimezone(SHANGHAI).date()
    returner = session.get_one(UserTask, returned).completed_by
    if any(person.id == returner for person in people_of(session, found, instance, on)):
        row.state = TaskState.CLAIMED
        row.assignee_id = returner


def find_candidates(
    session: Session,
    instance: ProcessInstance,
    procedure: Procedure,
    row: UserTask,
    variables: Variables,
) -> Candidates:
    """Resolve lane → post → body for a task, and note in its row why it is whose."""
    if not row.lane_id:
        return Candidates()
    on = row.created_at.astimezone(SHANGHAI).date()
    found = resolve(session, procedure, row.lane_id, instance, variables, on)
    row.fallback_reason = found.reason
    if found.organization_id is not None:
        row.organization_id = found.organization_id
    return found


def candidate_rows(row: UserTask, found: Candidates) -> Iterator[dict[str, object]]:
    """Return the rows that say who may take a task."""
    nobody = {"task_id": row.id, "organization_id": None, "post": None, "person_id": None}
    for organization_id, post in found.posts:
        yield {**nobody, "organization_id": organization_id, "post": str(post)}
    for person in found.people:
        yield {**nobody, "person_id": person}


def _drop_drafts(session: Session, instance: ProcessInstance) -> None:
    """Keep no drafts of tasks that are over, however they ended."""
    over = select(UserTask.id).where(
        UserTask.instance_id == instance.id, UserTask.state.not_in(OPEN_STATES)
    )
    session.execute(delete(TaskDraft).where(TaskDraft.task_id.in_(over)))
