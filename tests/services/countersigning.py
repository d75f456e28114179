"""The probe procedure with a countersign of named people, and acting in it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from services.bootstrap import Application
from services.cases.complete import CompleteTask, complete_task
from services.cases.start import StartCase, start_case
from services.people.models import Person
from services.processes.commands import deploy_folder
from services.tasks.models import OPEN_STATES, TaskCandidate, TaskState, UserTask
from tests.world import ROOT, World

PROBE = ROOT / "tests" / "fixtures" / "procedures" / "probe"
AGREES = "result = &quot;同意&quot;"
MULTI = (
    "<bpmn:multiInstanceLoopCharacteristics>"
    "<bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>"
    "<bpmn:loopDataOutputRef>opinions</bpmn:loopDataOutputRef>"
    '<bpmn:inputDataItem id="item" name="person"/><bpmn:outputDataItem id="out" name="result"/>'
    "</bpmn:multiInstanceLoopCharacteristics>"
)


def deploy_countersign(
    app: Application, tmp_path: Path, agrees: str = AGREES, *, is_personal: bool = True
) -> Path:
    """Deploy the probe procedure with everybody named at the start asked for an opinion.

    `agrees` is the FEEL condition of the rule, as it stands in XML.  Unless `is_personal`, each
    opinion may be given by any of the officers.  Returns the folder.
    """
    rule = f'<dw:countersign rule="ratio" value="2/3" agrees="{agrees}" result="passed"/>'
    folder = shutil.copytree(PROBE, tmp_path / "probe")
    diagram = folder / "process.bpmn"
    text = diagram.read_text(encoding="utf-8")
    task, rest = text.split("</bpmn:extensionElements>", 1)
    rest = rest.replace("</bpmn:userTask>", f"{MULTI}</bpmn:userTask>", 1)
    # the lane of the task is the one whose rule names the item of the loop
    text = f"{task}{rule}</bpmn:extensionElements>{rest}"
    if is_personal:
        text = text.replace("<bpmn:flowNodeRef>work</bpmn:flowNodeRef>", "", 1)
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
    return folder


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
