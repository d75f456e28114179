"""Checks every task command begins with; the same three answers everywhere."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import InstanceSuspended, TaskNotOpen
from engine.model import InstanceStatus
from services.cases.access import may_see
from services.clock import SHANGHAI
from services.errors import Conflict, Forbidden, NotFound
from services.identity.actor import Actor
from services.people.models import Person
from services.processes.models import ProcessInstance
from services.tasks.candidates import may_take
from services.tasks.models import OPEN_STATES, TaskState, UserTask

ENDED = {
    TaskState.COMPLETED: "办结",
    TaskState.RETURNED: "退回",
    TaskState.WITHDRAWN: "取回",
    TaskState.CANCELED: "撤销",
}


def open_task(
    session: Session, actor: Actor, task_id: str, *, even_suspended: bool = False
) -> tuple[UserTask, ProcessInstance]:
    """Return an open task with its instance; `NotFound` or `TaskNotOpen` (who and when) if not.

    Takes the lock on the case first, so that of two commands on one task the second sees what the
    first has done.  `InstanceSuspended` while the case is suspended, unless `even_suspended`.
    """
    of_task = select(UserTask.instance_id).where(UserTask.id == task_id).scalar_subquery()
    instance = session.scalars(
        select(ProcessInstance)
        .where(ProcessInstance.id == of_task)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if instance is None:
        raise NotFound
    task = session.get_one(UserTask, task_id, populate_existing=True)
    if task.state not in OPEN_STATES:
        _require_sight(session, actor, instance)
        who = ""
        if task.completed_by is not None:
            who = f"由{session.get_one(Person, task.completed_by).name}"
        when = ""
        if task.completed_at is not None:
            when = f"于{task.completed_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        raise TaskNotOpen(f"“{task.name}”已{who}{when}{ENDED[TaskState(task.state)]}。")
    if instance.status is InstanceStatus.SUSPENDED and not even_suspended:
        _require_sight(session, actor, instance)
        raise InstanceSuspended
    return task, instance


def task_of_actor(
    session: Session, actor: Actor, task_id: str, *, even_suspended: bool = False
) -> tuple[UserTask, ProcessInstance]:
    """Return the open task if it is the actor's to do; `Forbidden` or `Conflict` otherwise."""
    task, instance = open_task(session, actor, task_id, even_suspended=even_suspended)
    if may_take(session, actor, task):
        return task, instance
    _require_sight(session, actor, instance)
    if task.assignee_id is not None and task.assignee_id != actor.person_id:
        name = session.get_one(Person, task.assignee_id).name
        raise Conflict(f"“{task.name}”已由{name}签收办理。", "如需办理，请与签收人联系取消签收。")
    raise Forbidden


def _require_sight(session: Session, actor: Actor, instance: ProcessInstance) -> None:
    """Tell nobody about a case that is not theirs to see."""
    if not may_see(session, actor, instance):
        raise NotFound
