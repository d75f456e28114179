"""Who may start a procedure, and about whom."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.procedure import Candidate, LaneRule, Procedure, Scope, Subject
from services.cases.options import NON_MEMBERS
from services.identity.actor import Actor
from services.people.models import Person
from services.people.queries import people_of


def subjects_for(session: Session, procedure: Procedure, actor: Actor) -> tuple[Person, ...]:
    """Return the people the actor may start a case about; empty means they may not start.

    The person concerned starts for themselves; whoever holds a starting post in a body starts for
    the people of that body, never about themselves.  A procedure that is about nobody gives the
    actor's own record as a token of permission.
    """
    own = session.get_one(Person, actor.person_id)
    found: dict[int, Person] = {}
    for lane_id in procedure.start.lanes:
        rule = procedure.lanes[lane_id]
        if rule.candidate is Candidate.SUBJECT:
            if own.status in NON_MEMBERS:
                found[own.id] = own
        elif _holds(rule, actor):
            if procedure.subject is Subject.NONE:
                found[own.id] = own
            for held in actor.posts:
                if held.post in rule.posts:
                    for person in people_of(session, held.organization_id, NON_MEMBERS):
                        if person.id != own.id:
                            found[person.id] = person
    return tuple(found.values())


def _holds(rule: LaneRule, actor: Actor) -> bool:
    return (
        rule.candidate is Candidate.POST
        and rule.scope is Scope.OWN
        and any(held.post in rule.posts for held in actor.posts)
    )
