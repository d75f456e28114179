"""Acts that have been submitted and wait for signers: kept, and given back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.values import dump_values
from services.audit.models import EntryKind
from services.cases.acts import Act
from services.cases.write_path import LockedCase
from services.identity.actor import Actor
from services.notifications.commands import notify
from services.tasks.models import (
    SubTask,
    SubTaskKind,
    SubTaskState,
    TaskDraft,
    TaskState,
    TaskSubmission,
    TaskTransfer,
    UserTask,
)
from services.tasks.record import record


def hold_back(
    case: LockedCase,
    task: UserTask,
    actor: Actor,
    act: Act,
    signers: Sequence[SubTask],
    *,
    outcome: str,
    opinion: str,
    late_reason: str,
) -> bool:
    """Keep an accepted act if `signers` have yet to confirm it; tells whether it was kept.

    Those asked to sign afterwards are asked now.
    """
    session = case.session
    if not signers:
        return False
    task.state = TaskState.SUBMITTED
    task.assignee_id = actor.principal_id
    task.on_behalf_of = actor.acting_principal_id
    session.add(
        TaskSubmission(
            task_id=task.id,
            person_id=actor.person_id,
            capacity=actor.title,
            outcome=outcome,
            opinion=opinion,
            late_reason=late_reason,
            data=dump_values(act.values),
            acted_on=act.acted_on,
            submitted_at=case.now,
        )
    )
    later = [row for row in signers if row.state is SubTaskState.WAITING]
    for row in later:
        row.state = SubTaskState.OPEN
    record(
        case.app,
        session,
        case.instance,
        actor,
        task,
        EntryKind.TASK_SUBMITTED,
        {
            "people": [row.person_id for row in signers],
            "outcome": outcome,
            "opinion": opinion,
            "late_reason": late_reason,
        },
    )
    notify(
        session,
        [row.person_id for row in later],
        case.instance.id,
        f"后加签：{task.name}",
        f"{actor.name}已办理“{task.name}”（{case.instance.number}），请您加签。",
        case.now,
    )
    return True


def reopen(session: Session, task: UserTask, now: datetime) -> int:
    """Give a kept act back as a draft; signers after the act wait again.

    It goes to who submitted it, or to their successor if they have handed over since; returns whom.
    """
    submission = session.get_one(TaskSubmission, task.id)
    successor = session.scalars(
        select(TaskTransfer.to_id)
        .where(
            TaskTransfer.task_id == task.id,
            TaskTransfer.transferred_at >= submission.submitted_at,
        )
        .order_by(TaskTransfer.id.desc())
    ).first()
    person_id = successor or submission.person_id
    session.merge(
        TaskDraft(
            task_id=task.id,
            person_id=person_id,
            data=submission.data,
            opinion=submission.opinion,
            late_reason=submission.late_reason,
            saved_at=now,
        )
    )
    session.delete(submission)
    task.state = TaskState.CLAIMED
    session.execute(
        update(SubTask)
        .where(
            SubTask.parent_id == task.id,
            SubTask.kind == SubTaskKind.SIGN_AFTER,
            SubTask.state == SubTaskState.OPEN,
        )
        .values(state=SubTaskState.WAITING)
    )
    session.flush()
    return person_id
