"""Who is acting: a person with the posts they hold today."""

from __future__ import annotations

from datetime import date

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session, aliased, load_only

from services.bootstrap import Application
from services.delegation.mandates import in_force, mandates_of
from services.delegation.models import Delegation
from services.errors import NotFound
from services.identity.actor import Actor, HeldPost
from services.organizations.models import Organization
from services.people.models import Appointment, Person
from services.people.queries import held_on

Home = aliased(Organization)
"""The body a person belongs to, beside those they hold posts in."""


def load_actor(app: Application, person_id: int) -> Actor:
    """Return a person with the posts held today, the longest held first; raises `NotFound`."""
    with app.database.read() as session:
        return actor_on(session, person_id, app.clock.now().date())


def actor_on(session: Session, person_id: int, on: date) -> Actor:
    """Return a person with the posts held on a day, the longest held first; raises `NotFound`.

    One statement, and one more for those somebody has delegated to.
    """
    has_mandate = exists().where(Delegation.agent_id == Person.id, in_force(on))
    rows = session.execute(
        select(Person, Home, has_mandate, Appointment.post, Organization)
        .join(Home, Home.id == Person.organization_id)
        .outerjoin(Appointment, and_(Appointment.person_id == Person.id, held_on(on)))
        .outerjoin(Organization, Organization.id == Appointment.organization_id)
        .where(Person.id == person_id)
        .order_by(Appointment.starts_on, Appointment.id)
        .options(
            # Asked at every request: what is encrypted stays closed.
            load_only(Person.name, Person.status),
            load_only(Home.short_name, Home.path),
            load_only(Organization.short_name, Organization.path),
        )
    ).all()
    if not rows:
        raise NotFound
    person, home, is_agent, *_ = rows[0]
    held = tuple(
        HeldPost(
            organization_id=body.id,
            organization_name=body.short_name,
            organization_path=body.path,
            post=post,
        )
        for *_, post, body in rows
        if body is not None
    )
    return Actor(
        person_id=person_id,
        name=person.name,
        organization_id=home.id,
        organization_name=home.short_name,
        posts=held,
        status=person.status,
        mandates=mandates_of(session, person, home.path, held, on) if is_agent else (),
    )
