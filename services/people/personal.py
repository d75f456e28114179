"""Reading the personal data of a person in full, with a reason that is recorded."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.audit.models import SubjectKind
from services.bootstrap import Application
from services.disclosure.access import as_record_keeper
from services.disclosure.purposes import Reason, record_read
from services.errors import Forbidden, NotFound
from services.identity.actor import Actor
from services.organizations.models import Organization
from services.people.masking import PersonalData, masked
from services.people.models import Person
from services.people.queries import visible_to


@dataclass(frozen=True, slots=True)
class ReadPersonalData:
    """Read the personal data of a person in full."""

    person_id: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class PersonalDataView:
    """A person and their personal data, masked or in full as the query says."""

    person_id: int
    name: str
    is_sample: bool
    data: PersonalData


def masked_personal_data(app: Application, actor: Actor, person_id: int) -> PersonalDataView:
    """Return what is shown before the reason is given.

    Raises `NotFound` for who may not see the person, `Forbidden` for who may not read the data.
    """
    with app.database.read() as session:
        person = _readable(session, actor, person_id)
        return PersonalDataView(person.id, person.name, person.is_sample, masked(person))


def read_personal_data(
    app: Application, actor: Actor, command: ReadPersonalData
) -> PersonalDataView:
    """Return the data in full and record who read it and why, both or neither.

    Raises `NotFound`, `Forbidden`, or `Invalid` for a missing reason.
    """
    with app.database.write() as session:
        person = _readable(session, actor, command.person_id)
        reason = command.reason.checked()
        data = PersonalData(person.identity_number or "", person.phone or "", person.address or "")
        names = {"身份证号": data.identity_number, "电话": data.phone, "住址": data.address}
        record_read(
            session,
            actor,
            app.clock.now(),
            (SubjectKind.PERSON, person.id),
            reason,
            [name for name, text in names.items() if text],
        )
        return PersonalDataView(person.id, person.name, person.is_sample, data)


def _readable(session: Session, actor: Actor, person_id: int) -> Person:
    if _find(session, actor, person_id) is None:
        raise NotFound
    person = _find(session, as_record_keeper(actor), person_id)
    if person is None:
        raise Forbidden(
            "您没有查阅该同志完整信息的权限。",
            "本人以及所在党组织和上级党组织管理党员档案的人员可以查阅。",
        )
    return person


def _find(session: Session, actor: Actor, person_id: int) -> Person | None:
    return session.scalars(
        select(Person)
        .join(Organization, Organization.id == Person.organization_id)
        .where(Person.id == person_id, visible_to(actor))
    ).one_or_none()
