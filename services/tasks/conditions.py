"""SQL conditions on the `UserTask` of the enclosing query, joined with its `ProcessInstance`."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from sqlalchemy import ColumnElement, and_, case, exists, false, null, or_, true

from services.identity.actor import Actor, HeldPost, Mandate
from services.processes.models import ProcessInstance
from services.recusal.rules import is_recused, is_subject
from services.tasks.candidates import is_named
from services.tasks.models import (
    OPEN_STATES,
    UNANSWERED,
    SubTask,
    SubTaskKind,
    TaskDraft,
    TaskState,
    UserTask,
)

KNOWN_ACTORS = 256
"""For how many actors an expression is kept: building one takes longer than asking the database.

An expression is never changed once made, so queries and threads may share it.  One takes some tens
of KiB.
"""
HOLD_UP_THE_ACT = (SubTaskKind.DELEGATION, SubTaskKind.SIGN_BEFORE)


def is_open() -> ColumnElement[bool]:
    """SQL: the task is still to be done."""
    return UserTask.state.in_(OPEN_STATES)


@lru_cache(KNOWN_ACTORS)
def may_be_taken_by(actor: Actor) -> ColumnElement[bool]:
    """SQL: the actor is the assignee, or a candidate while there is none; or stands in for such."""
    return or_(_is_own(actor), *(_is_delegated(actor, mandate) for mandate in actor.mandates))


@lru_cache(KNOWN_ACTORS)
def taken_for(actor: Actor) -> ColumnElement[int | None]:
    """SQL: whose the task is that the actor may take: 0 for themselves, or a principal's id.

    NULL where they may not.
    """
    return case(
        (_is_own(actor), 0),
        *((_is_delegated(actor, m), m.principal_id) for m in actor.mandates),
        else_=null(),
    )


def is_candidate(actor: Actor) -> ColumnElement[bool]:
    """SQL: the actor may take the task while nobody has it, for themselves or for a principal."""
    return or_(
        _may_claim(actor.person_id, actor.posts, as_person=True),
        *(
            and_(
                _may_claim(m.principal_id, m.posts, as_person=m.is_personal),
                _lets(actor, m),
            )
            for m in actor.mandates
        ),
    )


def _is_own(actor: Actor) -> ColumnElement[bool]:
    return or_(
        and_(UserTask.assignee_id == actor.person_id, ~is_recused(actor.person_id)),
        and_(
            UserTask.assignee_id.is_(None),
            _may_claim(actor.person_id, actor.posts, as_person=True),
        ),
    )


def _is_delegated(actor: Actor, mandate: Mandate) -> ColumnElement[bool]:
    """SQL: the task is the principal's, or theirs to take, and may be done by the actor."""
    bodies = [post.organization_id for post in mandate.posts]
    assigned = and_(
        UserTask.assignee_id == mandate.principal_id,
        ~is_recused(mandate.principal_id),
        or_(true() if mandate.is_personal else false(), UserTask.organization_id.in_(bodies)),
    )
    free = and_(
        UserTask.assignee_id.is_(None),
        _may_claim(mandate.principal_id, mandate.posts, as_person=mandate.is_personal),
    )
    return and_(or_(assigned, free), _lets(actor, mandate))


def _may_claim(
    person_id: int, posts: Collection[HeldPost], *, as_person: bool
) -> ColumnElement[bool]:
    return and_(is_named(person_id, posts, as_person=as_person), ~is_recused(person_id))


def _lets(actor: Actor, mandate: Mandate) -> ColumnElement[bool]:
    """SQL: the task may be done on the principal's behalf, and the agent is not kept out of it."""
    return and_(
        ~UserTask.in_person,
        true() if mandate.procedure_key is None else ProcessInstance.key == mandate.procedure_key,
        ~is_subject(actor.person_id),
        ~is_recused(actor.person_id),
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
