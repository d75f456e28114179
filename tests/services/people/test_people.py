"""Holders of posts, the register, and who sees whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.bootstrap import Application
from services.demo.names import APPOINTED_ON
from services.demo.world import cast
from services.errors import Invalid, NotFound
from services.identity.actor import Actor
from services.organizations.models import Organization
from services.people.commands import appoint, end_appointment, move, set_status
from services.people.models import Appointment, Person, PoliticalStatus, Post, VotingRight
from services.people.pinyin import readings
from services.people.queries import holders, people_of, person_page, search

TODAY = date(2026, 6, 1)


def body(session: Session, code: str) -> int:
    return session.scalars(select(Organization.id).where(Organization.code == code)).one()


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        ("单雄", {"danxiong", "shanxiong", "chanxiong", "dx", "sx", "cx", "xiong", "x"}),
        ("欧阳明", {"ouyangming", "oym", "ming", "m"}),
        ("万俟", {"moqi", "mq"}),
        ("吕", {"lv", "l"}),
    ],
)
def test_pinyin_knows_every_reading_of_the_surname(name: str, tokens: set[str]) -> None:
    assert tokens <= set(readings(name).split())


def test_pinyin_fits_its_column() -> None:
    assert len(readings("单" + "雄" * 39)) <= 200


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


@pytest.mark.parametrize("text", ["", "  ", "%", "_", "enbo"])
def test_search_finds_no_wildcards_and_no_middles(
    app: Application, as_: Callable[[str], Actor], text: str
) -> None:
    assert search(app, as_("organizer"), text) == ()
