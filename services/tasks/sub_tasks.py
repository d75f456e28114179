"""The sub-tasks of a user task: which are unanswered, and what they hold up.

A delegation or a signature asked for beforehand (前加签) holds up the act of the assignee; parallel
and later ones (并行加签, 后加签) hold up what follows from it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.cases.access import visible_instance
from services.errors import Conflict, Forbidden, NotFound
from services.identity.actor import Actor
from services.people.models import Person
from services.processes.models import ProcessInstance
from services.tasks.conditions import HOLD_UP_THE_ACT
from services.tasks.models import (
    UNANSWERED,
    SubTask,
    SubTaskKind,
    SubTaskState,
    TaskState,
    UserTask,
)
from services.tasks.names import KIND_NAMES
from services.tasks.preconditions import open_task

DELEGATED, SIGNING, SUBMITTED = "委派中", "加签中", "待加签确认"
Pending: TypeAlias = tuple[tuple[SubTask, str], ...]
"""The unanswered sub-tasks of a task, each with the name of who is asked."""


def unanswered(session: Session, task_id: str) -> tuple[SubTask, ...]:
    """Return the sub-tasks of a task that nobody has answered yet, the oldest first."""
    return tuple(
        session.scalars(
            select(SubTask)
            .where(SubTask.parent_id == task_id, SubTask.state.in_(UNANSWERED))
            .order_by(SubTask.id)
        )
    )


def unanswered_by_task(session: Session, task_ids: Collection[str]) -> Mapping[str, Pending]:
    """Return the unanswered sub-tasks of every task, by its id, in one statement."""
    found: dict[str, list[tuple[SubTask, str]]] = defaultdict(list)
    if task_ids:
        rows = session.execute(
            select(SubTask, Person.name)
            .join(Person, Person.id == SubTask.person_id)
            .where(SubTask.parent_id.in_(task_ids), SubTask.state.in_(UNANSWERED))
            .order_by(SubTask.id)
        )
        for row, name in rows:
            found[row.parent_id].append((row, name))
    return {task_id: tuple(found[task_id]) for task_id in task_ids}


def why_waiting(task: UserTask, pending: Pending) -> str:
    """Say for whom the assignee of a task has to wait; empty when they may act."""
    if task.state is TaskState.SUBMITTED:
        return f"已提交，待{_names(pending)}加签后生效。"
    delegates = [(row, name) for row, name in pending if row.kind is SubTaskKind.DELEGATION]
    if delegates:
        return f"已委派{_names(delegates)}办理，待其答复后由委派人办结。"
    signers = [(row, name) for row, name in pending if row.kind is SubTaskKind.SIGN_BEFORE]
    return f"正由{_names(signers)}前加签，待其答复后再办理。" if signers else ""


def label(task: UserTask, pending: Pending) -> str:
    """Return the word for a task in which others take part; empty while nobody does."""
    kinds = {row.kind for row, _ in pending}
    if task.state is TaskState.SUBMITTED:
        return SUBMITTED
    if SubTaskKind.DELEGATION in kinds:
        return DELEGATED
    return SIGNING if kinds else ""


def waits(task: UserTask, pending: Pending) -> bool:
    """Tell whether the assignee cannot go on by themselves; `waits_for_others` in SQL."""
    return task.state is TaskState.SUBMITTED or any(
        row.kind in HOLD_UP_THE_ACT for row, _ in pending
    )


def asks(actor: Actor, pending: Pending) -> bool:
    """Tell whether the actor is asked to take part now."""
    return any(
        row.person_id == actor.person_id and row.state is SubTaskState.OPEN for row, _ in pending
    )


def require_free(session: Session, task: UserTask) -> tuple[SubTask, ...]:
    """Return who is still to sign; raise `Conflict` while the assignee has to wait for them."""
    pending = unanswered_by_task(session, [task.id])[task.id]
    why = why_waiting(task, pending)
    if why:
        raise Conflict(why, "需要自行办理的，请先撤销委派、减签或者取回提交。")
    return tuple(row for row, _ in pending)


def require_alone(session: Session, task: UserTask) -> None:
    """Raise `Conflict` while anybody is asked to take part in the task."""
    if unanswered(session, task.id):
        raise Conflict(
            "该事项还有未答复的委派或者加签，不能移交他人。", "请等待答复，或者先撤销委派、减签。"
        )


def open_sub_task(
    session: Session, actor: Actor, sub_task_id: int
) -> tuple[SubTask, UserTask, ProcessInstance]:
    """Return an unanswered sub-task with its task and case, the case locked.

    Raises `NotFound`, `TaskNotOpen` (the task itself is over) or `Conflict` (already answered or
    withdrawn).
    """
    parent_id = session.scalar(select(SubTask.parent_id).where(SubTask.id == sub_task_id))
    if parent_id is None:
        raise NotFound
    task, instance = open_task(session, actor, parent_id)
    visible_instance(session, actor, instance.id)
    row = session.get_one(SubTask, sub_task_id, populate_existing=True)
    if row.state not in UNANSWERED:
        done = "答复" if row.state is SubTaskState.ANSWERED else "撤销"
        raise Conflict(
            f"该{KIND_NAMES[row.kind]}已经{done}，您的操作没有生效。",
            "请刷新页面，查看最新情况。",
        )
    return row, task, instance


def require_assignee(actor: Actor, task: UserTask) -> None:
    """Raise `Forbidden` for anybody but the assignee."""
    if task.assignee_id != actor.person_id:
        raise Forbidden


def _names(pending: Collection[tuple[SubTask, str]]) -> str:
    return "、".join(name for _, name in pending)
