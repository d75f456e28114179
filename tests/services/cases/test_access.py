from __future__ import annotations

import pytest

from services.cases import pages
from services.cases.queries import inbox
from services.demo.names import CAST_NAMES
from services.errors import NotFound
from tests.world import World

ABOVE_AND_INSIDE = {
    "applicant",
    "organizer",
    "secretary",
    "deputy_secretary",
    "discipline_commissioner",
    "committee_organizer",
    "committee_secretary",
    "member_1",
    "member_2",
    "member_3",
    "member_4",
}
"""Who the case is about, and who holds a post in the branch or in a body above it."""


def _sees(world: World, alias: str) -> bool:
    task_id = world.rows()[0].id
    answers = []
    for read in (
        lambda: pages.case(world.app, world.actor(alias), world.case_id),
        lambda: pages.task(world.app, world.actor(alias), task_id),
        lambda: pages.visible_components(world.app, world.actor(alias), task_id, {}),
    ):
        try:
            read()
        except NotFound:
            answers.append(False)
        else:
            answers.append(True)
    assert len(set(answers)) == 1, f"{alias} sees one page and not the other"
    return answers[0]


def test_at_the_start_only_who_has_to_do_with_the_case_sees_it(world: World) -> None:
    world.start()
    assert {alias for alias in CAST_NAMES if _sees(world, alias)} == ABOVE_AND_INSIDE


def test_having_had_a_task_gives_sight_for_good(world: World) -> None:
    world.until("assess_activist")
    assert {alias for alias in CAST_NAMES if _sees(world, alias)} - ABOVE_AND_INSIDE == {
        "contact_1",
        "contact_2",
        "member_5",
        "member_6",
    }


def test_the_department_sees_the_case_once_it_has_a_task(admitted: World) -> None:
    assert _sees(admitted, "department_clerk")
    assert not _sees(admitted, "new_branch_secretary")


@pytest.mark.parametrize("alias", ["new_branch_organizer", "new_branch_secretary", "member_9"])
def test_a_stranger_has_an_empty_inbox(world: World, alias: str) -> None:
    world.start()
    listing, counts = inbox(world.app, world.actor(alias))
    assert listing.items == ()
    assert counts.total == 0


def test_cases_and_tasks_that_do_not_exist_look_the_same(world: World) -> None:
    world.start()
    with pytest.raises(NotFound):
        pages.case(world.app, world.actor("secretary"), world.case_id + 1)
    with pytest.raises(NotFound):
        pages.task(world.app, world.actor("secretary"), "no-such-task")


def test_who_may_see_and_not_act_is_told_who_may(world: World) -> None:
    world.start()
    view = pages.task(world.app, world.actor("applicant"), world.rows()[0].id)
    assert not view.may_complete
    assert not view.may_claim
    assert view.holders == ("陈启明（书记）", "周文静（副书记）")
    assert view.why_not == "该事项由下列人员办理，您可以查看进展。"


def test_the_page_of_a_done_task_shows_what_was_filled_in_and_nothing_to_do(world: World) -> None:
    world.until("recommend_activist")
    view = pages.task(world.app, world.actor("secretary"), world.task("talk").id)
    assert "入党动机端正" in str(view.values["talk_record"])
    assert view.why_not == "该事项已经办结，仅供查看。"
    assert view.return_targets == ()
