from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.errors import LastInstance, TaskNotOpen
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases import pages
from services.cases.countersign import (
    AddCountersigner,
    RemoveCountersigner,
    add_countersigner,
    remove_countersigner,
)
from services.cases.queries import inbox
from services.errors import Forbidden, Invalid, NotFound
from services.processes.models import ProcessInstance
from services.tasks.models import TaskState
from tests.services.cases.rivals import outcomes_of, together
from tests.services.countersigning import begin, deploy_countersign, opine, states
from tests.services.tasks.acting import entry_of, notices
from tests.world import World


@pytest.fixture
def world(app: Application, tmp_path: Path) -> World:
    """The secretary and the deputy are asked for an opinion; the secretary asked."""
    deploy_countersign(app, tmp_path)
    return World(app)


def start(world: World, *aliases: str) -> list[str]:
    """Begin a countersign of these people; returns their tasks."""
    tasks = begin(world, [str(world.people[alias]) for alias in aliases])
    with world.app.database.read() as session:
        world.case_id = session.scalars(select(ProcessInstance.id)).one()
    return tasks


def add(
    world: World, task: str, alias: str, by: str = "secretary", reason: str = "须征求。"
) -> None:
    command = AddCountersigner(task, world.people[alias], reason)
    add_countersigner(world.app, world.actor(by), command)


def remove(world: World, task: str, by: str = "secretary", reason: str = "出国。") -> None:
    remove_countersigner(world.app, world.actor(by), RemoveCountersigner(task, reason))


def test_one_more_is_asked(world: World) -> None:
    own, other = start(world, "secretary", "deputy_secretary")
    add(world, other, "organizer")
    (item,) = inbox(world.app, world.actor("organizer"))[0].items
    assert sorted(states(world).values()) == [TaskState.CREATED] * 3
    entry, data = entry_of(world, EntryKind.COUNTERSIGNER_ADDED)
    assert entry.actor_id == world.people["secretary"]
    assert (data["people"], data["reason"]) == ([world.people["organizer"]], "须征求。")
    opine(world, own)
    assert states(world)[item.task_id] is TaskState.CREATED, "one of three is no two thirds"
    opine(world, other, "deputy_secretary")
    assert states(world)[item.task_id] is TaskState.CANCELED, "two of three decide"
    text = pages.case(world.app, world.actor("secretary"), world.case_id).journal[1].text
    assert "增加刘思齐会签；说明：须征求。" in text


def test_one_less_is_asked_and_the_rest_decides(world: World) -> None:
    own, other = start(world, "secretary", "deputy_secretary")
    opine(world, own)
    remove(world, other)
    assert states(world) == {own: TaskState.COMPLETED, other: TaskState.CANCELED}
    assert inbox(world.app, world.actor("deputy_secretary"))[0].items == ()
    assert notices(world, "deputy_secretary")[-1].startswith("会签减签")
    assert entry_of(world, EntryKind.COUNTERSIGNER_REMOVED)[1]["people"] == [
        world.people["deputy_secretary"]
    ]
    with pytest.raises(TaskNotOpen):
        remove(world, other)


def test_who_was_taken_out_may_be_asked_again(world: World) -> None:
    own, other = start(world, "secretary", "deputy_secretary")
    remove(world, other)
    add(world, own, "deputy_secretary")
    assert len(inbox(world.app, world.actor("deputy_secretary"))[0].items) == 1


def test_nobody_is_asked_twice_in_one_run(world: World) -> None:
    own, other = start(world, "secretary", "deputy_secretary", "discipline_commissioner")[:2]
    with pytest.raises(Invalid, match="已在本次会签中"):
        add(world, own, "deputy_secretary")
    world.clock.advance(timedelta(hours=1))
    opine(world, other, "deputy_secretary")
    add(world, own, "organizer")
    with pytest.raises(Invalid, match="已在本次会签中"):
        add(world, own, "deputy_secretary")


def test_the_last_one_stays(world: World) -> None:
    (own,) = start(world, "secretary")
    with pytest.raises(LastInstance):
        remove(world, own)
    assert states(world) == {own: TaskState.CREATED}


def test_only_who_opened_it_may_change_it(world: World) -> None:
    _, other = start(world, "secretary", "deputy_secretary")
    for alias, error in (("deputy_secretary", Forbidden), ("new_branch_secretary", NotFound)):
        with pytest.raises(error):
            add(world, other, "organizer", by=alias)
        with pytest.raises(error):
            remove(world, other, by=alias)
    steps = {
        alias: {s.may_adjust for s in pages.case(world.app, world.actor(alias), 1).open_steps}
        for alias in ("secretary", "deputy_secretary")
    }
    assert steps == {"secretary": {True}, "deputy_secretary": {False}}


def test_a_step_of_another_kind_is_no_countersign(app: Application) -> None:
    plain = World(app).start()
    with pytest.raises(Forbidden):
        add(plain, plain.open()["talk"].id, "organizer", by="applicant")


def test_reasons_and_people_are_checked(world: World) -> None:
    own, _ = start(world, "secretary", "deputy_secretary")
    with pytest.raises(Invalid, match="加签原因"):
        add(world, own, "organizer", reason=" ")
    with pytest.raises(Invalid, match="减签原因"):
        remove(world, own, reason=" ")
    with pytest.raises(Invalid, match="不能选择"):
        add(world, own, "committee_organizer")


def test_an_opinion_and_a_removal_at_once(world: World) -> None:
    own, other = start(world, "secretary", "deputy_secretary")
    answers = together(
        [lambda: opine(world, other, "deputy_secretary"), lambda: remove(world, other)]
    )
    assert outcomes_of(answers)["TaskEnded"] == 1
    assert states(world)[own] is TaskState.CREATED
