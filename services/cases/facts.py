"""What the register already knows, as variables of a case: nobody types it again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from engine.model import Value
from services.organizations.models import Organization, OrganizationKind
from services.people.models import Appointment, Person, PoliticalStatus, Post
from services.people.queries import held_on

_COUNTED = {
    "applicant": PoliticalStatus.APPLICANT,
    "activist": PoliticalStatus.ACTIVIST,
    "probationary_member": PoliticalStatus.PROBATIONARY,
    "full_member": PoliticalStatus.FULL,
}


def known_facts(session: Session, subject: Person | None, organization_id: int) -> dict[str, Value]:
    """Return the facts a case starts with."""
    facts = organization_facts(session, organization_id)
    if subject is not None:
        facts |= {
            "subject": str(subject.id),
            "subject_name": subject.name,
            "subject_sex": subject.sex,
            "birth_on": subject.born_on,
            "subject_occupation": subject.occupation,
        }
    return facts


def organization_facts(session: Session, organization_id: int) -> dict[str, Value]:
    """Return the facts about the body a case is with; they change when the case moves."""
    return _own_facts(session.get_one(Organization, organization_id))


def bodies(session: Session, kinds: Collection[OrganizationKind]) -> tuple[int, ...]:
    """Return the ids of the bodies in being of some kinds, in the order of their ids."""
    query = select(Organization.id).where(*_in_being(kinds)).order_by(Organization.id)
    return tuple(session.scalars(query))


def facts_of_bodies(
    session: Session, kinds: Collection[OrganizationKind], on: date
) -> Mapping[int, Mapping[str, Value]]:
    """Return, by id, what conditions may know of the bodies of some kinds (`BODY_FACTS`).

    People count for their body and for every body above it.  Three statements for any number of
    bodies.
    """
    since = (
        select(Appointment.organization_id, func.min(Appointment.starts_on))
        .where(Appointment.post == Post.SECRETARY, held_on(on))
        .group_by(Appointment.organization_id)
    )
    secretaries = {body: day for body, day in session.execute(since)}  # noqa: C416 - rows, not pairs
    counts: Counter[tuple[int, PoliticalStatus]] = Counter()
    for path, status, number in session.execute(
        select(Organization.path, Person.status, func.count())
        .join(Person, Person.organization_id == Organization.id)
        .where(Person.left_on.is_(None))
        .group_by(Organization.path, Person.status)
    ):
        for body in path.strip("/").split("/"):
            counts[int(body), status] += number
    return {
        body.id: {
            **_own_facts(body),
            "secretary_since": secretaries.get(body.id),
            **{f"{name}_count": counts[body.id, status] for name, status in _COUNTED.items()},
        }
        for body in session.scalars(select(Organization).where(*_in_being(kinds)))
    }


def _in_being(kinds: Collection[OrganizationKind]) -> tuple[ColumnElement[bool], ...]:
    return Organization.kind.in_(kinds), Organization.dissolved_on.is_(None)


def _own_facts(organization: Organization) -> dict[str, Value]:
    return {
        "organization": str(organization.id),
        "organization_name": organization.name,
        "organization_kind": str(organization.kind),
    }
