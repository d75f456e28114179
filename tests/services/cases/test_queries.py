from __future__ import annotations

from datetime import date

import pytest

from engine.deadlines import Light
from engine.model import InstanceStatus
from services.cases import pages, queries
from services.people.commands import NewPerson, register_person
from services.people.models import Person, PoliticalStatus
from services.tasks.commands import claim
from tests.services.cases.statements import counted
from tests.world import World

TALK = {"talker": "@secretary", "talk_record": "入党动机端正。"}
NAMES = ("丁一", "单二", "吕三", "曾四", "江五")


def _many(world: World, number: int, *, first: int = 0, on: date | None = None) -> None:
    """Start a case for each of `number` more applicants of the branch."""
    with world.app.database.write() as session:
        branch = session.get_one(Person, world.people["applicant"]).organization_id
        new = {
            f"新人{i}": register_person(
                session,
                NewPerson(
                    name=NAMES[i] if i < len(NAMES) else f"赵第{i}",
                    sex="女",
                    born_on=date(1990, 1, 1),
                    organization_id=branch,
                    status=PoliticalStatus.MASSES,
                ),
            ).id
            for i in range(first, first + number)
        }
    world.people = {**world.people, **new}
    for alias in new:
        world.start(by="organizer", about=alias, on=on)


def _titles(world: World, alias: str, **wanted: object) -> list[str]:
    listing, _ = queries.inbox(world.app, world.actor(alias), **wanted)  # type: ignore[arg-type]  # passed on as given
    return [item.title.split("·")[0] for item in listing.items]


def test_the_most_urgent_stands_first_and_counts_are_per_light(world: World) -> None:
    """Due on 25, 1, 12, 2 and 4 July; seen on Thursday, 2 July."""
    world.go_to(date(2026, 6, 26))
    for number, day in enumerate((25, 1, 12, 2, 4)):
        _many(world, 1, first=number, on=date(2026, 6, day))
    world.go_to(date(2026, 7, 2))
    listing, counts = queries.inbox(world.app, world.actor("secretary"))
    assert [item.due.due_on for item in listing.items] == [
        date(2026, 7, day) for day in (1, 2, 4, 12, 25)
    ]
    assert (counts.overdue, counts.today, counts.soon, counts.total) == (1, 1, 1, 5)
    assert [item.due.light for item in listing.items] == [
        Light.OVERDUE,
        Light.TODAY,
        Light.SOON,
        Light.NORMAL,
        Light.NORMAL,
    ]
    for light, number in ((Light.OVERDUE, 1), (Light.TODAY, 1), (Light.SOON, 1), (Light.NORMAL, 2)):
        found, same = queries.inbox(world.app, world.actor("secretary"), light=light)
        assert (number, {light}) == (found.total, {item.due.light for item in found.items})
        assert counts == same


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("吕", ["吕三"]),
        ("lv", ["吕三"]),
        ("lüsan", ["吕三"]),
        ("se", ["单二"]),
        ("ZENGSI", ["曾四"]),
        ("2026〕4", ["曾四"]),
        ("谈话", ["丁一", "单二", "吕三", "曾四", "江五"]),
        (" ", ["丁一", "单二", "吕三", "曾四", "江五"]),
        ("%", []),
        ("_", []),
        ("无此人", []),
    ],
)
def test_search_by_name_pinyin_number_and_step(
    world: World, text: str, expected: list[str]
) -> None:
    _many(world, 5)
    assert sorted(expected) == sorted(_titles(world, "secretary", text=text))


def test_pages_hold_twenty_and_lose_nobody(world: World) -> None:
    _many(world, 23)
    first, _ = queries.inbox(world.app, world.actor("secretary"), page=1)
    second, _ = queries.inbox(world.app, world.actor("secretary"), page=2)
    third, _ = queries.inbox(world.app, world.actor("secretary"), page=3)
    assert (len(first.items), len(second.items), len(third.items)) == (20, 3, 0)
    assert {23} == {first.total, second.total, third.total}
    assert len({item.task_id for item in (*first.items, *second.items)}) == 23


