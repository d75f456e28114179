from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from services.audit.models import EntryKind
from services.cases import pages
from services.errors import Conflict, Forbidden, NotFound
from services.people.commands import end_appointment
from services.people.models import Appointment
from services.tasks.commands import claim
from services.tasks.models import SubTaskKind
from services.tasks.urge import INTERVAL, UrgeTask, urge_task
from tests.services.cases.rivals import outcomes_of, together
from tests.services.tasks.acting import entry_of, kinds, notices, sign, task_id
from tests.world import World


def urge(world: World, alias: str, element: str = "talk", words: str = "请抓紧。") -> None:
    urge_task(world.app, world.actor(alias), UrgeTask(task_id(world, element), words))


def test_everyone_who_may_take_it_is_reminded(world: World) -> None:
    world.start()
    urge(world, "applicant")
    for alias in ("secretary", "deputy_secretary"):
        assert notices(world, alias) == ["催办：派人谈话"]
    assert notices(world, "organizer") == []
    entry, data = entry_of(world, EntryKind.TASK_URGED)
    assert entry.actor_id == world.people["applicant"]
    assert data["people"] == [world.people["secretary"], world.people["deputy_secretary"]]
    view = pages.case(world.app, world.actor("applicant"), world.case_id)
    assert view.journal[-1].text == "派人谈话；催办陈启明、周文静；请抓紧。"
    assert view.history[-1].kind == "发起", "a reminder is no step of the story"


def test_only_the_holder_and_who_is_asked_are_reminded(world: World) -> None:
    world.start()
    claim(world.app, world.actor("secretary"), task_id(world))
    sign(world, SubTaskKind.SIGN_BEFORE, "secretary", "organizer")
    urge(world, "committee_secretary")
    assert notices(world, "secretary") == ["催办：派人谈话"]
    assert notices(world, "organizer") == ["前加签：派人谈话", "催办：派人谈话"]
    assert notices(world, "deputy_secretary") == []


def test_once_in_a_day_per_task(world: World) -> None:
    world.start()
    urge(world, "applicant")
    world.clock.advance(INTERVAL - timedelta(seconds=1))
    with pytest.raises(Conflict, match="2026-06-01 09:00"):
        urge(world, "committee_secretary")
    world.clock.advance(timedelta(seconds=1))
    urge(world, "committee_secretary")
    assert kinds(world).count(EntryKind.TASK_URGED) == 2


def test_two_urge_at_once_and_one_notice_goes_out(world: World) -> None:
    world.start()
    answers = together(
        [lambda: urge(world, "applicant"), lambda: urge(world, "committee_secretary")]
    )
    assert outcomes_of(answers) == {"NoneType": 1, "Conflict": 1}
    assert notices(world, "secretary") == ["催办：派人谈话"]


@pytest.mark.parametrize("alias", ["organizer", "deputy_secretary", "discipline_commissioner"])
def test_colleagues_in_the_same_body_do_not_urge(world: World, alias: str) -> None:
    world.start()
    with pytest.raises(Forbidden):
        urge(world, alias)


def test_who_may_not_see_the_case_learns_nothing(world: World) -> None:
    world.start()
    with pytest.raises(NotFound):
        urge(world, "new_branch_secretary")


def test_a_body_does_not_urge_the_one_above(world: World) -> None:
    world.until("file_activist")
    with pytest.raises(Forbidden):
        urge(world, "organizer", "file_activist")


def test_the_page_offers_it_to_those_who_may(world: World) -> None:
    world.start()

    def offered(alias: str) -> bool:
        view = pages.task(world.app, world.actor(alias), task_id(world))
        return view.operations.may_urge

    assert [offered(a) for a in ("applicant", "committee_secretary", "secretary", "organizer")] == [
        True,
        True,
        False,
        False,
    ]
    urge(world, "applicant")
    assert not offered("committee_secretary")


def test_that_nobody_is_there_to_be_urged_is_said(world: World) -> None:
    world.start()
    with world.app.database.write() as session:
        for row in session.scalars(select(Appointment)):
            end_appointment(session, row.id, date(2026, 5, 31))
    with pytest.raises(Conflict, match="没有可以催办的办理人"):
        urge(world, "applicant")
    assert kinds(world) == [EntryKind.CASE_STARTED]
