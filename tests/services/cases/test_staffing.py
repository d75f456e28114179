"""Who may do a task stays right after it has opened; what nobody can do is listed above."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from services.audit.models import EntryKind
from services.cases.designate import (
    Designate,
    arranges,
    designate,
    people_to_designate,
    unstaffed,
)
from services.cases.queries import inbox
from services.clock import FixedClock
from services.errors import Forbidden, Invalid
from services.organizations.models import ApprovalPower
from services.people.commands import appoint, end_appointment
from services.people.models import Appointment, Person, Post
from services.worker.run import run_due
from tests.world import World

TALK = {"talker": "@secretary", "talk_record": "入党动机端正。"}
RECOMMEND = {
    "recommended_by": ["members"],
    "decided_by": "committee",
    "activist_opinion": "支部委员会研究。",
}


def _resign(world: World, *aliases: str) -> None:
    """End every post these people hold, as of today."""
    with world.app.database.write() as session:
        held = session.scalars(
            select(Appointment.id).where(
                Appointment.person_id.in_([world.people[a] for a in aliases]),
                Appointment.ends_on.is_(None),
            )
        ).all()
        for appointment in held:
            end_appointment(session, appointment, world.today, "")


def _steps(world: World, alias: str) -> list[str]:
    return [item.step_name for item in inbox(world.app, world.actor(alias))[0].items]


def test_a_post_that_empties_leads_to_the_fallback(world: World, clock: FixedClock) -> None:
    world.start()
    _resign(world, "secretary", "deputy_secretary")
    assert _steps(world, "committee_organizer") == []
    clock.advance(timedelta(days=1))
    run_due(world.app)
    assert _steps(world, "committee_organizer") == ["派人谈话"]
    entry = world.journal()[-1]
    assert (entry.kind, entry.actor_id) == (EntryKind.CANDIDATES_CHANGED, None)


def test_a_post_that_is_filled_again_takes_the_task_back(world: World, clock: FixedClock) -> None:
    world.start()
    _resign(world, "secretary", "deputy_secretary")
    clock.advance(timedelta(days=1))
    run_due(world.app)
    with world.app.database.write() as session:
        branch = session.get_one(Person, world.people["member_9"]).organization_id
        appoint(session, world.people["member_9"], branch, Post.SECRETARY, world.today)
    run_due(world.app)
    assert _steps(world, "member_9") == ["派人谈话"]
    assert _steps(world, "committee_organizer") == []
    assert world.task("talk").fallback_reason == ""


def test_a_second_review_changes_nothing(world: World, clock: FixedClock) -> None:
    world.start()
    _resign(world, "secretary", "deputy_secretary")
    clock.advance(timedelta(days=1))
    run_due(world.app)
    before = len(world.journal())
    _resign(world, "organizer")
    clock.advance(timedelta(days=1))
    run_due(world.app)
    assert len(world.journal()) == before


def _to_filing_without_power(world: World) -> None:
    """The district committee is the nearest body above; 邹晓彤 keeps its register."""
    with world.app.database.write() as session:
        keeper = session.scalars(select(Person).where(Person.name == "邹晓彤")).one()
        world.people = {**world.people, "keeper": keeper.id}
        for power in session.scalars(select(ApprovalPower)):
            session.delete(power)
    world.start().complete("talk", by="secretary", data=TALK)
    world.complete("recommend_activist", by="secretary", outcome="agreed", data=RECOMMEND)


def test_what_nobody_can_do_is_listed_for_the_body_above(world: World) -> None:
    _to_filing_without_power(world)
    (item,) = unstaffed(world.app, world.actor("keeper"))
    assert item.case_id == world.case_id
    assert item.reason.endswith("指定办理人")
    assert unstaffed(world.app, world.actor("secretary")) == ()
    assert not arranges(world.actor("contact_1"))


def test_the_body_above_names_somebody(world: World) -> None:
    _to_filing_without_power(world)
    (item,) = unstaffed(world.app, world.actor("keeper"))
    above = world.actor("keeper")
    offered = {p.name: p.person_id for p in people_to_designate(world.app, above, item.task_id, "")}
    with pytest.raises(Invalid):
        designate(world.app, above, Designate(item.task_id, world.people["applicant"], "理由"))
    command = Designate(item.task_id, offered["范永康"], "由区委员会指定。")
    with pytest.raises(Forbidden):
        designate(world.app, world.actor("secretary"), command)
    designate(world.app, above, command)
    assert unstaffed(world.app, above) == ()
    assert world.rows()[-1].assignee_id == offered["范永康"]
    assert world.journal()[-1].kind == EntryKind.TASK_DESIGNATED
