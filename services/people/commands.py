"""Writing the register of people: what every change does to its rows.

These functions work in the transaction of the caller and ask nobody for permission; who may do it,
what moves along and the journal are for `services.people.administration`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from services.basis import Basis
from services.encryption.columns import is_one_of
from services.errors import Conflict, Invalid, NotFound
from services.identity.actor import POST_NAMES
from services.organizations.commands import in_force
from services.organizations.models import Organization, OrganizationKind
from services.organizations.rules import require_home, require_members, require_post
from services.people.identifiers import parse_identity_number, parse_phone
from services.people.models import (
    Appointment,
    LeavingReason,
    Membership,
    Person,
    PersonKind,
    PoliticalStatus,
    Post,
    VotingRight,
)
from services.people.search import enter_keys
from services.tasks.staffing_job import review_on

MAX_NAME = 40


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person to be entered; `organization_id` is the branch they belong to.

    `belongs_since` and `document_number` say since when and by which paper, where it is known;
    `employer_id` is the law firm they work for.
    """

    name: str
    sex: str
    born_on: date
    organization_id: int
    status: PoliticalStatus
    status_since: date | None = None
    kind: PersonKind = PersonKind.LAWYER
    occupation: str = "律师"
    employer_id: int | None = None
    voting_right: VotingRight = VotingRight.FULL
    belongs_since: date | None = None
    document_number: str = ""
    is_sample: bool = False
    identity_number: str | None = None
    phone: str | None = None
    address: str | None = None


