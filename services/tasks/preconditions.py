"""Checks every task command begins with; the same three answers everywhere."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.errors import InstanceSuspended
from engine.model import InstanceStatus
from services.cases.access import may_see, plainly_sees
from services.clock import SHANGHAI
from services.db import lock_rows
from services.errors import Conflict, Forbidden, NotFound, Recused
from services.identity.actor import Actor
from services.organizations.models import Organization
from services.people.models import Person
from services.processes.models import ProcessInstance
from services.recusal.rules import why_recused
from services.tasks.conditions import has_drafts, is_shared, taken_for
from services.tasks.errors import TaskEnded
from services.tasks.models import OPEN_STATES, TaskState, UserTask

ENDED = {
    TaskState.COMPLETED: "办结",
    TaskState.RETURNED: "退回",
    TaskState.WITHDRAWN: "取回",
    TaskState.CANCELED: "撤销",
}


@dataclass(frozen=True, slots=True)
class TaskInHand:
    """An open task with its case, locked.

    `actor` is who acts, and on whose behalf if so (`Actor.acting_for`); None when the task is not
    theirs to take.  `is_shared` tells whether somebody else is asked to take part, `has_drafts`
    whether anybody has written a draft, `holder` names the assignee.
    """

    task: UserTask
    instance: ProcessInstance
    actor: Actor | None
    is_shared: bool
    has_drafts: bool
    holder: str

    @property
    def is_free(self) -> bool:
        """Whether the assignee may act without regard to anybody."""
        return not self.is_shared and self.task.state is not TaskState.SUBMITTED


def task_in_hand(
    session: Session, actor: Actor, task_id: str, *, even_suspended: bool = False
) -> TaskInHand:
    """Return an open task with its instance; `NotFound` or `TaskEnded` (who and when) if not.

    Takes the lock on the case first, so that of two commands on one task the second sees what the
    first has done.  `InstanceSuspended` while the case is suspended, unless `even_suspended`.
    """
    of_task = select(UserTask.instance_id).where(UserTask.id == task_id).scalar_subquery()
    lock_rows(session, select(ProcessInstance.id).where(ProcessInstance.id == of_task))
    found = session.execute(
        select(
            UserTask,
            ProcessInstance,
            taken_for(actor),
            is_shared(),
            has_drafts(),
            Person.name,
            Organization.path,
        )
        .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
        .join(Organization, Organization.id == ProcessInstance.organization_id)
        .outerjoin(Person, Person.id == func.coalesce(UserTask.completed_by, UserTask.assignee_id))
        .where(UserTask.id == task_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound
    task, instance, principal, shared, drafts, name, path = found
    if task.state not in OPEN_STATES:
        if not plainly_sees(actor, instance, path):
            _require_sight(session, actor, instance)
        who = f"由{name}" if task.completed_by is not None else ""
        when = ""
        if task.completed_at is not None:
            when = f"于{task.completed_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
        words = f"“{task.name}”已{who}{when}{ENDED[TaskState(task.state)]}。"
        raise TaskEnded(words, task.deployment_id, task.element_id)
    if instance.status is InstanceStatus.SUSPENDED and not even_suspended:
        _require_sight(session, actor, instance)
        raise InstanceSuspended
    acting = actor.on_behalf_of(principal) if principal is not None else None
    return TaskInHand(task, instance, acting, shared, drafts, name or "")


def own_task_in_hand(
    session: Session, actor: Actor, task_id: str, *, even_suspended: bool = False
) -> tuple[TaskInHand, Actor]:
    """Return the open task if the actor may do it, and the actor as they do it.

    Raises `Forbidden`, `Recused` or `Conflict` otherwise.
    """
    hand = task_in_hand(session, actor, task_id, even_suspended=even_suspended)
    if hand.actor is not None:
        return hand, hand.actor
    _require_sight(session, actor, hand.instance)
    apart = hand.task.separate_from
    why = why_recused(session, hand.instance, [actor.person_id], apart).get(actor.person_id)
    if why is not None and actor.person_id != hand.instance.subject_id:
        raise Recused(f"您{why}，须在本事项中回避，不能办理。")
    if hand.holder:
        raise Conflict(
            f"“{hand.task.name}”已由{hand.holder}签收办理。",
            "如需办理，请与签收人联系取消签收。",
        )
    raise Forbidden


def open_task(session: Session, actor: Actor, task_id: str) -> tuple[UserTask, ProcessInstance]:
    """Return an open task with its instance; raises what `task_in_hand` does."""
    hand = task_in_hand(session, actor, task_id)
    return hand.task, hand.instance


def task_of_actor(session: Session, actor: Actor, task_id: str) -> tuple[UserTask, ProcessInstance]:
    """Return the actor's own open task with its instance; raises what `own_task_in_hand` does.

    `Forbidden` for who only does it on somebody's behalf: what was delegated is not handed on.
    """
    hand, acting = own_task_in_hand(session, actor, task_id)
    if acting.acting_for is not None:
        raise Forbidden(
            f"您{acting.acting_for.words}代为办理，不能再将该事项转办、委派或者加签。",
            "请直接办理，或者由委托人本人处理。",
        )
    return hand.task, hand.instance


def _require_sight(session: Session, actor: Actor, instance: ProcessInstance) -> None:
    """Tell nobody about a case that is not theirs to see."""
    if not may_see(session, actor, instance):
        raise NotFound
