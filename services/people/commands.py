"""Entering people, appointing them to posts, and keeping the register of members up to date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.encryption.columns import is_one_of
from services.errors import Invalid, NotFound
from services.organizations.models import Organization, OrganizationKind
from services.people.identifiers import parse_identity_number, parse_phone
from services.people.models import Appointment, Person, PoliticalStatus, Post, VotingRight
from services.people.pinyin import readings

HOME_KINDS = frozenset(
    {OrganizationKind.GENERAL_BRANCH, OrganizationKind.BRANCH, OrganizationKind.JOINT_BRANCH}
)
"""Bodies a person can belong to; a temporary branch takes no transfer of membership."""


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to be entered; `organization_id` is the branch they belong to."""

    name: str
    sex: str
    born_on: date
    organization_id: int
    status: PoliticalStatus
    status_since: date | None = None
    occupation: str = "律师"
    voting_right: VotingRight = VotingRight.FULL
    is_sample: bool = False
    identity_number: str | None = None
    phone: str | None = None
    address: str | None = None


def register_person(session: Session, new: NewPerson) -> Person:
    """Enter a person, with pinyin for search; raises `Invalid`.

    An identity number has a right check digit and belongs to one person only.
    """
    row = Person(
        name=new.name,
        pinyin=readings(new.name),
        sex=new.sex,
        born_on=new.born_on,
        occupation=new.occupation,
        organization_id=new.organization_id,
        status=new.status,
        status_since=new.status_since,
        voting_right=new.voting_right,
        is_sample=new.is_sample,
        identity_number=_free_identity_number(session, new.identity_number),
        phone=parse_phone(new.phone) if new.phone else None,
        address=new.address or None,
    )
    session.add(row)
    session.flush()
    return row


def appoint(
    session: Session, person_id: int, organization_id: int, post: Post, starts_on: date
) -> Appointment:
    """Record that a person takes up a post; raises `Invalid` when they hold it already."""
    held = session.scalar(
        select(Appointment.id).where(
            Appointment.person_id == person_id,
            Appointment.organization_id == organization_id,
            Appointment.post == post,
            Appointment.ends_on.is_(None),
        )
    )
    if held is not None:
        raise Invalid("该同志已担任此职务。", "请核对任职记录；职务有变动的，请先办理免职。")
    row = Appointment(
        person_id=person_id, organization_id=organization_id, post=post, starts_on=starts_on
    )
    session.add(row)
    session.flush()
    return row


def end_appointment(session: Session, appointment_id: int, ends_on: date) -> None:
    """Record the last day of an appointment; the row stays as history."""
    row = session.get(Appointment, appointment_id)
    if row is None:
        raise NotFound
    if row.ends_on is not None:
        raise Invalid("该任职已经终止。", "请刷新页面，核对任职记录。")
    if ends_on < row.starts_on:
        raise Invalid(errors={"ends_on": "免职日期不能早于任职日期。"})
    row.ends_on = ends_on
    session.flush()


def set_status(session: Session, person_id: int, status: PoliticalStatus, on: date) -> None:
    """Record that a person's political status changed, and on which day (date of the act)."""
    person = _get(session, person_id)
    person.status = status
    person.status_since = on
    session.flush()


def move(session: Session, person_id: int, organization_id: int) -> None:
    """Record that a person now belongs to another branch; status and its date go on unchanged.

    Raises `Invalid` when the body is not a branch that can take members.
    """
    person = _get(session, person_id)
    target = session.get(Organization, organization_id)
    if target is None:
        raise NotFound
    if target.kind not in HOME_KINDS:
        raise Invalid(
            f"“{target.name}”不能接收组织关系。", "请选择接收人员的党支部、联合党支部或党总支。"
        )
    person.organization_id = target.id
    session.flush()


def _free_identity_number(session: Session, text: str | None) -> str | None:
    if not text:
        return None
    number = parse_identity_number(text).text
    taken = is_one_of(session, Person.identity_number_hmac, [number])
    if session.scalar(select(Person.id).where(taken).limit(1)) is not None:
        raise Invalid(errors={"identity_number": "该身份证号已登记在另一名同志名下。"})
    return number


def _get(session: Session, person_id: int) -> Person:
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound
    return person