def register_person(session: Session, new: NewPerson) -> Person:
    """Enter a person, with the keys of search; raises `Invalid`, `Conflict`, `NotFound`.

    An identity number has a right check digit and belongs to one person only.
    """
    name = new.name.strip()
    if not name or len(name) > MAX_NAME:
        raise Invalid(errors={"name": f"姓名应为1至{MAX_NAME}个字。"})
    home = in_force(session, new.organization_id)
    require_home(home.kind, home.name)
    _firm(session, new.employer_id)
    row = Person(
        name=name,
        sex=new.sex,
        born_on=new.born_on,
        kind=new.kind,
        occupation=new.occupation,
        employer_id=new.employer_id,
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
    enter_keys(session, {row.id: name})
    session.add(
        Membership(
            person_id=row.id,
            organization_id=new.organization_id,
            starts_on=new.belongs_since,
            start_document=new.document_number,
        )
    )
    session.flush()
    return row


def appoint(
    session: Session,
    person_id: int,
    organization_id: int,
    post: Post,
    starts_on: date,
    document_number: str = "",
) -> Appointment:
    """Record that a person takes up a post.

    Raises `Invalid` when they hold it already or a body of the kind has no such post, `Conflict`
    when the body has ended or the person has left.
    """
    person = present(session, person_id)
    body = in_force(session, organization_id)
    require_post(body.kind, body.name, post, POST_NAMES[post])
    held = session.scalar(
        select(Appointment.id).where(
            Appointment.person_id == person.id,
            Appointment.organization_id == organization_id,
            Appointment.post == post,
            Appointment.ends_on.is_(None) | (Appointment.ends_on >= starts_on),
        )
    )
    if held is not None:
        raise Invalid("该同志已担任此职务。", "请核对任职记录；职务有变动的，请先办理免职。")
    row = Appointment(
        person_id=person_id,
        organization_id=organization_id,
        post=post,
        starts_on=starts_on,
        document_number=document_number,
    )
    session.add(row)
    session.flush()
    review_on(session, starts_on)
    return row


def end_appointment(
    session: Session, appointment_id: int, ends_on: date, document_number: str = ""
) -> Appointment:
    """Record the last day of an appointment; the row stays as history."""
    row = session.get(Appointment, appointment_id, with_for_update=True)
    if row is None:
        raise NotFound
    if row.ends_on is not None:
        raise Invalid("该任职已经终止。", "请刷新页面，核对任职记录。")
    if ends_on < row.starts_on:
        raise Invalid(errors={"ends_on": "免职日期不能早于任职日期。"})
    row.ends_on = ends_on
    row.end_document = document_number
    session.flush()
    review_on(session, ends_on + timedelta(days=1))
    return row


def set_status(session: Session, person_id: int, status: PoliticalStatus, on: date) -> None:
    """Record that a person's political status changed, and on which day (date of the act).

    One statement, for it runs within a step of a case; raises `NotFound`.
    """
    changed = (
        update(Person)
        .where(Person.id == person_id)
        .values(status=status, status_since=on)
        .returning(Person.id)
    )
    if session.scalars(changed).one_or_none() is None:
        raise NotFound


def move(
    session: Session, person_id: int, organization_id: int, on: date, document_number: str = ""
) -> None:
    """Record that a person belongs to another branch from a day on; status and its date go on.

    Raises `Invalid` when the body is not a branch that can take members, or the day lies before
    the present membership began; `Conflict` when the body has ended or the person has left.
    """
    person = present(session, person_id)
    target = in_force(session, organization_id)
    require_members(target.kind, target.name)
    if target.id == person.organization_id:
        return
    _end_membership(session, person, on, document_number)
    person.organization_id = target.id
    session.add(
        Membership(
            person_id=person.id,
            organization_id=target.id,
            starts_on=on,
            start_document=document_number,
        )
    )
    session.flush()


def employ(session: Session, person_id: int, employer_id: int | None) -> Organization | None:
    """Record the law firm a person works for, and return it; raises `Invalid`, `Conflict`."""
    person = present(session, person_id)
    firm = _firm(session, employer_id)
    person.employer_id = employer_id
    session.flush()
    return firm


def leave(session: Session, person_id: int, reason: LeavingReason, basis: Basis) -> None:
    """Record that a person belongs to no body any more; their posts end the day before."""
    person = present(session, person_id)
    row = _end_membership(session, person, basis.acted_on, basis.document_number)
    row.reason = reason
    person.left_on = basis.acted_on
    end_posts(session, Appointment.person_id == person.id, basis)


def readmit(
    session: Session, person_id: int, organization_id: int, status: PoliticalStatus, basis: Basis
) -> None:
    """Record that somebody who had left belongs to a body again; raises `Invalid`, `Conflict`."""
    person = _get(session, person_id)
    if person.left_on is None:
        raise Conflict(f"{person.name}仍在名册中。", "组织关系有变动的，请办理转接。")
    if basis.acted_on < person.left_on:
        raise Invalid(errors={"acted_on": f"日期不能早于离开的日期（{person.left_on}）。"})
    target = in_force(session, organization_id)
    require_members(target.kind, target.name)
    person.left_on = None
    person.organization_id = target.id
    if status is not person.status:
        person.status, person.status_since = status, basis.acted_on
    session.add(
        Membership(
            person_id=person.id,
            organization_id=target.id,
            starts_on=basis.acted_on,
            start_document=basis.document_number,
        )
    )
    session.flush()


def end_posts(session: Session, which: ColumnElement[bool], basis: Basis) -> None:
    """End all appointments that still run, the day before the act."""
    last = basis.acted_on - timedelta(days=1)
    rows = session.scalars(
        select(Appointment).where(
            which, Appointment.ends_on.is_(None) | (Appointment.ends_on > last)
        )
    )
    for row in rows:
        row.ends_on = last
        row.end_document = basis.document_number
    session.flush()
    review_on(session, basis.acted_on)


def present(session: Session, person_id: int) -> Person:
    """Return a person who has not left; raises `NotFound`, `Conflict`."""
    person = _get(session, person_id)
    if person.left_on is not None:
        raise Conflict(f"{person.name}已不在名册中。", "请核对人员；重新转入的，请先办理恢复。")
    return person


def _end_membership(session: Session, person: Person, on: date, document_number: str) -> Membership:
    row = session.scalars(
        select(Membership)
        .where(Membership.person_id == person.id, Membership.ends_on.is_(None))
        .with_for_update()
    ).one()
    if row.starts_on is not None and on < row.starts_on:
        raise Invalid(errors={"acted_on": f"日期不能早于转入现组织的日期（{row.starts_on}）。"})
    row.ends_on = on
    row.end_document = document_number
    return row


def _firm(session: Session, employer_id: int | None) -> Organization | None:
    if employer_id is None:
        return None
    firm = session.get(Organization, employer_id)
    is_firm = firm is not None and firm.kind is OrganizationKind.LAW_FIRM
    if firm is None or not is_firm or firm.dissolved_on is not None:
        raise Invalid(errors={"employer_id": "请选择名册中的律师事务所。"})
    return firm


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
