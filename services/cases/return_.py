"""Returning a task to an earlier step (退回)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import runtime
from engine.errors import TargetNotAllowed
from engine.model import ReturnPolicy
from engine.procedure import Procedure
from services.audit.models import EntryKind, JournalEntry
from services.bootstrap import Application
from services.cases.acts import check_text
from services.cases.completed import completed_view
from services.cases.views import Completed, ReturnTarget
from services.cases.write_path import Deed, LockedCase, hold
from services.errors import Invalid
from services.identity.actor import Actor
from services.processes.models import ProcessInstance
from services.tasks.models import OPEN_STATES, TaskDraft, TaskState, UserTask
from services.tasks.preconditions import task_of_actor


@dataclass(frozen=True, slots=True)
class ReturnTask:
    """Send the case back from a task to an earlier user task, with an opinion."""

    task_id: str
    target: str
    opinion: str


def return_task(app: Application, actor: Actor, command: ReturnTask) -> Completed:
    """Return a task; every other open task of the moved tokens is cancelled."""
    if not command.opinion.strip():
        message = "退回时须填写意见。"
        raise Invalid(message, errors={"opinion": message})
    check_text("opinion", "意见", command.opinion)
    with app.database.write() as session:
        task, instance = task_of_actor(session, actor, command.task_id)
        case = hold(app, session, instance)
        if command.target not in {
            t.element_id for t in return_targets(session, instance, case.procedure, task)
        }:
            raise TargetNotAllowed
        advance = case.apply(runtime.return_to, task.id, command.target, {})
        task.state = TaskState.RETURNED
        task.completed_by = actor.person_id
        task.completed_at = case.now
        task.acted_on = case.today
        task.outcome = "returned"
        task.opinion = command.opinion.strip()
        session.flush()
        case.settle(
            advance,
            Deed(
                kind=EntryKind.TASK_RETURNED,
                acted_on=case.today,
                opens_from=_first_act_on(session, case, command.target),
                actor=actor,
                element_id=task.element_id,
                task_id=task.id,
                details={"target": command.target, "opinion": task.opinion},
            ),
        )
        _give_back(session, case, command.target)
        return completed_view(case, actor)


def _give_back(session: Session, case: LockedCase, element_id: str) -> None:
    """Let whoever did the step find what they wrote, as a draft: nobody types it twice."""
    rows = session.scalars(
        select(UserTask)
        .where(UserTask.instance_id == case.instance.id, UserTask.element_id == element_id)
        .order_by(UserTask.completed_at.desc())
    ).all()
    opened = next((row for row in rows if row.state in OPEN_STATES), None)
    before = next((row for row in rows if row.state is TaskState.COMPLETED), None)
    if opened is None or before is None or before.data is None or before.completed_by is None:
        return
    session.add(
        TaskDraft(
            task_id=opened.id,
            person_id=before.completed_by,
            data=before.data,
            opinion=before.opinion,
            late_reason="",
            saved_at=case.now,
        )
    )


def return_targets(
    session: Session, instance: ProcessInstance, procedure: Procedure, task: UserTask
) -> tuple[ReturnTarget, ...]:
    """Return the allowed targets, the previous step first; the step that started it is named."""
    node = procedure.nodes[task.element_id]
    if node.return_policy is ReturnPolicy.NONE:
        return ()
    allowed = set(runtime.return_targets(procedure.process, node.id))
    done = session.scalars(
        select(UserTask.element_id)
        .join(JournalEntry, JournalEntry.task_id == UserTask.id)
        .where(
            JournalEntry.instance_id == instance.id,
            JournalEntry.kind.in_((EntryKind.CASE_STARTED, EntryKind.TASK_COMPLETED)),
            UserTask.state == TaskState.COMPLETED,
            UserTask.element_id != node.id,
        )
        .order_by(JournalEntry.sequence.desc())
    ).all()
    found: dict[str, ReturnTarget] = {}
    for element_id in done:
        if element_id in allowed and element_id not in found:
            found[element_id] = ReturnTarget(
                element_id=element_id,
                label=procedure.nodes[element_id].name,
                is_previous=not found,
                is_starter=element_id == procedure.start.task,
            )
    return tuple(found.values())


def _first_act_on(session: Session, case: LockedCase, element_id: str) -> date | None:
    """Return from which date the repeated step may be dated: as it was allowed the first time."""
    return session.scalars(
        select(UserTask.not_before)
        .where(UserTask.instance_id == case.instance.id, UserTask.element_id == element_id)
        .order_by(UserTask.created_at)
    ).first()
