"""In which capacity an act on a whole case is done, as `services.tasks.identities` for tasks.

- Who acts because of a post acts in that post.
- Who acts because they are named, started the case or take part in it may act in any of their
  capacities; first comes what ties them to the body of the case.
- The person a case is about acts for themselves, in no post.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy.orm import Session

from engine.procedure import Procedure
from engine.values import load_values
from services.cases.starters import starting_posts
from services.identity.actor import Actor, Identity
from services.organizations.models import Organization
from services.people.models import Person
from services.processes.models import ProcessInstance
from services.tasks.candidates import resolve
from services.tasks.identities import tied_first
from services.tasks.models import UserTask


def of_lanes(
    session: Session,
    procedure: Procedure,
    instance: ProcessInstance,
    lanes: Iterable[str],
    actor: Actor,
    on: date,
) -> tuple[Identity, ...]:
    """Return the identities in which the actor acts in one of the lanes on that day."""
    variables = load_values(instance.variables)
    groups = {
        group
        for lane_id in lanes
        for group in resolve(session, procedure, lane_id, instance, variables, on).groups
    }
    by_post = tuple(
        held.identity for held in actor.posts if (held.organization_id, str(held.post)) in groups
    )
    return by_post or on_the_case(instance, actor)


def on_the_case(instance: ProcessInstance, actor: Actor) -> tuple[Identity, ...]:
    """Return the identities in which somebody acts who takes part in the case."""
    if actor.person_id == instance.subject_id:
        return (actor.plain,)
    return tied_first(actor, instance.organization_id)


def to_urge(
    session: Session, instance: ProcessInstance, task: UserTask, actor: Actor
) -> tuple[Identity, ...]:
    """Return the identities in which the actor urges a task: as a party to it, or from above."""
    if actor.person_id in {instance.starter_id, instance.subject_id}:
        return on_the_case(instance, actor)
    body = session.get_one(Organization, task.organization_id)
    above = tuple(
        held.identity
        for held in actor.posts
        if held.organization_id != body.id and body.path.startswith(held.organization_path)
    )
    return above or actor.identities


def to_start(
    session: Session, procedure: Procedure, actor: Actor, subject: Person | None, on: date
) -> tuple[Identity, ...]:
    """Return the identities in which the actor starts a procedure about somebody, or about nobody.

    With a subject these are the posts in the subject's body; for oneself it is no post.
    """
    if subject is not None and subject.id == actor.person_id:
        return (actor.plain,)
    held = starting_posts(session, procedure, actor, on)
    return tuple(
        post.identity
        for post in held
        if subject is None or post.organization_id == subject.organization_id
    ) or (actor.plain,)
