"""Rows follow open tasks at a cost that does not depend on how many are open."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from engine.errors import TaskNotOpen
from engine.model import InstanceStatus
from engine.values import load_values
from services.bootstrap import Application
from services.errors import Forbidden
from services.processes.models import ProcessInstance
from services.tasks.models import TaskCandidate, TaskState, UserTask
from tests.services.cases.statements import counted
from tests.services.countersigning import (
    AGREES,
    begin,
    deploy_countersign,
    members,
    opine,
    states,
)
from tests.world import World

FAILS = "result &gt; least"


@pytest.fixture
def countersign(app: Application, tmp_path: Path, request: pytest.FixtureRequest) -> Application:
    """The probe procedure with everybody named at the start asked for an opinion."""
    deploy_countersign(app, tmp_path, getattr(request, "param", AGREES))
    return app


def test_each_is_asked_for_the_own_opinion(countersign: Application) -> None:
    world = World(countersign)
    people = members(world)[:3]
    own, other, third = begin(world, people)
    with pytest.raises(Forbidden):
        opine(world, other)
    opine(world, own)
    assert states(world) == {
        own: TaskState.COMPLETED,
        other: TaskState.CREATED,
        third: TaskState.CREATED,
    }
    with pytest.raises(TaskNotOpen):
        opine(world, own)


def test_the_rest_is_cancelled_when_it_is_decided(countersign: Application) -> None:
    world = World(countersign)
    own, *others = begin(world, members(world)[:2])
    opine(world, own, result="不同意")
    assert states(world) == {own: TaskState.COMPLETED, others[0]: TaskState.CANCELED}


@pytest.mark.parametrize("countersign", [FAILS], indirect=True)
def test_an_opinion_that_cannot_be_judged_is_done_and_the_others_stay_open(
    countersign: Application,
) -> None:
    world = World(countersign)
    own, other, third = begin(world, members(world)[:3])
    opine(world, own)
    assert states(world) == {
        own: TaskState.COMPLETED,
        other: TaskState.CREATED,
        third: TaskState.CREATED,
    }
    with countersign.database.read() as session:
        (instance,) = session.scalars(select(ProcessInstance))
        assert instance.status is InstanceStatus.INCIDENT
    with pytest.raises(TaskNotOpen):
        opine(world, own)


def test_an_opinion_costs_the_same_among_many(countersign: Application) -> None:
    sizes = []
    for count in (3, 6):
        world = World(countersign)
        own, *_ = begin(world, members(world)[:count])
        with counted(countersign) as statements:
            opine(world, own)
        sizes.append(len(statements))
    assert sizes[0] == sizes[1]


def test_limits_are_those_of_the_element(countersign: Application) -> None:
    world = World(countersign)
    tasks = begin(world, members(world)[:3])
    with countersign.database.write() as session:
        session.execute(update(UserTask).values(due_on=None, deadlines=b"{}"))
    opine(world, tasks[0])
    with countersign.database.read() as session:
        rows = [session.get_one(UserTask, task) for task in tasks[1:]]
        assert {row.due_on for row in rows} == {date(2026, 7, 1)}
        assert all(load_values(row.deadlines)["deadlines"] for row in rows)


def test_rows_that_went_astray_are_put_right(countersign: Application) -> None:
    world = World(countersign)
    own, other, third = begin(world, members(world)[:3])
    with countersign.database.write() as session:
        session.execute(delete(TaskCandidate).where(TaskCandidate.task_id == third))
        session.execute(delete(UserTask).where(UserTask.id == third))
    opine(world, own)
    assert states(world)[third] is TaskState.CREATED
    assert states(world)[other] is TaskState.CREATED
