"""Claiming, releasing and drafting: what happens to a task without moving the case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from engine.values import dump_values
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.access import visible_instance
from services.errors import Conflict, Forbidden, Invalid
from services.identity.actor import Actor
from services.tasks.identities import in_fitting_identity
from services.tasks.models import TaskDraft, TaskState
from services.tasks.preconditions import open_task, own_task_in_hand
from services.tasks.record import record
from services.tasks.sub_tasks import require_alone, unanswered_by_task, why_waiting

MAX_DRAFT_BYTES = 200_000


def claim(app: Application, actor: Actor, task_id: str) -> None:
    """Take a task for oneself (签收), or for one's principal; other candidates have it no more."""
    with app.database.write() as session:
        hand, actor = own_task_in_hand(session, actor, task_id)
        task, instance = hand.task, hand.instance
        actor = in_fitting_identity(session, actor, task)
        if task.state is not TaskState.CREATED:
            raise Conflict("您已签收该事项。", "请直接办理。")
        task.state = TaskState.CLAIMED
        task.assignee_id = actor.principal_id
        record(app, session, instance, actor, task, EntryKind.TASK_CLAIMED)


def release(app: Application, actor: Actor, task_id: str) -> None:
    """Give a claimed task back to its candidates (取消签收)."""
    with app.database.write() as session:
        task, instance = open_task(session, actor, task_id)
        if task.assignee_id != actor.person_id:
            visible_instance(session, actor, task.instance_id)
            raise Forbidden("您没有签收该事项。")
        actor = in_fitting_identity(session, actor, task)
        require_alone(session, task)
        task.state = TaskState.CREATED
        task.assignee_id = None
        record(app, session, instance, actor, task, EntryKind.TASK_RELEASED)


def save_draft(
    app: Application,
    actor: Actor,
    task_id: str,
    raw: Mapping[str, list[str]],
    *,
    opinion: str = "",
    late_reason: str = "",
) -> datetime:
    """Keep what the actor has typed so far, as typed; returns when it was saved."""
    data = dump_values({key: list(values) for key, values in raw.items()})
    if len(data) + len(opinion) + len(late_reason) > MAX_DRAFT_BYTES:
        raise Invalid("草稿内容过长，未能保存。", "请精简内容，较长的材料请作为附件上传。")
    now = app.clock.now()
    with app.database.write() as session:
        hand, actor = own_task_in_hand(session, actor, task_id, even_suspended=True)
        task = hand.task
        if task.state is TaskState.SUBMITTED:
            pending = unanswered_by_task(session, [task.id])[task.id]
            raise Conflict(why_waiting(task, pending), "需要修改的，请先取回提交。")
        session.merge(
            TaskDraft(
                task_id=task.id,
                person_id=actor.person_id,
                data=data,
                opinion=opinion,
                late_reason=late_reason,
                saved_at=now,
            )
        )
    return now
