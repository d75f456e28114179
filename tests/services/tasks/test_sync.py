"""Rows follow open tasks at a cost that does not depend on how many are open."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from engine.errors import TaskNotOpen
from engine.model import InstanceStatus
from engine.values import load_values
from services.bootstrap import Application
from services.cases.complete import CompleteTask, complete_task
from services.cases.start import StartCase, start_case
from services.errors import Forbidden
from services.people.models import Person
from services.processes.commands import deploy_folder
from services.processes.models import ProcessInstance
from services.tasks.models import OPEN_STATES, TaskCandidate, TaskState, UserTask
from tests.services.cases.statements import counted
from tests.world import ROOT, World

PROBE = ROOT / "tests" / "fixtures" / "procedures" / "probe"
AGREES = "result = &quot;同意&quot;"
FAILS = "result &gt; least"
MULTI = (
    "<bpmn:multiInstanceLoopCharacteristics>"
    "<bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>"
    "<bpmn:loopDataOutputRef>opinions</bpmn:loopDataOutputRef>"
    '<bpmn:inputDataItem id="item" name="person"/><bpmn:outputDataItem id="out" name="result"/>'
    "</bpmn:multiInstanceLoopCharacteristics>"
)


@pytest.fixture
def countersign(app: Application, tmp_path: Path, request: pytest.FixtureRequest) -> Application:
    """The probe procedure with everybody named at the start asked for an opinion."""
    agrees = getattr(request, "param", AGREES)
    rule = f'<dw:countersign rule="ratio" value="2/3" agrees="{agrees}" result="passed"/>'
    folder = shutil.copytree(PROBE, tmp_path / "probe")
    diagram = folder / "process.bpmn"
    text = diagram.read_text(encoding="utf-8")
    task, rest = text.split("</bpmn:extensionElements>", 1)
    rest = rest.replace("</bpmn:userTask>", f"{MULTI}</bpmn:userTask>", 1)
    # the lane of the task is the one whose rule names the item of the loop
    text = (f"{task}{rule}</bpmn:extensionElements>{rest}").replace(
        "<bpmn:flowNodeRef>work</bpmn:flowNodeRef>", "", 1
    )
    text = text.replace(
        "<bpmn:flowNodeRef>send_reminder</bpmn:flowNodeRef>",
        "<bpmn:flowNodeRef>send_reminder</bpmn:flowNodeRef><bpmn:flowNodeRef>work</bpmn:flowNodeRef>",
    )
    diagram.write_text(text, encoding="utf-8")
    manifest = folder / "procedure.toml"
    rules = manifest.read_text(encoding="utf-8").replace(
        'candidate = "post"\nposts = ["secretary"]', 'candidate = "variable"\nvariable = "person"'
    )
    manifest.write_text(rules, encoding="utf-8")
    form = folder / "forms" / "start.form"
    fields = json.loads(form.read_text(encoding="utf-8"))
    fields["components"].append(
        {
            "id": "people",
            "type": "taglist",
            "key": "people",
            "label": "会签人员",
            "valuesKey": "branch_members",
        }
    )
    form.write_text(json.dumps(fields), encoding="utf-8")
    deploy_folder(app, folder)
    return app


def members(world: World) -> list[str]:
    """Ids of everybody in the branch of the secretary, the secretary first."""
    with world.app.database.read() as session:
        own = session.get_one(Person, world.people["secretary"])
        found = session.scalars(
            select(Person.id).where(
                Person.organization_id == own.organization_id, Person.id != own.id
            )
        ).all()
    return [str(own.id), *map(str, found)]


def begin(world: World, people: list[str]) -> list[str]:
    """Start a countersign; returns the ids of the tasks in the order of the people."""
    data = {"acted_on": date(2026, 6, 1), "remind_after": "PT99999S", "people": people}
    start_case(world.app, world.actor("secretary"), StartCase("probe", None, data))
    with world.app.database.read() as session:
        rows = session.execute(
            select(TaskCandidate.person_id, UserTask.id)
            .join(UserTask, UserTask.id == TaskCandidate.task_id)
            .where(UserTask.element_id == "work", UserTask.state.in_(OPEN_STATES))
        ).all()
    tasks = {str(person): task for person, task in rows}
    assert sorted(tasks) == sorted(people)
    return [tasks[person] for person in people]


def opine(world: World, task_id: str, by: str = "secretary", result: str = "同意") -> None:
    data: Mapping[str, Any] = {"acted_on": date(2026, 6, 1), "result": result}
    complete_task(world.app, world.actor(by), CompleteTask(task_id, data=data))


def states(world: World) -> dict[str, TaskState]:
    with world.app.database.read() as session:
        return {row.id: row.state for row in session.scalars(select(UserTask))}


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
