"""Who is acting: a person with the posts they hold today."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.bootstrap import Application
from services.errors import NotFound
from services.identity.actor import Actor, HeldPost
from services.organizations.models import Organization
from services.people.models import Appointment, Person
from services.people.queries import held_on


def load_actor(app: Application, person_id: int) -> Actor:
    """Return a person with the posts held today, the longest held first; raises `NotFound`."""
    with app.database.read() as session:
        return actor_on(session, person_id, app.clock.now().date())


def actor_on(session: Session, person_id: int, on: date) -> Actor:
    """Return a person with the posts held on a day, the longest held first; raises `NotFound`.

    Takes two statements.
    """
    found = session.execute(
        select(Person, Organization.short_name)
        .join(Organization, Organization.id == Person.organization_id)
        .where(Person.id == person_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    person, home = found
    posts = session.execute(
        select(Appointment.post, Organization.id, Organization.short_name, Organization.path)
        .join(Organization, Organization.id == Appointment.organization_id)
        .where(Appointment.person_id == person_id, held_on(on))
        .order_by(Appointment.starts_on, Appointment.id)
    )
    return Actor(
        person_id=person.id,
        name=person.name,
        organization_id=person.organization_id,
        organization_name=home,
        posts=tuple(HeldPost(body, name, path, post) for post, body, name, path in posts),
        status=person.status,
    )
