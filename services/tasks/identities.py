"""In which capacity a task is done: the one place that decides which identities fit.

- A candidate through posts acts in one of these posts.
- The person a case is about acts for themselves, in no post.
- Who is named in person, or was handed the task or asked to take part, may act in any of their
  capacities; first comes what ties them to the body the task lies with.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.errors import Invalid
from services.identity.actor import Actor, Identity
from services.processes.models import ProcessInstance
from services.tasks.models import TaskCandidate, UserTask


def fitting(session: Session, actor: Actor, task: UserTask) -> tuple[Identity, ...]:
    """Return the identities in which the actor can do the task, the most sensible first."""
    instance = session.get_one(ProcessInstance, task.instance_id)
    if not actor.posts or instance.subject_id == actor.person_id:
        return (actor.plain,)
    rows = session.execute(
        select(TaskCandidate.organization_id, TaskCandidate.post).where(
            TaskCandidate.task_id == task.id
        )
    )
    asked = set(rows.tuples())
    by_post = tuple(
        held.identity for held in actor.posts if (held.organization_id, str(held.post)) in asked
    )
    return by_post or tied_first(actor, task.organization_id)


def in_fitting_identity(session: Session, actor: Actor, task: UserTask) -> Actor:
    """Return the actor in the identity chosen for the task, or the most sensible one.

    Raises `Invalid` when the chosen one does not fit, or is no longer the actor's.
    """
    if actor.acting_for is not None:
        return actor  # in the principal's name, whatever posts the agent holds
    if not actor.chosen and _has_only_a_post_there(session, actor, task):
        return actor.choosing(actor.posts[0].identity.key)
    return in_one_of(actor, fitting(session, actor, task))


def in_one_of(actor: Actor, identities: Sequence[Identity]) -> Actor:
    """Return the actor in the identity they have chosen among these, else in the first.

    Raises `Invalid` when the chosen one is not among them.
    """
    if not actor.chosen:
        return actor.choosing(identities[0].key)
    if all(identity.key != actor.chosen for identity in identities):
        message = "不能以所选的身份办理本事项。"
        raise Invalid(message, "请在列出的身份中选择。", errors={"identity": message})
    return actor


def _has_only_a_post_there(session: Session, actor: Actor, task: UserTask) -> bool:
    """Tell whether there is nothing to decide, so that the usual case costs no statement."""
    held = [post.organization_id for post in actor.posts]
    subject_id = session.get_one(ProcessInstance, task.instance_id).subject_id
    return held == [task.organization_id] and subject_id != actor.person_id


def tied_first(actor: Actor, organization_id: int) -> tuple[Identity, ...]:
    """Return all identities: posts in the body first, then belonging to it, then the rest."""
    own = [held.identity for held in actor.posts if held.organization_id == organization_id]
    if actor.organization_id == organization_id:
        own.append(actor.plain)
    return (*own, *(identity for identity in actor.identities if identity not in own))
