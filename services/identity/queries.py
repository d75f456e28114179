"""Who is acting: a person with the posts they hold today."""

from __future__ import annotations

from datetime import date

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from services.bootstrap import Application
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
    """Return a person with the posts held on a day, the longest held first; raises `NotFound`."""
    rows = session.execute(
        select(Person, Home.short_name, Appointment.post, Organization)
        .join(Home, Home.id == Person.organization_id)
        .outerjoin(Appointment, and_(Appointment.person_id == Person.id, held_on(on)))
        .outerjoin(Organization, Organization.id == Appointment.organization_id)
        .where(Person.id == person_id)
        .order_by(Appointment.starts_on, Appointment.id)
    ).all()
    if not rows:
        raise NotFound
    person, home_name, *_ = rows[0]
    return Actor(
        person_id=person_id,
        name=person.name,
        organization_id=person.organization_id,
        organization_name=home_name,
        posts=tuple(
            HeldPost(
                organization_id=body.id,
                organization_name=body.short_name,
                organization_path=body.path,
                post=post,
            )
            for *_, post, body in rows
            if body is not None
        ),
        status=person.status,
    )
