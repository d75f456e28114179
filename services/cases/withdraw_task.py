"""Taking one's own completed task back (取回), until somebody has gone on from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from engine import runtime
from engine.model import InstanceStatus
from engine.procedure import Procedure
from services.audit.models import EntryKind, JournalEntry
from services.bootstrap import Application
from services.cases.access import visible_instance
from services.cases.acts import check_text
from services.cases.completed import completed_view
from services.cases.latest_act import LatestAct
from services.cases.operations import LASTING
from services.cases.views import Completed
from services.cases.write_path import Deed, LockedCase, lock
from services.errors import Conflict, Forbidden, NotFound
from services.identity.actor import Actor
from services.notifications.models import Notification
from services.processes.models import ProcessInstance
from services.tasks import leftovers
from services.tasks.models import OPEN_STATES, TaskDraft, TaskState, UserTask

ASIDE = frozenset({EntryKind.TASK_CLAIMED, EntryKind.TASK_RELEASED, EntryKind.ATTACHMENT_ADDED})
"""Entries that do not matter as long as they are about other tasks."""
HARMLESS = frozenset(
    {EntryKind.TASK_URGED, EntryKind.CIRCULATION_SENT, EntryKind.CIRCULATION_ANSWERED}
)
"""Entries that never matter: nobody has acted on the case."""


@dataclass(frozen=True, slots=True)
class WithdrawTask:
    """Take a completed task back, to do it again."""

    task_id: str
    reason: str = ""


def withdraw_task(app: Application, actor: Actor, command: WithdrawTask) -> Completed:
    """Take a task back: the case stands as before it, the task is open with what was filled in."""
    check_text("reason", "取回原因", command.reason)
    with app.database.write() as session:
        instance_id = session.scalar(
            select(UserTask.instance_id).where(UserTask.id == command.task_id)
        )
        if instance_id is None:
            raise NotFound
        visible_instance(session, actor, instance_id)
        case = lock(app, session, instance_id)
        task = session.get_one(UserTask, command.task_id, populate_existing=True)
        if task.completed_by != actor.person_id:
            raise Forbidden("只能取回本人办理的事项。")
        reason = why_not(session, case.procedure, case.instance, task)
        if reason:
            raise Conflict(reason, "请查看办件的当前环节；确需更正的，请由当前办理人退回。")
        return _withdraw(session, case, task, actor, command.reason.strip())


def why_not(
    session: Session, procedure: Procedure, instance: ProcessInstance, task: UserTask
) -> str:
    """Return why whoever completed the task cannot take it back, empty when they can."""
    latest = LatestAct.of(instance)
    if task.state is not TaskState.COMPLETED or instance.status.has_ended:
        return "该事项所在的办件已经结束，或者该事项不是办结状态，不能取回。"
    if instance.status is InstanceStatus.SUSPENDED:
        return "办件已挂起，不能取回。"
    if latest is None or latest.task_id != task.id or latest.revision != instance.revision:
        return "此后办件已有新的进展，不能取回。"
    if latest.lasting:
        return f"办理后系统已经{LASTING[latest.lasting]}，不能取回。"
    opened = _opened(session, procedure, instance, latest)
    touched = next((row for row in opened if _is_touched(session, row, task)), None)
    if touched is not None:
        return f"“{touched.name}”已有人签收或者开始填写，不能取回。"
    if _has_other_entries(session, instance, latest, [row.id for row in opened]):
        return "此后办件已有其他操作，不能取回。"
    read = exists().where(*_notices(task), Notification.read_at.is_not(None))
    if session.scalar(select(read)):
        return "办理后发出的通知已有人阅读，不能取回。"
    return ""


def to_withdraw(
    session: Session, procedure: Procedure, instance: ProcessInstance, actor: Actor
) -> UserTask | None:
    """Return the task the actor may take back now: what they did last, untouched since."""
    latest = LatestAct.of(instance)
    task = session.get(UserTask, latest.task_id) if latest is not None else None
    if task is None or task.completed_by != actor.person_id:
        return None
    return None if why_not(session, procedure, instance, task) else task


def _opened(
    session: Session, procedure: Procedure, instance: ProcessInstance, latest: LatestAct
) -> list[UserTask]:
    """Return the tasks that were opened by the act, oldest first."""
    known = [task.id for task in runtime.inspect(procedure.process, latest.before).open_tasks]
    return list(
        session.scalars(
            select(UserTask)
            .where(
                UserTask.instance_id == instance.id,
                UserTask.state.in_(OPEN_STATES),
                UserTask.id.not_in(known),
            )
            .order_by(UserTask.created_at, UserTask.id)
        )
    )


def _is_touched(session: Session, row: UserTask, task: UserTask) -> bool:
    """Whether anybody has taken the task or begun to fill it in, other than who acted before."""
    written = session.scalar(
        select(
            exists().where(TaskDraft.task_id == row.id, TaskDraft.person_id != task.completed_by)
        )
    )
    claimed = session.scalar(
        select(
            exists().where(
                JournalEntry.instance_id == row.instance_id,
                JournalEntry.task_id == row.id,
                JournalEntry.kind.not_in(HARMLESS),
            )
        )
    )
    return bool(written or claimed)


def _has_other_entries(
    session: Session, instance: ProcessInstance, latest: LatestAct, opened: list[str]
) -> bool:
    since = session.execute(
        select(JournalEntry.kind, JournalEntry.task_id).where(
            JournalEntry.instance_id == instance.id,
            JournalEntry.sequence > latest.journal_length,
        )
    )
    return any(
        kind not in HARMLESS and (kind not in ASIDE or task_id in opened) for kind, task_id in since
    )


def _withdraw(
    session: Session, case: LockedCase, task: UserTask, actor: Actor, reason: str
) -> Completed:
    latest = cast("LatestAct", LatestAct.of(case.instance))  # `why_not` has looked
    before = {t.id for t in runtime.inspect(case.procedure.process, latest.before).open_tasks}
    withdrawn = session.scalar(
        select(JournalEntry.sequence)
        .where(
            JournalEntry.instance_id == case.instance.id,
            JournalEntry.kind == EntryKind.TASK_COMPLETED,
            JournalEntry.task_id == task.id,
        )
        .order_by(JournalEntry.sequence.desc())
    )
    advance = case.apply(runtime.withdraw, latest.before, task.id)
    _reopen(session, before - {task.id}, {str(row["task_id"]) for row in latest.left.submissions})
    session.execute(delete(Notification).where(*_notices(task)))
    task.state = TaskState.WITHDRAWN
    session.flush()
    case.settle(
        advance,
        Deed(
            kind=EntryKind.TASK_WITHDRAWN,
            acted_on=case.today,
            opens_from=task.not_before,
            actor=actor,
            element_id=task.element_id,
            task_id=task.id,
            details={"reason": reason, "withdraws": withdrawn},
        ),
    )
    (new_id,) = {t.id for t in advance.open_tasks} - before
    _hand_back(session, session.get_one(UserTask, new_id), task, case)
    leftovers.put_back(session, latest.left.handed_on(task.id, new_id, task.completed_by))
    return completed_view(case, actor)


def _notices(task: UserTask) -> tuple[ColumnElement[bool], ...]:
    """SQL: the `Notification` was sent by the act itself, in its transaction."""
    return (
        Notification.instance_id == task.instance_id,
        Notification.created_at == task.completed_at,
    )


def _reopen(session: Session, task_ids: set[str], submitted: set[str]) -> None:
    """Open the tasks again that the act had cancelled; some had been submitted to signers."""
    for row in session.scalars(
        select(UserTask).where(UserTask.id.in_(task_ids), UserTask.state == TaskState.CANCELED)
    ):
        row.state = TaskState.CREATED if row.assignee_id is None else TaskState.CLAIMED
        if row.id in submitted:
            row.state = TaskState.SUBMITTED
        row.completed_at = None


def _hand_back(session: Session, row: UserTask, task: UserTask, case: LockedCase) -> None:
    """Give the reopened task to who did it, with everything they had filled in."""
    row.state = TaskState.CLAIMED
    row.assignee_id = task.completed_by
    row.sender_id = task.sender_id
    if task.data is not None and task.completed_by is not None:
        session.add(
            TaskDraft(
                task_id=row.id,
                person_id=task.completed_by,
                data=task.data,
                opinion=task.opinion,
                late_reason="",
                saved_at=case.now,
            )
        )
    session.flush()
