"""Bodies and people of the sample world by code and name, for tests of the registers."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from services.basis import Basis
from services.bootstrap import Application
from services.identity.actor import Actor
from services.identity.queries import load_actor
from services.organizations.models import Organization
from services.people.models import Person

TODAY = date(2026, 6, 1)
BASIS = Basis(TODAY, "示例党〔2026〕6号")

MAIN, NEIGHBOUR, JOINT = "HN-CS-YL-XJ", "HN-CS-YL-LS", "HN-CS-FR-JZ"
COUNTY, GENERAL_BRANCH, CITY, OTHER_CITY = "HN-CS-YL", "HN-CS-FR", "HN-CS", "HN-ZZ"


def body_of(app: Application, code: str) -> Organization:
    with app.database.read() as session:
        return session.scalars(select(Organization).where(Organization.code == code)).one()


def body_id(app: Application, code: str) -> int:
    return body_of(app, code).id


def person_id(app: Application, name: str) -> int:
    with app.database.read() as session:
        return session.scalars(select(Person.id).where(Person.name == name)).one()


def actor_named(app: Application, name: str) -> Actor:
    return load_actor(app, person_id(app, name))
