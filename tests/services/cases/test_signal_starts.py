"""A signal starts a case in every procedure that has a start event for it, exactly once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.values import load_values
from services.audit.journal import contents
from services.audit.models import EntryKind
from services.cases.change_status import change_status
from services.cases.intervene import Intervene
from services.cases.intervention import Intervention
from services.processes.commands import deploy_folder
from tests.services.cases.stage import PROCEDURES, Stage

HEARD = (
    '<bpmn:startEvent id="heard" name="听到办结">'
    '<bpmn:signalEventDefinition id="hears" signalRef="closed" /></bpmn:startEvent>'
    '<bpmn:sequenceFlow id="flow_heard__begin" sourceRef="heard" targetRef="begin" />'
)
SHAPES = (
    '<bpmndi:BPMNShape bpmnElement="heard"><dc:Bounds x="80" y="312" width="36" height="36" />'
    '</bpmndi:BPMNShape><bpmndi:BPMNEdge bpmnElement="flow_heard__begin">'
    '<di:waypoint x="116" y="330" /><di:waypoint x="166" y="120" /></bpmndi:BPMNEdge>'
)
FIRST = '<bpmn:startEvent id="requested"'
PLANE = "</bpmndi:BPMNPlane>"
REF = "<bpmn:flowNodeRef>requested</bpmn:flowNodeRef>"


@pytest.fixture
def listening(stage: Stage, tmp_path: Path) -> Stage:
    """The newest version of the answering procedure is started by the signal as well."""
    folder = tmp_path / "reply"
    shutil.copytree(PROCEDURES / "reply", folder)
    file = folder / "process.bpmn"
    text = file.read_text("utf-8")
    for old, new in (
        (FIRST, HEARD + FIRST),
        (PLANE, SHAPES + PLANE),
        (REF, REF + REF.replace("requested", "heard")),
    ):
        assert 1 == text.count(old)
        text = text.replace(old, new)
    file.write_text(text, "utf-8")
    deploy_folder(stage.app, folder)
    return stage


def conclude(stage: Stage, reference: str) -> int:
    """Ask, have it answered and conclude, which throws the signal; returns who asked."""
    asked = stage.start("inquiry", reference=reference, matter="制度")
    stage.work()
    stage.complete(stage.all("reply")[-1].id, "answer_it", reply="同意。")
    stage.work()
    stage.complete(asked, "conclude", conclusion="采纳。")
    return asked


def test_a_signal_starts_a_case_once(listening: Stage) -> None:
    asked = conclude(listening, "甲")
    listening.work()
    answered, started = listening.all("reply")
    assert ["file_it"] == list(listening.open(answered.id))
    assert ["answer_it"] == list(listening.open(started.id))
    assert [EntryKind.CASE_STARTED] == listening.kinds(started.id)
    [entry] = listening.journal(started.id)
    data = contents(entry)
    source = listening.instance(asked)
    assert ("heard", "inquiry_closed", source.number) == (
        entry.element_id,
        data["signal"],
        data["source"],
    )
    assert source.organization_id == started.organization_id
    assert "制度" == load_values(started.variables)["closed_matter"]
    listening.work()
    assert 2 == len(listening.all("reply"))


def test_a_version_that_no_longer_listens_starts_nothing(listening: Stage) -> None:
    deploy_folder(listening.app, PROCEDURES / "reply")
    conclude(listening, "甲")
    listening.work()
    assert 1 == len(listening.all("reply"))


def test_a_suspended_case_does_not_keep_a_new_one_from_starting(listening: Stage) -> None:
    asked = listening.start("inquiry", reference="甲", matter="制度")
    listening.work()
    [waiting] = listening.all("reply")
    listening.complete(waiting.id, "answer_it", reply="同意。")
    listening.work()
    change_status(
        listening.app,
        listening.actor,
        Intervention.SUSPEND,
        Intervene(waiting.id, "暂停", listening.instance(waiting.id).revision),
    )
    listening.complete(asked, "conclude", conclusion="采纳。")
    listening.work()
    assert 2 == len(listening.all("reply"))
