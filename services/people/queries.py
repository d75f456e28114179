"""Reading people: who holds a post, who belongs to a body, and the page of a person."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, ScalarSelect, or_, select
from sqlalchemy.orm import Session, aliased

from services.bootstrap import Application
from services.disclosure.access import as_record_keeper
from services.errors import NotFound
from services.identity.actor import POST_NAMES, Actor
from services.organizations.models import Organization
from services.people.masking import PersonalData, masked
from services.people.models import Appointment, Membership, Person, PoliticalStatus, Post
from services.people.names import (
    LEAVING_NAMES,
    PERSON_KIND_NAMES,
    STATUS_NAMES,
    VOTING_NAMES,
)


@dataclass(frozen=True, slots=True)
class AppointmentView:
    """A post of a person; `ends_on` is None while it is held."""

    id: int
    organization_id: int
    organization_name: str
    post_name: str
    starts_on: date
    ends_on: date | None
    document_number: str
    end_document: str
    is_held: bool


@dataclass(frozen=True, slots=True)
class MembershipView:
    """A period in which a person belonged to a body; `ends_on` is the day it no longer holds."""

    organization_id: int
    organization_name: str
    starts_on: date | None
    start_document: str
    ends_on: date | None
    end_document: str
    reason: str


@dataclass(frozen=True, slots=True)
class PersonView:
    """The page of a person; `voting_right` is empty for everybody but full members.

    `left_on` is the day from which they belong to no body; `memberships` begin with the latest.
    `personal` is masked; `may_read_personal` tells whether the actor may read it in full.
    """

    id: int
    name: str
    sex: str
    born_on: date
    kind_name: str
    occupation: str
    employer_name: str
    organization_id: int
    organization_name: str
    left_on: date | None
    status: PoliticalStatus
    status_name: str
    status_since: date | None
    voting_right: str
    is_sample: bool
    personal: PersonalData
    may_read_personal: bool
    appointments: tuple[AppointmentView, ...]
    memberships: tuple[MembershipView, ...]


def held_on(day: date) -> ColumnElement[bool]:
    """SQL: the `Appointment` of the enclosing query is in force on the day (both ends count)."""
    return (Appointment.starts_on <= day) & or_(
        Appointment.ends_on.is_(None), Appointment.ends_on >= day
    )


def holders(
    session: Session, organization_id: int | ScalarSelect[int], posts: Collection[Post], on: date
) -> tuple[Person, ...]:
    """Return who holds any of the posts in a body on the day, each person once, by seniority."""
    rows = session.execute(
        select(Person, Appointment.starts_on)
        .join(Appointment, Appointment.person_id == Person.id)
        .where(
            Appointment.organization_id == organization_id,
            Appointment.post.in_(posts),
            held_on(on),
        )
        .order_by(Appointment.starts_on, Appointment.id)
    )
    return tuple({person.id: person for person, _ in rows}.values())


def people_of(
    session: Session, organization_id: int, statuses: Sequence[PoliticalStatus] | None = None
) -> tuple[Person, ...]:
    """Return the people who belong to a body today, of the given statuses or of all."""
    query = (
        select(Person)
        .where(Person.organization_id == organization_id, Person.left_on.is_(None))
        .order_by(Person.id)
    )
    if statuses is not None:
        query = query.where(Person.status.in_(statuses))
    return tuple(session.scalars(query))


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """SQL: the actor may see the `Person` of the enclosing query (joined with `Organization`).

    Oneself; the people of bodies in which, or above which, one holds a post; and, for a post in an
    organisation department, the people of the bodies linked to it and of those below them.
    """
    if not actor.posts:
        return Person.id == actor.person_id
    linked, below = aliased(Organization), aliased(Organization)
    # Asks nothing of the enclosing query, so that it is answered once and not for every person.
    through_departments = (
        select(below.id)
        .join(linked, below.path.like(linked.path + "%"))
        .where(linked.department_id.in_({held.organization_id for held in actor.posts}))
    )
    return or_(
        Person.id == actor.person_id,
        *(
            Organization.path.startswith(path, autoescape=True)
            for path in sorted({held.organization_path for held in actor.posts})
        ),
        Organization.id.in_(through_departments),
    )


def person_page(app: Application, actor: Actor, person_id: int) -> PersonView:
    """Return the page of a person; `NotFound` also when the actor may not see them."""
    today = app.clock.now().date()
    with app.database.read() as session:
        found = session.execute(
            select(Person, Organization, visible_to(as_record_keeper(actor)))
            .join(Organization, Organization.id == Person.organization_id)
            .where(Person.id == person_id, visible_to(actor))
        ).one_or_none()
        if found is None:
            raise NotFound
        person, organization, may_read = found
        status = person.status
        return PersonView(
            id=person.id,
            name=person.name,
            sex=person.sex,
            born_on=person.born_on,
            kind_name=PERSON_KIND_NAMES[person.kind],
            occupation=person.occupation,
            employer_name=_employer(session, person),
            organization_id=organization.id,
            organization_name=organization.name,
            left_on=person.left_on,
            status=status,
            status_name=STATUS_NAMES[status],
            status_since=person.status_since,
            voting_right=(
                VOTING_NAMES[person.voting_right] if status is PoliticalStatus.FULL else ""
            ),
            is_sample=person.is_sample,
            personal=masked(person),
            may_read_personal=bool(may_read),
            appointments=_appointments(session, person_id, today),
            memberships=_memberships(session, person_id),
        )


def _employer(session: Session, person: Person) -> str:
    if person.employer_id is None:
        return ""
    return session.get_one(Organization, person.employer_id).name


def _memberships(session: Session, person_id: int) -> tuple[MembershipView, ...]:
    rows = session.execute(
        select(Membership, Organization.name)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(Membership.person_id == person_id)
        .order_by(Membership.id.desc())
    )
    return tuple(
        MembershipView(
            organization_id=row.organization_id,
            organization_name=name,
            starts_on=row.starts_on,
            start_document=row.start_document,
            ends_on=row.ends_on,
            end_document=row.end_document,
            reason=LEAVING_NAMES[row.reason] if row.reason is not None else "",
        )
        for row, name in rows
    )


def _appointments(session: Session, person_id: int, on: date) -> tuple[AppointmentView, ...]:
    rows = session.execute(
        select(Appointment, Organization, held_on(on))
        .join(Organization, Organization.id == Appointment.organization_id)
        .where(Appointment.person_id == person_id)
        .order_by(Appointment.starts_on.desc(), Appointment.id)
    )
    return tuple(
        AppointmentView(
            id=appointment.id,
            organization_id=organization.id,
            organization_name=organization.name,
            post_name=POST_NAMES[appointment.post],
            starts_on=appointment.starts_on,
            ends_on=appointment.ends_on,
            document_number=appointment.document_number,
            end_document=appointment.end_document,
            is_held=bool(is_held),
        )
        for appointment, organization, is_held in rows
    )
