"""Checks every task command begins with; the same three answers everywhere."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.errors import TaskNotOpen
from services.clock import SHANGHAI
from services.errors import Conflict, Forbidden, NotFound
from services.identity.actor import Actor
from services.people.models import Person
from services.tasks.candidates import may_take
from services.tasks.models import OPEN_STATES, TaskState, UserTask

ENDED = {
    TaskState.COMPLETED: "办结",
    TaskState.RETURNED: "退回",
    TaskState.CANCELED: "撤销",
}


def open_task(session: Session, task_id: str) -> UserTask:
    """Return the task if it is open; `NotFound` or `TaskNotOpen` (naming who and when) if not."""
    task = session.get(UserTask, task_id)
    if task is None:
        raise NotFound
    if task.state not in OPEN_STATES:
        who = ""
        if task.completed_by is not None:
            who = f"由{session.get_one(Person, task.completed_by).name}"
        when = ""
        if task.completed_at is not None:
            when = f"于{task.completed_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        raise TaskNotOpen(f"“{task.name}”已{who}{when}{ENDED[TaskState(task.state)]}。")
    return task


def task_of_actor(session: Session, actor: Actor, task_id: str) -> UserTask:
    """Return the open task if it is the actor's to do; `Forbidden` or `Conflict` otherwise."""
    task = open_task(session, task_id)
    if may_take(session, actor, task):
        return task
    if task.assignee_id is not None and task.assignee_id != actor.person_id:
        name = session.get_one(Person, task.assignee_id).name
        raise Conflict(f"“{task.name}”已由{name}签收办理。", "如需办理，请与签收人联系取消签收。")
    raise Forbidden
