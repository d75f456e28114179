"""SQL conditions on the `UserTask` of the enclosing query, joined with its `ProcessInstance`."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, or_

from services.identity.actor import Actor
from services.tasks.candidates import is_candidate
from services.tasks.models import (
    OPEN_STATES,
    UNANSWERED,
    SubTask,
    SubTaskKind,
    TaskDraft,
    TaskState,
    UserTask,
)

HOLD_UP_THE_ACT = (SubTaskKind.DELEGATION, SubTaskKind.SIGN_BEFORE)


def is_open() -> ColumnElement[bool]:
    """SQL: the task is still to be done."""
    return UserTask.state.in_(OPEN_STATES)


def may_be_taken_by(actor: Actor) -> ColumnElement[bool]:
    """SQL: the actor is the assignee, or a candidate while there is none."""
    return or_(
        UserTask.assignee_id == actor.person_id,
        and_(UserTask.assignee_id.is_(None), is_candidate(actor)),
    )


def is_shared() -> ColumnElement[bool]:
    """SQL: somebody is asked to take part in the task and has not answered."""
    return (
        exists()
        .where(SubTask.parent_id == UserTask.id, SubTask.state.in_(UNANSWERED))
        .correlate(UserTask)
    )


def waits_for_others() -> ColumnElement[bool]:
    """SQL: the assignee cannot go on by themselves."""
    return or_(
        UserTask.state == TaskState.SUBMITTED,
        exists()
        .where(
            SubTask.parent_id == UserTask.id,
            SubTask.state.in_(UNANSWERED),
            SubTask.kind.in_(HOLD_UP_THE_ACT),
        )
        .correlate(UserTask),
    )


def has_drafts() -> ColumnElement[bool]:
    """SQL: somebody has written a draft."""
    return exists().where(TaskDraft.task_id == UserTask.id).correlate(UserTask)
