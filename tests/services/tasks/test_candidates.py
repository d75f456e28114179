from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, update

from services.cases.queries import inbox
from services.errors import Forbidden
from services.organizations.commands import grant_approval_power
from services.organizations.models import ApprovalPower, Organization
from services.organizations.queries import approver_of
from services.people.commands import appoint, end_appointment, move
from services.people.models import Appointment, Person, PoliticalStatus, Post
from tests.world import World

TALK = {"talker": "@secretary", "talk_record": "入党动机端正。"}
RECOMMEND = {
    "recommended_by": ["members"],
    "decided_by": "committee",
    "activist_opinion": "支部委员会研究。",
}


def _resign(world: World, *aliases: str) -> None:
    """End every post these people hold, yesterday."""
    with world.app.database.write() as session:
        held = session.scalars(
            select(Appointment.id).where(
                Appointment.person_id.in_([world.people[a] for a in aliases]),
                Appointment.ends_on.is_(None),
            )
        ).all()
        for appointment in held:
            end_appointment(session, appointment, date(2026, 5, 31))


def _holders(world: World) -> tuple[str, ...]:
    assert world.last is not None
    return world.last.next_steps[0].holders


def _reason(world: World) -> str:
    assert world.last is not None
    return world.last.next_steps[0].fallback_reason


def test_the_holders_of_the_post_have_the_task(world: World) -> None:
    world.start()
    assert _holders(world) == ("陈启明（书记）", "周文静（副书记）")
    assert _reason(world) == ""


def test_an_empty_post_falls_back_and_the_case_shows_why(world: World) -> None:
    _resign(world, "secretary", "deputy_secretary")
    world.start()
    assert "尹可心（组织员）" in _holders(world)
    assert _reason(world) == "“支部书记”目前无人任职，转由“上级党委”办理"
    world.complete("talk", by="committee_organizer", data=TALK).waiting_at("recommend_activist")


def test_fallbacks_follow_each_other(world: World) -> None:
    _resign(world, "secretary", "deputy_secretary", "organizer")
    world.start().complete("talk", by="committee_organizer", data=TALK)
    assert _reason(world) == (
        "“支部委员会”目前无人任职，转由“支部书记”办理；“支部书记”目前无人任职，转由“上级党委”办理"
    )


def test_a_successor_has_the_open_task_at_once(world: World) -> None:
    world.start()
    with world.app.database.write() as session:
        branch = session.get_one(Person, world.people["member_9"]).organization_id
        appoint(session, world.people["member_9"], branch, Post.DEPUTY_SECRETARY, world.today)
    world.complete("talk", by="member_9", data=TALK).waiting_at("recommend_activist")


def test_who_has_left_the_post_has_the_task_no_longer(world: World) -> None:
    world.start()
    _resign(world, "deputy_secretary")
    listing, _ = inbox(world.app, world.actor("deputy_secretary"))
    assert listing.items == ()


def test_the_subject_never_acts_on_their_own_case_by_post(world: World) -> None:
    with world.app.database.write() as session:
        branch = session.get_one(Person, world.people["applicant"]).organization_id
        appoint(session, world.people["applicant"], branch, Post.SECRETARY, world.today)
    world.start()
    assert _holders(world) == ("陈启明（书记）", "周文静（副书记）")
    with pytest.raises(Forbidden):
        world.complete("talk", by="applicant", data=TALK)
    listing, _ = inbox(world.app, world.actor("applicant"))
    assert listing.items == ()


def test_a_post_held_by_nobody_but_the_subject_is_empty(world: World) -> None:
    _resign(world, "secretary", "deputy_secretary")
    with world.app.database.write() as session:
        branch = session.get_one(Person, world.people["applicant"]).organization_id
        appoint(session, world.people["applicant"], branch, Post.SECRETARY, world.today)
    world.start()
    assert "转由“上级党委”办理" in _reason(world)
    assert "李一鸣（书记）" not in _holders(world)


def _to_filing(world: World) -> World:
    world.start().complete("talk", by="secretary", data=TALK)
    return world.complete("recommend_activist", by="secretary", outcome="agreed", data=RECOMMEND)


def test_the_body_with_the_recorded_power_files(world: World) -> None:
    _to_filing(world)
    assert "尹可心（组织员）" in _holders(world)


@pytest.mark.parametrize("ends_on", [None, date(2026, 5, 31)])
def test_without_power_in_force_the_next_body_above_files(
    world: World, ends_on: date | None
) -> None:
    with world.app.database.write() as session:
        own = session.get_one(Person, world.people["applicant"]).organization_id
        city = approver_of(session, own, world.today)
        assert city is not None
        province = session.get_one(Organization, city.parent_id)
        if ends_on is None:
            power = session.scalars(
                select(ApprovalPower).where(ApprovalPower.organization_id == city.id)
            ).one()
            session.delete(power)
        else:
            session.execute(
                update(ApprovalPower)
                .where(ApprovalPower.organization_id == city.id)
                .values(ends_on=ends_on)
            )
        if not session.scalar(
            select(ApprovalPower.id).where(ApprovalPower.organization_id == province.id)
        ):
            grant_approval_power(session, province.id, "湘律党〔2026〕1号", date(2026, 1, 1))
    _to_filing(world)
    assert set(_holders(world)) == {"韩致远（书记）", "严书慧（组织员）"}


def test_without_any_power_nothing_is_inferred(world: World) -> None:
    with world.app.database.write() as session:
        for power in session.scalars(select(ApprovalPower)):
            session.delete(power)
    _to_filing(world)
    assert _holders(world) == ()
    assert "无人任职" in _reason(world)


def test_a_body_without_an_organization_commissioner_starts_through_its_secretary(
    world: World,
) -> None:
    """The joint branch names nobody for the lane; its fallback is the secretary."""
    with world.app.database.write() as session:
        secretary = session.scalars(select(Person).where(Person.name == "邱岳")).one()
        newcomer = session.scalars(select(Person).where(Person.name == "余承志")).one()
    world.people = {**world.people, "joint_secretary": secretary.id, "newcomer": newcomer.id}
    world.start(by="joint_secretary", about="newcomer").waiting_at("talk")
    assert world.instance().subject_id == newcomer.id


def test_contacts_are_people_and_stay_so_after_a_change_of_post(world: World) -> None:
    world.until("assess_activist")
    assert _holders(world) == ("黄立群", "彭雨竹")
    with world.app.database.write() as session:
        session.get_one(Person, world.people["contact_1"]).status = PoliticalStatus.FULL
        move(session, world.people["contact_1"], world.people["new_branch"], world.today)
    listing, _ = inbox(world.app, world.actor("contact_1"))
    assert [item.step_name for item in listing.items] == ["每半年培养教育考察"]
