"""Who may start a procedure, and about whom."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy.orm import Session

from engine.procedure import Candidate, Post, Procedure, Scope, Subject
from services.cases.options import NON_MEMBERS
from services.identity.actor import Actor, HeldPost
from services.people.models import Person
from services.people.queries import holders, people_of


def subjects_for(
    session: Session, procedure: Procedure, actor: Actor, on: date
) -> tuple[Person, ...]:
    """Return the people the actor may start a case about; empty means they may not start.

    The person concerned starts for themselves; whoever holds a starting post in a body starts for
    the people of that body, never about themselves.  A procedure that is about nobody gives the
    actor's own record as a token of permission.
    """
    own = session.get_one(Person, actor.person_id)
    found: dict[int, Person] = {}
    for lane_id in procedure.start.lanes:
        if procedure.lanes[lane_id].candidate is Candidate.SUBJECT:
            if own.status in NON_MEMBERS and own.left_on is None:
                found[own.id] = own
            continue
        posts = _posts_of_starter(session, procedure, lane_id, actor, on)
        for body in dict.fromkeys(held.organization_id for held in posts):
            if procedure.subject is Subject.NONE:
                found[own.id] = own
            for person in people_of(session, body, NON_MEMBERS):
                if person.id != own.id:
                    found[person.id] = person
    return tuple(found.values())


def starting_posts(
    session: Session, procedure: Procedure, actor: Actor, on: date
) -> tuple[HeldPost, ...]:
    """Return the posts by which the actor may start the procedure, the longest held first."""
    found = {
        held
        for lane_id in procedure.start.lanes
        for held in _posts_of_starter(session, procedure, lane_id, actor, on)
    }
    return tuple(held for held in actor.posts if held in found)


def _posts_of_starter(
    session: Session, procedure: Procedure, lane_id: str, actor: Actor, on: date
) -> tuple[HeldPost, ...]:
    """Return the actor's posts that are posts of the lane, or of its fallback."""
    wanted = {
        body: _starting_posts(session, procedure, lane_id, body, on)
        for body in dict.fromkeys(held.organization_id for held in actor.posts)
    }
    return tuple(held for held in actor.posts if held.post in wanted[held.organization_id])


def _starting_posts(
    session: Session, procedure: Procedure, lane_id: str, body: int, on: date
) -> Collection[str]:
    """Return the posts of the lane; of its fallback inside the body while nobody holds them."""
    seen: set[str] = set()
    while lane_id and lane_id not in seen:
        seen.add(lane_id)
        rule = procedure.lanes[lane_id]
        if rule.candidate is not Candidate.POST or rule.scope is not Scope.OWN:
            break
        if holders(session, body, [Post(post) for post in rule.posts], on):
            return rule.posts
        lane_id = rule.fallback or ""
    return ()
