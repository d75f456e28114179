"""What a completion costs the database: the same few statements, however much hangs on it."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from services.bootstrap import Application
from services.cases.complete import CompleteTask, complete_task
from services.cases.start import StartCase, start_case
from services.people.commands import appoint
from services.people.models import Person, PoliticalStatus, Post
from services.processes.commands import deploy_folder
from services.tasks.commands import save_draft
from services.tasks.models import OPEN_STATES, UserTask
from tests.services.branching import STEPS, branch_out
from tests.services.cases.statements import counted
from tests.services.countersigning import PROBE, begin, deploy_countersign
from tests.world import World

MOST = 12
TALK = {"talker": "@secretary", "talk_record": "入党动机端正。"}


def completion_of(world: World, task_id: str, by: str = "secretary", **command: Any) -> list[str]:
    """Complete a task; return what it asked of the database."""
    actor = world.actor(by)
    with counted(world.app) as statements:
        world.last = complete_task(world.app, actor, CompleteTask(task_id, **command))
    return statements


def assert_few(statements: list[str], most: int = MOST) -> None:
    assert len(statements) <= most, "\n".join(statements)


def crowd(world: World, number: int) -> list[str]:
    """Add members to the branch of the secretary; returns their ids."""
    with world.app.database.write() as session:
        branch = session.get_one(Person, world.people["secretary"]).organization_id
        people = [
            Person(
                name=f"示例{count}",
                sex="女",
                born_on=date(1990, 1, 1),
                organization_id=branch,
                status=PoliticalStatus.FULL,
                is_sample=True,
            )
            for count in range(number)
        ]
        session.add_all(people)
        session.flush()
        return [str(person.id) for person in people]


class Desk:
    """The secretary at the probe procedure: starts it, and completes its steps."""

    def __init__(self, app: Application) -> None:
        self.world = World(app)
        self.case_id = 0

    def start(self, **data: Any) -> None:
        filled = {"acted_on": date(2026, 6, 1), "remind_after": "PT99999S", **data}
        started = start_case(
            self.world.app, self.world.actor("secretary"), StartCase("probe", None, filled)
        )
        self.case_id = started.case_id

    def task(self, element: str) -> str:
        with self.world.app.database.read() as session:
            return session.scalars(
                select(UserTask.id).where(
                    UserTask.instance_id == self.case_id,
                    UserTask.element_id == element,
                    UserTask.state.in_(OPEN_STATES),
                )
            ).one()

    def complete(self, element: str) -> list[str]:
        data = {"acted_on": date(2026, 6, 1), "result": "已办。"}
        return completion_of(self.world, self.task(element), data=data)


@pytest.fixture
def forked(app: Application, tmp_path: Path) -> Desk:
    """A case about to open three steps side by side."""
    folder = shutil.copytree(PROBE, tmp_path / "probe")
    branch_out(folder)
    deploy_folder(app, folder)
    desk = Desk(app)
    desk.start()
    return desk


def test_the_first_completion_of_a_case(world: World) -> None:
    world.start()
    data = world.filled({}, None, TALK)
    assert_few(completion_of(world, world.open()["talk"].id, data=data), 10)


def test_one_commit(world: World) -> None:
    world.start()
    data = world.filled({}, None, TALK)
    commits: list[object] = []
    event.listen(world.app.database.engine, "commit", commits.append)
    completion_of(world, world.open()["talk"].id, data=data)
    assert 1 == len(commits)


def test_with_a_draft_of_ones_own(world: World) -> None:
    world.start()
    task_id = world.open()["talk"].id
    save_draft(world.app, world.actor("secretary"), task_id, {"talk_record": ["入党"]})
    assert_few(completion_of(world, task_id, data=world.filled({}, None, TALK)), 11)


def test_opening_a_parallel_block(forked: Desk) -> None:
    assert_few(forked.complete("work"))
    last = forked.world.last
    assert last is not None
    assert list(STEPS) == [step.element_id for step in last.next_steps]
    assert all(step.is_mine and step.holders for step in last.next_steps)


def test_inside_a_parallel_block_and_joining_it(forked: Desk) -> None:
    forked.complete("work")
    for step in STEPS[:-1]:
        assert_few(forked.complete(step))


def test_ending_the_case(app: Application, tmp_path: Path) -> None:
    deploy_folder(app, PROBE)
    desk = Desk(app)
    desk.start()
    assert_few(desk.complete("work"))
    assert desk.world.last is not None
    assert desk.world.last.status.has_ended


@pytest.mark.parametrize("people", [3, 100])
def test_a_vote_costs_the_same_whatever_the_size_of_the_countersign(
    app: Application, tmp_path: Path, people: int
) -> None:
    deploy_countersign(app, tmp_path)
    world = World(app)
    tasks = begin(world, [str(world.people["secretary"]), *crowd(world, people - 1)])
    data = {"acted_on": date(2026, 6, 1), "result": "同意"}
    statements = completion_of(world, tasks[0], data=data)
    assert_few(statements, 8)
    assert world.last is not None
    assert people - 1 == len(world.last.next_steps)


def test_fifty_candidates_in_a_post(world: World) -> None:
    people = crowd(world, 50)
    with world.app.database.write() as session:
        branch = session.get_one(Person, world.people["secretary"]).organization_id
        for person in people:
            appoint(session, int(person), branch, Post.SECRETARY, date(2026, 1, 1))
    world.start()
    data = world.filled({}, None, TALK)
    assert_few(completion_of(world, world.open()["talk"].id, data=data), 10)
    assert world.last is not None
    assert len(people) < len(world.last.next_steps[0].holders)
