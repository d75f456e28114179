"""Claiming, releasing and drafting: what happens to a task without moving the case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from engine.values import dump_values
from services.audit.journal import Entry, append
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.access import visible_instance
from services.errors import Conflict, Forbidden, Invalid
from services.identity.actor import Actor
from services.processes.models import ProcessInstance
from services.tasks.models import TaskDraft, TaskState, UserTask
from services.tasks.preconditions import open_task, task_of_actor

MAX_DRAFT_BYTES = 200_000


def claim(app: Application, actor: Actor, task_id: str) -> None:
    """Take a task for oneself (签收); the other candidates no longer have it."""
    with app.database.write() as session:
        task, instance = task_of_actor(session, actor, task_id)
        if task.state is TaskState.CLAIMED:
            raise Conflict("您已签收该事项。", "请直接办理。")
        task.state = TaskState.CLAIMED
        task.assignee_id = actor.person_id
        _journal(app, session, instance, actor, task, EntryKind.TASK_CLAIMED)


def release(app: Application, actor: Actor, task_id: str) -> None:
    """Give a claimed task back to its candidates (取消签收)."""
    with app.database.write() as session:
        task, instance = open_task(session, actor, task_id)
        if task.assignee_id != actor.person_id:
            visible_instance(session, actor, task.instance_id)
            raise Forbidden("您没有签收该事项。")
        task.state = TaskState.CREATED
        task.assignee_id = None
        _journal(app, session, instance, actor, task, EntryKind.TASK_RELEASED)


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
        task, _ = task_of_actor(session, actor, task_id)
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


def _journal(
    app: Application,
    session: Session,
    instance: ProcessInstance,
    actor: Actor,
    task: UserTask,
    kind: EntryKind,
) -> None:
    now = app.clock.now()
    append(
        session,
        instance,
        Entry(
            kind=kind,
            acted_on=now.date(),
            entered_at=now,
            actor_id=actor.person_id,
            capacity=actor.title,
            element_id=task.element_id,
            task_id=task.id,
        ),
    )
