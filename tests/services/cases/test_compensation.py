"""A completed step is undone by people: handlers come to the inbox like every other task."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from services.processes.commands import deploy_folder
from services.tasks.models import TaskState
from tests.world import World

KEY = "member_development"
TALK = {"talker": "@secretary", "talk_record": "入党动机端正。"}
DRAWN = """
    <bpmn:boundaryEvent id="on_talk" name="撤销谈话" attachedToRef="talk">
      <bpmn:compensateEventDefinition/>
    </bpmn:boundaryEvent>
    <bpmn:userTask id="undo_talk" name="更正谈话记录" isForCompensation="true">
      <bpmn:extensionElements><dw:task form="talk"/></bpmn:extensionElements>
    </bpmn:userTask>
    <bpmn:association id="talk_undo" sourceRef="on_talk" targetRef="undo_talk"/>
    <bpmn:intermediateThrowEvent id="sorry" name="谈话有误">
      <bpmn:compensateEventDefinition activityRef="talk"/>
    </bpmn:intermediateThrowEvent>
    <bpmn:sequenceFlow id="flow_talk_sorry" sourceRef="talk" targetRef="sorry"/>
    <bpmn:sequenceFlow id="flow_talk__join_recommend" sourceRef="sorry" targetRef="join_recommend"/>
"""
FLOW = (
    '    <bpmn:sequenceFlow id="flow_talk__join_recommend"'
    ' sourceRef="talk" targetRef="join_recommend"/>\n'
)
SHAPE = (
    '<bpmndi:BPMNShape bpmnElement="{0}">'
    '<dc:Bounds x="0" y="0" width="36" height="36"/></bpmndi:BPMNShape>'
)
LANE = "<bpmn:flowNodeRef>talk</bpmn:flowNodeRef>"
PLANE = '<bpmndi:BPMNShape id="talk_di" '


@pytest.fixture
def corrected(world: World, tmp_path: Path) -> World:
    """Member development whose talk is always held in error."""
    folder = tmp_path / KEY
    shutil.copytree(world.app.settings.procedures / KEY, folder)
    path = folder / "process.bpmn"
    text = path.read_text(encoding="utf-8")
    shapes = "".join(map(SHAPE.format, ("on_talk", "undo_talk", "sorry", "flow_talk_sorry")))
    text = text.replace(FLOW, DRAWN).replace(PLANE, shapes + PLANE)
    text = text.replace(LANE, LANE + LANE.replace("talk", "undo_talk"))
    path.write_text(text, encoding="utf-8")
    deploy_folder(world.app, folder)
    return world.start()


def test_a_handler_is_a_task_for_people_and_the_case_waits_for_it(corrected: World) -> None:
    corrected.complete("talk", by="secretary", data=TALK).waiting_at("undo_talk")
    assert corrected.task("undo_talk").name == "更正谈话记录"
    path = corrected.record()["path"]
    happened = [event["type"] for event in path if event["element"] == "sorry"]
    assert happened == ["element_entered", "compensation_thrown"]
    corrected.complete("undo_talk", by="secretary", data=TALK).waiting_at("recommend_activist")
    assert corrected.task("undo_talk").state == TaskState.COMPLETED
    corrected.check_consistency()
