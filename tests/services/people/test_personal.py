from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from engine.values import load_values
from services.audit.models import AuditKind, AuditRow, Book, SubjectKind
from services.bootstrap import Application
from services.demo.names import PEOPLE
from services.disclosure.purposes import MAX_GROUNDS, Purpose, Reason
from services.errors import Forbidden, Invalid, NotFound
from services.identity.actor import Actor
from services.identity.queries import load_actor
from services.people.identifiers import parse_identity_number, parse_phone
from services.people.models import Person, Post
from services.people.personal import ReadPersonalData, masked_personal_data, read_personal_data
from services.people.queries import person_page

As = Callable[[str], Actor]
REASON = Reason(Purpose.VERIFICATION, "核对入党申请人的身份")


def _reads(app: Application) -> list[AuditRow]:
    with app.database.read() as session:
        return list(session.scalars(select(AuditRow).where(AuditRow.book == Book.ACCESS)))


def test_pages_show_the_masked_data(app: Application, as_: As) -> None:
    applicant = as_("applicant")
    view = person_page(app, as_("secretary"), applicant.person_id)
    assert view.personal.identity_number.startswith("990***********")
    assert view.personal.phone.startswith("000****")
    assert "示例省示例市示例区***" == view.personal.address


@pytest.mark.parametrize("alias", ["applicant", "secretary", "organizer"])
def test_who_answers_for_the_record_reads_it_in_full(app: Application, as_: As, alias: str) -> None:
    actor, subject = as_(alias), as_("applicant").person_id
    assert person_page(app, actor, subject).may_read_personal
    data = read_personal_data(app, actor, ReadPersonalData(subject, REASON)).data
    with app.database.read() as session:
        person = session.get_one(Person, subject)
        assert (person.identity_number, person.phone, person.address) == (
            data.identity_number,
            data.phone,
            data.address,
        )


def test_each_read_is_recorded_with_its_reason(app: Application, as_: As) -> None:
    secretary, subject = as_("secretary"), as_("applicant").person_id
    masked_personal_data(app, secretary, subject)
    assert [] == _reads(app)
    read_personal_data(app, secretary, ReadPersonalData(subject, REASON))
    (row,) = _reads(app)
    assert AuditKind.SENSITIVE_READ is row.kind
    assert (SubjectKind.PERSON, str(subject)) == (row.subject_kind, row.subject_id)
    assert secretary.person_id == row.actor_id
    assert {
        "purpose": "verification",
        "grounds": "核对入党申请人的身份",
        "read": ["身份证号", "电话", "住址"],
    } == load_values(row.data)


def test_who_sees_the_person_but_keeps_no_record_may_not(app: Application, as_: As) -> None:
    subject = as_("applicant").person_id
    with app.database.read() as session:
        clerk_id = session.scalars(select(Person.id).where(Person.name == "万晓")).one()
    clerk = load_actor(app, clerk_id)
    assert Post.OFFICE_CLERK in {held.post for held in clerk.posts}
    assert not person_page(app, clerk, subject).may_read_personal
    with pytest.raises(Forbidden):
        masked_personal_data(app, clerk, subject)
    with pytest.raises(Forbidden):
        read_personal_data(app, clerk, ReadPersonalData(subject, REASON))
    assert [] == _reads(app)


def test_who_does_not_see_the_person_learns_nothing(app: Application, as_: As) -> None:
    with pytest.raises(NotFound):
        read_personal_data(
            app, as_("applicant"), ReadPersonalData(as_("secretary").person_id, REASON)
        )


@pytest.mark.parametrize(
    ("reason", "key"),
    [
        (Reason(""), "purpose"),
        (Reason("nonsense"), "purpose"),
        (Reason(Purpose.OTHER, "  "), "grounds"),
        (Reason(Purpose.CONTACT, "长" * (MAX_GROUNDS + 1)), "grounds"),
    ],
)
def test_without_a_reason_nothing_is_shown(
    app: Application, as_: As, reason: Reason, key: str
) -> None:
    me = as_("applicant")
    with pytest.raises(Invalid) as refused:
        read_personal_data(app, me, ReadPersonalData(me.person_id, reason))
    assert [key] == list(refused.value.errors)
    assert [] == _reads(app)


def test_sample_data_cannot_be_anybodys(app: Application) -> None:
    with app.database.read() as session:
        people = session.scalars(select(Person)).all()
    assert len(PEOPLE) == len(people)
    for person in people:
        assert person.is_sample
        number = parse_identity_number(person.identity_number or "")
        assert not number.is_area_known
        assert (person.born_on, person.sex) == (number.born_on, number.sex)
        assert parse_phone(person.phone or "").startswith("000")
        assert (person.address or "").startswith("示例省")
    assert len(people) == len({person.identity_number for person in people})