def test_the_number_of_statements_does_not_grow_with_the_rows(world: World) -> None:
    secretary, organizer = world.actor("secretary"), world.actor("organizer")
    taken: dict[int, list[int]] = {}
    for number, first in ((5, 0), (15, 5)):
        _many(world, number, first=first)
        claim(world.app, secretary, world.open()["talk"].id)
        world.complete("talk", by="secretary", data=TALK)
        measured = []
        for read in (
            lambda: queries.inbox(world.app, secretary),
            lambda: queries.started(world.app, organizer),
            lambda: queries.done(world.app, secretary),
        ):
            with counted(world.app) as statements:
                read()
            measured.append(len(statements))
        taken[number] = measured
    assert taken[5] == taken[15]


def test_the_page_of_a_long_case_takes_no_more_statements_than_of_a_short_one(
    world: World,
) -> None:
    actor = world.actor("secretary")
    taken = []
    for element in ("recommend_activist", "committee_review"):
        task_id = world.until(element).open()[element].id
        with counted(world.app) as statements:
            pages.case(world.app, actor, world.case_id)
        taken.append(len(statements))
        with counted(world.app) as statements:
            pages.task(world.app, actor, task_id)
        taken.append(len(statements))
    assert taken[2] <= taken[0]
    assert taken[3] <= taken[1]


def test_done_shows_what_i_did_newest_first(world: World) -> None:
    world.until("recommend_activist").go_to(date(2026, 6, 20))
    world.return_to("talk", at="recommend_activist", by="secretary")
    listing = queries.done(world.app, world.actor("secretary"))
    assert [(i.step_name, i.outcome_name) for i in listing.items] == [
        ("推荐和确定入党积极分子", "退回"),
        ("派人谈话", ""),
    ]
    assert queries.done(world.app, world.actor("deputy_secretary")).items == ()
    assert queries.done(world.app, world.actor("secretary"), text="谈话").total == 1


def test_a_task_that_was_done_in_time_is_not_overdue_later(world: World) -> None:
    world.start().complete("talk", by="secretary", data=TALK).go_to(date(2027, 6, 1))
    (item,) = queries.done(world.app, world.actor("secretary")).items
    assert item.due.light is not Light.OVERDUE


def test_started_shows_where_each_case_waits(world: World) -> None:
    world.start(by="organizer")
    for alias in ("applicant", "organizer"):
        (item,) = queries.started(world.app, world.actor(alias)).items
        assert item.waiting_at == ("派人谈话",)
        assert item.holders == ("陈启明（书记）", "周文静（副书记）")
        assert item.status is InstanceStatus.ACTIVE
    assert queries.started(world.app, world.actor("secretary")).items == ()
    world.withdraw()
    (item,) = queries.started(world.app, world.actor("applicant")).items
    assert (item.status, item.outcome_name) == (InstanceStatus.TERMINATED, "撤回入党申请")
    assert (item.waiting_at, item.holders) == ((), ())


def test_parallel_steps_are_all_shown(admitted: World) -> None:
    (item,) = queries.started(admitted.app, admitted.actor("applicant")).items
    assert sorted(item.waiting_at) == sorted(
        ("再上一级组织部门备案", "编入党支部和党小组", "入党宣誓")
    )
    assert len(item.holders) == len(set(item.holders))


def test_a_claimed_task_leaves_the_other_inboxes(world: World) -> None:
    world.start()
    assert _titles(world, "deputy_secretary") == ["李一鸣"]
    claim(world.app, world.actor("secretary"), world.open()["talk"].id)
    assert _titles(world, "secretary") == ["李一鸣"]
    assert _titles(world, "deputy_secretary") == []
    (item,) = queries.started(world.app, world.actor("applicant")).items
    assert item.holders == ("陈启明（已签收）",)


def test_a_body_above_finds_the_cases_below_it_and_a_stranger_finds_none(world: World) -> None:
    world.start()
    number = world.instance().number

    def seen_by(alias: str, text: str = "") -> list[int]:
        listing = queries.found(world.app, world.actor(alias), text=text)
        return [item.case_id for item in listing.items]

    assert [world.case_id] == seen_by("committee_secretary")
    assert [world.case_id] == seen_by("committee_secretary", "李一鸣")
    assert [world.case_id] == seen_by("committee_secretary", "liyiming")
    assert [world.case_id] == seen_by("committee_secretary", number)
    assert [] == seen_by("committee_secretary", "没有这个人")
    assert [] == seen_by("new_branch_secretary")
    assert [] == seen_by("member_9")
