from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import lifecycle
from engine.errors import LastInstance, TaskNotOpen
from engine.model import InstanceStatus
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases import pages
from services.cases.countersign import (
    AddCountersigner,
    RemoveCountersigner,
    add_countersigner,
    remove_countersigner,
)
from services.cases.designate import unstaffed
from services.cases.queries import inbox
from services.cases.start import StartCase, start_case
from services.cases.write_path import Deed, lock
from services.errors import Forbidden, Invalid, NotFound
from services.identity.queries import load_actor
from services.people.models import Person
from services.processes.commands import deploy_folder
from services.processes.models import ProcessInstance
from services.recusal.commands import Recuse, recuse
from services.recusal.models import Ground, RelationshipKind
from services.recusal.relationships import DeclareRelationship, declare_relationship
from services.tasks.models import TaskState
from services.tasks.staffing_job import review_soon
from services.worker.run import run_due
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
        alias: {
            s.may_adjust
            for s in pages.case(world.app, world.actor(alias), world.case_id).open_steps
        }
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


def recuse_one(world: World, alias: str, by: str = "secretary") -> None:
    command = Recuse(world.case_id, Ground.PARTY, "与本事项有利害关系。", world.people[alias])
    recuse(world.app, world.actor(by), command)


def test_the_part_of_who_is_recused_drops_out_and_shares_are_of_the_rest(world: World) -> None:
    own, recused, last = start(world, "secretary", "deputy_secretary", "organizer")
    opine(world, own)
    recuse_one(world, "deputy_secretary")
    assert states(world)[recused] is TaskState.CANCELED
    assert states(world)[last] is TaskState.CREATED, "one of two is no two thirds"
    assert inbox(world.app, world.actor("deputy_secretary"))[0].items == ()
    entry, data = entry_of(world, EntryKind.COUNTERSIGNER_REMOVED)
    assert (entry.actor_id, data["people"]) == (None, [world.people["deputy_secretary"]])
    assert notices(world, "secretary")[-1].startswith("会签减签")
    opine(world, last, "organizer")
    assert world.instance().status is InstanceStatus.COMPLETED


def test_a_recusal_may_decide_a_countersign(world: World) -> None:
    own, other = start(world, "secretary", "deputy_secretary")
    opine(world, own)
    recuse_one(world, "deputy_secretary")
    assert states(world) == {own: TaskState.COMPLETED, other: TaskState.CANCELED}
    assert world.instance().status is InstanceStatus.COMPLETED


def test_what_was_answered_before_the_recusal_stays(world: World) -> None:
    own, other = start(world, "secretary", "deputy_secretary", "organizer")[:2]
    opine(world, other, "deputy_secretary")
    recuse_one(world, "deputy_secretary")
    assert states(world)[other] is TaskState.COMPLETED
    opine(world, own)
    assert world.instance().status is InstanceStatus.COMPLETED


def test_the_last_part_is_left_for_the_body_above_to_arrange(world: World) -> None:
    (only,) = start(world, "deputy_secretary")
    recuse_one(world, "deputy_secretary")
    assert states(world) == {only: TaskState.CREATED}
    with world.app.database.read() as session:
        county = session.scalars(select(Person.id).where(Person.name == "邹晓彤")).one()
    (item,) = unstaffed(world.app, load_actor(world.app, county))
    assert (item.task_id, "会签人员均须回避" in item.reason) == (only, True)


def test_while_suspended_nothing_drops_out_until_the_case_goes_on(world: World) -> None:
    _, other = start(world, "secretary", "deputy_secretary")
    with world.app.database.write() as session:
        case = lock(world.app, session, world.case_id)
        case.settle(
            case.apply(lifecycle.suspend),
            Deed(EntryKind.CASE_SUSPENDED, case.today, None),
        )
    recuse_one(world, "deputy_secretary")
    assert states(world)[other] is TaskState.CREATED
    with world.app.database.write() as session:
        case = lock(world.app, session, world.case_id)
        case.settle(
            case.apply(lifecycle.resume),
            Deed(EntryKind.CASE_RESUMED, case.today, None),
        )
        review_soon(session, case.now)
    run_due(world.app)
    assert states(world)[other] is TaskState.CANCELED


def test_a_relative_named_at_the_start_is_dropped_by_the_review(
    app: Application, tmp_path: Path
) -> None:
    folder = deploy_countersign(app, tmp_path)
    manifest = folder / "procedure.toml"
    text = manifest.read_text(encoding="utf-8").replace('subject = "none"', 'subject = "person"')
    manifest.write_text(text.replace('version = "1"', 'version = "2"'), encoding="utf-8")
    deploy_folder(app, folder)
    world = World(app)
    related = DeclareRelationship(
        world.people["applicant"], RelationshipKind.SPOUSE, date(2020, 1, 1)
    )
    declare_relationship(app, world.actor("deputy_secretary"), related)
    people = [str(world.people[a]) for a in ("secretary", "deputy_secretary", "organizer")]
    data = {"acted_on": date(2026, 6, 1), "remind_after": "PT99999S", "people": people}
    command = StartCase("probe", world.people["applicant"], data)
    world.case_id = start_case(app, world.actor("secretary"), command).case_id
    assert list(states(world).values()) == [TaskState.CREATED] * 3
    run_due(app)
    assert sorted(states(world).values()) == [
        TaskState.CANCELED,
        TaskState.CREATED,
        TaskState.CREATED,
    ]
