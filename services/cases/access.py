"""Who may see a case: the one place where rows are scoped."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from services.circulation.models import Circulation
from services.data_stores.models import StoreEntry
from services.errors import NotFound
from services.identity.actor import Actor
from services.organizations.models import Organization
from services.processes.models import ProcessInstance
from services.tasks.conditions import KNOWN_ACTORS, is_candidate
from services.tasks.models import SubTask, SubTaskState, TaskTransfer, UserTask


@lru_cache(KNOWN_ACTORS)
def visible_to(actor: Actor) -> ColumnElement[bool]:
    """SQL: the actor may see the `ProcessInstance` of the enclosing query.

    The person concerned; who started it, or took that over; who has or had a task in it, themselves
    or by somebody who acted for them, handed it on, or was asked to work on it or sign it; who was
    sent it to read; who has to name somebody for a task in it; and who holds a post in the case's
    body or a body above it.
    """
    people = [actor.person_id, *(mandate.principal_id for mandate in actor.mandates)]
    conditions: list[ColumnElement[bool]] = [
        ProcessInstance.subject_id == actor.person_id,
        ProcessInstance.started_by == actor.person_id,
        ProcessInstance.starter_successor_id == actor.person_id,
        exists()
        .where(
            UserTask.instance_id == ProcessInstance.id,
            or_(
                UserTask.completed_by == actor.person_id,
                UserTask.on_behalf_of == actor.person_id,
                UserTask.assignee_id.in_(people),
                UserTask.arranged_by.in_([held.organization_id for held in actor.posts]),
                is_candidate(actor),
            ),
        )
        .correlate(ProcessInstance),
        exists()
        .where(
            UserTask.instance_id == ProcessInstance.id,
            SubTask.parent_id == UserTask.id,
            SubTask.person_id == actor.person_id,
            SubTask.state != SubTaskState.WAITING,
        )
        .correlate(ProcessInstance),
        exists()
        .where(
            UserTask.instance_id == ProcessInstance.id,
            TaskTransfer.task_id == UserTask.id,
            TaskTransfer.from_id == actor.person_id,
        )
        .correlate(ProcessInstance),
        exists()
        .where(
            Circulation.instance_id == ProcessInstance.id,
            Circulation.person_id == actor.person_id,
        )
        .correlate(ProcessInstance),
    ]
    conditions += [
        exists().where(
            Organization.id == ProcessInstance.organization_id,
            Organization.path.startswith(held.organization_path, autoescape=True),
        )
        for held in actor.posts
    ]
    return or_(*conditions)


def store_entries_visible_to(actor: Actor) -> ColumnElement[bool]:
    """SQL: the actor may see the `StoreEntry` of the enclosing query.

    The person it is about, and who holds a post in the body that keeps it or a body above it.
    """
    conditions: list[ColumnElement[bool]] = [StoreEntry.key == str(actor.person_id)]
    conditions += [
        exists().where(
            Organization.id == StoreEntry.organization_id,
            Organization.path.startswith(held.organization_path, autoescape=True),
        )
        for held in actor.posts
    ]
    return or_(*conditions)


def may_see(session: Session, actor: Actor, instance: ProcessInstance) -> bool:
    """Tell whether the actor may see the case."""
    return (
        session.scalar(
            select(ProcessInstance.id).where(
                and_(ProcessInstance.id == instance.id, visible_to(actor))
            )
        )
        is not None
    )


def plainly_sees(actor: Actor, instance: ProcessInstance, path: str) -> bool:
    """Tell whether what is at hand shows already that the actor may see the case.

    `path` is that of the case's body.  Says less than `visible_to`, never more, and asks nobody.
    """
    return actor.person_id in {instance.subject_id, instance.started_by} or any(
        path.startswith(held.organization_path) for held in actor.posts
    )


def visible_instance(session: Session, actor: Actor, case_id: int) -> ProcessInstance:
    """Return the case, or `NotFound` whether it is missing or merely not the actor's to see."""
    instance = session.get(ProcessInstance, case_id)
    if instance is None or not may_see(session, actor, instance):
        raise NotFound
    return instance
