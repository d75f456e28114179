"""Holders of posts, the register, and who sees whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.values import load_values
from services.audit.models import AuditKind, AuditRow, Book
from services.bootstrap import Application
from services.demo.names import APPOINTED_ON
from services.demo.world import cast
from services.errors import Invalid, NotFound
from services.identity.actor import Actor
from services.organizations.models import Organization
from services.people.commands import appoint, end_appointment, move, set_status
from services.people.listing import PersonFilter, people, search
from services.people.models import Appointment, Person, PoliticalStatus, Post, VotingRight
from services.people.queries import holders, people_of, person_page
from services.people.search import keys_of

TODAY = date(2026, 6, 1)


def body(session: Session, code: str) -> int:
    return session.scalars(select(Organization.id).where(Organization.code == code)).one()


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("单雄", {"单雄", "雄", "danxiong", "shanxiong", "chanxiong", "dx", "sx", "cx", "xiong"}),
        ("仇英", {"qiuying", "qy", "chouying", "cy"}),
        ("解放", {"xiefang", "xf", "jiefang", "jf"}),
        ("曾华", {"zenghua", "zh", "cenghua", "ch"}),
        ("尉迟恭", {"yuchigong", "ycg", "weichigong", "wcg", "迟恭"}),
        ("欧阳明", {"ouyangming", "oym", "ming"}),
        ("万俟", {"moqi", "mq"}),
        ("吕", {"lv", "l"}),
        ("Anna", {"anna", "nna"}),
    ],
)
def test_a_name_is_found_by_its_ends_and_every_reading_of_the_surname(
    name: str, tokens: set[str]
) -> None:
    assert tokens <= set(keys_of(name))


def test_keys_fit_their_column() -> None:
    assert {64} == {max(map(len, keys_of("单" + "雄" * 39)))}


def test_holders_are_those_of_the_day(app: Application) -> None:
    with app.database.write() as session:
        branch = body(session, "HN-CS-YL-XJ")
        people = cast(session)
        last = TODAY - timedelta(days=1)
        appointment = session.scalars(
            select(Appointment).where(Appointment.person_id == people["organizer"])
        ).one()
        end_appointment(session, appointment.id, last)
        posts = (Post.ORGANIZATION_COMMISSIONER,)
        assert holders(session, branch, posts, TODAY) == ()
        assert [p.name for p in holders(session, branch, posts, last)] == ["刘思齐"]
        assert holders(session, branch, posts, APPOINTED_ON - timedelta(days=1)) == ()


def test_a_person_with_two_of_the_posts_is_one_holder(app: Application) -> None:
    with app.database.write() as session:
        branch = body(session, "HN-CS-YL-XJ")
        appoint(session, cast(session)["secretary"], branch, Post.ORGANIZER, TODAY)
        found = holders(session, branch, (Post.SECRETARY, Post.ORGANIZER), TODAY)
    assert [p.name for p in found] == ["陈启明"]


def test_a_post_is_not_taken_up_twice(app: Application) -> None:
    with app.database.read() as session, pytest.raises(Invalid):
        appoint(
            session,
            cast(session)["secretary"],
            body(session, "HN-CS-YL-XJ"),
            Post.SECRETARY,
            TODAY,
        )


def test_an_appointment_ends_once_and_not_before_it_began(app: Application) -> None:
    with app.database.write() as session:
        appointment = session.scalars(select(Appointment)).first()
        assert appointment is not None
        with pytest.raises(Invalid):
            end_appointment(session, appointment.id, APPOINTED_ON - timedelta(days=1))
        end_appointment(session, appointment.id, TODAY)
        with pytest.raises(Invalid):
            end_appointment(session, appointment.id, TODAY)


def test_people_of_a_branch_by_status(app: Application) -> None:
    with app.database.read() as session:
        branch = body(session, "HN-CS-YL-XJ")
        full = people_of(session, branch, (PoliticalStatus.FULL,))
        everybody = people_of(session, branch)
    assert len(full) == 10
    assert len(everybody) == 14
    assert [p.name for p in full if p.voting_right != VotingRight.FULL] == ["龚海波"]


def test_status_changes_with_the_date_of_the_act(app: Application) -> None:
    with app.database.write() as session:
        applicant = cast(session)["applicant"]
        set_status(session, applicant, PoliticalStatus.APPLICANT, TODAY)
    with app.database.read() as session:
        person = session.get_one(Person, applicant)
    assert person.status == PoliticalStatus.APPLICANT
    assert person.status_since == TODAY


def test_moving_keeps_status_and_date(app: Application) -> None:
    with app.database.write() as session:
        applicant = cast(session)["applicant"]
        set_status(session, applicant, PoliticalStatus.ACTIVIST, TODAY)
        target = body(session, "HN-CS-YL-LS")
        move(session, applicant, target, TODAY)
    with app.database.read() as session:
        person = session.get_one(Person, applicant)
    assert (person.organization_id, person.status_since) == (target, TODAY)


@pytest.mark.parametrize("code", ["HN-CS-LS", "HN-CS", "ZZ-CS"])
def test_nobody_moves_into_a_body_that_takes_no_members(app: Application, code: str) -> None:
    with app.database.read() as session, pytest.raises(Invalid):
        move(session, cast(session)["applicant"], body(session, code), TODAY)


def test_unknown_people_and_bodies(app: Application) -> None:
    with app.database.read() as session:
        applicant = cast(session)["applicant"]
        with pytest.raises(NotFound):
            move(session, applicant, 10**6, TODAY)
        with pytest.raises(NotFound):
            set_status(session, 10**6, PoliticalStatus.FULL, TODAY)
        with pytest.raises(NotFound):
            end_appointment(session, 10**6, TODAY)


@pytest.mark.parametrize(
    "alias",
    ["applicant", "secretary", "organizer", "committee_organizer", "department_clerk"],
)
def test_who_may_see_the_applicant(
    app: Application, as_: Callable[[str], Actor], alias: str
) -> None:
    page = person_page(app, as_(alias), as_("applicant").person_id)
    assert page.name == "李一鸣"
    assert page.status is PoliticalStatus.MASSES
    assert page.voting_right == ""


@pytest.mark.parametrize("alias", ["member_7", "contact_1", "new_branch_secretary"])
def test_who_may_not_see_the_applicant(
    app: Application, as_: Callable[[str], Actor], alias: str
) -> None:
    with pytest.raises(NotFound):
        person_page(app, as_(alias), as_("applicant").person_id)
    assert search(app, as_(alias), "李一鸣") == ()


def test_the_page_of_a_secretary(app: Application, as_: Callable[[str], Actor]) -> None:
    actor = as_("secretary")
    page = person_page(app, actor, actor.person_id)
    assert page.voting_right == "有表决权"
    assert [(a.post_name, a.is_held) for a in page.appointments] == [("书记", True)]


@pytest.mark.parametrize("text", ["单", "文博", "danwenbo", "Shan Wen", "swb", "wenbo"])
def test_search_by_name_and_pinyin(
    app: Application, as_: Callable[[str], Actor], text: str
) -> None:
    assert "单文博" in [p.name for p in search(app, as_("organizer"), text)]


def test_a_whole_number_finds_the_person_and_the_search_is_recorded(
    app: Application, as_: Callable[[str], Actor]
) -> None:
    actor, number, phone = as_("secretary"), "", ""
    with app.database.read() as session:
        person = session.get_one(Person, as_("applicant").person_id)
        number, phone = person.identity_number or "", person.phone or ""
    assert [person.id] == [p.id for p in search(app, actor, f" {number.lower()} ")]
    assert [person.id] == [p.id for p in people(app, actor, PersonFilter(text=number)).items]
    assert () == search(app, actor, number[:12])
    assert person.id in [p.id for p in search(app, actor, phone)]
    with app.database.read() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.book == Book.ACCESS)).all()
        searched = [load_values(row.data)["searched"] for row in rows]
        assert ["身份证号", "身份证号", "电话"] == searched
        assert [person.id] == load_values(rows[0].data)["people"]
        assert {AuditKind.SENSITIVE_READ} == {row.kind for row in rows}
        assert not any(number.encode() in row.data for row in rows)


def test_a_number_finds_nobody_whose_record_one_does_not_keep(
    app: Application, as_: Callable[[str], Actor]
) -> None:
    with app.database.read() as session:
        number = session.get_one(Person, as_("secretary").person_id).identity_number or ""
    assert number
    assert () == search(app, as_("applicant"), number)
    assert [as_("applicant").person_id] == [p.id for p in search(app, as_("applicant"), "李一鸣")]


@pytest.mark.parametrize("text", ["", "  ", "%", "_", "enbo"])
def test_search_finds_no_wildcards_and_no_middles(
    app: Application, as_: Callable[[str], Actor], text: str
) -> None:
    assert search(app, as_("organizer"), text) == ()
