"""For whom a person may act today, by the delegations in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session, aliased

from services.delegation.models import Absence, Delegation
from services.delegation.rules import Agent
from services.identity.actor import HeldPost, Mandate
from services.organizations.models import Organization
from services.people.models import Appointment, Person
from services.people.queries import held_on

Home = aliased(Organization)


def in_force(on: date) -> ColumnElement[bool]:
    """SQL: the `Delegation` of the enclosing query holds on the day (both ends count)."""
    return and_(
        Delegation.starts_on <= on, Delegation.ends_on >= on, Delegation.revoked_at.is_(None)
    )


def is_away(on: date) -> ColumnElement[bool]:
    """SQL: the `Absence` of the enclosing query holds on the day (both ends count)."""
    return and_(Absence.starts_on <= on, Absence.ends_on >= on, Absence.canceled_at.is_(None))


def mandates_of(
    session: Session, person: Person, home_path: str, held: Sequence[HeldPost], on: date
) -> tuple[Mandate, ...]:
    """Return for whom the person may act, with the principals' posts of the day; one statement.

    What the agent is no longer entitled to (another body, membership) drops out by itself.
    """
    agent = Agent((home_path, *(post.organization_path for post in held)), person.status)
    rows = session.execute(
        select(Delegation, Person.name, Home.path, Appointment.post, Organization)
        .join(Person, Person.id == Delegation.principal_id)
        .join(Home, Home.id == Person.organization_id)
        .outerjoin(Appointment, and_(Appointment.person_id == Delegation.principal_id, held_on(on)))
        .outerjoin(Organization, Organization.id == Appointment.organization_id)
        .where(Delegation.agent_id == person.id, in_force(on))
        .order_by(Delegation.id, Appointment.starts_on, Appointment.id)
    ).all()
    mandates = []
    for delegation, group in groupby(rows, key=lambda row: row[0]):
        of_one = list(group)
        _, name, path, _, _ = of_one[0]
        posts = tuple(
            HeldPost(body.id, body.short_name, body.path, post)
            for _, _, _, post, body in of_one
            if post is not None and agent.is_of(body.path) and agent.may_hold(post)
        )
        is_personal = agent.may_act_for_people_of(path)
        if posts or is_personal:
            mandates.append(
                Mandate(
                    delegation.principal_id,
                    name,
                    delegation.procedure_key,
                    posts,
                    is_personal=is_personal,
                )
            )
    return tuple(mandates)
