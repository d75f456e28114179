"""A small procedure folder that is right in every respect, for tests to break."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any

MANIFEST = """
[procedure]
key = "listing"
title = "列为发展对象"
category = "组织建设"
version = "2026.1"
in_force_from = 2026-05-18
summary = "从谈话到列为发展对象。"
needs = ["入党申请书"]
subject = "person"
case_title = "{subject}·{step}"
number_prefix = "发"
retention = "permanent"
stages = ["申请入党", "确定发展对象"]
act_date = "acted_on"

[[sources]]
id = "dev-2026"
regulation = "中国共产党发展党员工作细则"
version = "2026"
status = "verified"

[[sources]]
id = "custom"
regulation = "通行做法"
version = ""
status = "unverified"
note = "待核"

[start]
lanes = ["applicant"]
form = "start"

[lanes.applicant]
candidate = "subject"

[lanes.secretary]
candidate = "post"
posts = ["secretary", "deputy_secretary"]
scope = "own"
fallback = "applicant"

[[messages]]
name = "objection_received"
title = "登记异议"
form = "objection"
lanes = ["secretary"]

[withdraw]
title = "撤回申请"
lanes = ["applicant"]
outcome = "withdrawn"

[operations]
jump = ["secretary"]

[outcomes]
listed = "列为发展对象"
refused = "不列为发展对象"
withdrawn = "撤回申请"
"""

PROCESS = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:dw="urn:dangwu:bpmn:1"
    xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
    xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
    xmlns:di="http://www.omg.org/spec/DD/20100524/DI"
    id="definitions" targetNamespace="urn:test">
  <bpmn:message id="message_objection" name="objection_received"/>
  <bpmn:collaboration id="collaboration">
    <bpmn:participant id="pool" name="列为发展对象" processRef="listing"/>
  </bpmn:collaboration>
  <bpmn:process id="listing" name="列为发展对象" isExecutable="true">
    <bpmn:laneSet id="lanes">
      <bpmn:lane id="applicant" name="申请人">
        <bpmn:flowNodeRef>start</bpmn:flowNodeRef>
      </bpmn:lane>
      <bpmn:lane id="secretary" name="支部书记">
        <bpmn:flowNodeRef>talk</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>fit</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>notice</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>objection</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>list</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>judge</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>close</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>end</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>end_refused</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>end_objected</bpmn:flowNodeRef>
      </bpmn:lane>
    </bpmn:laneSet>
    <bpmn:startEvent id="start" name="递交申请"><bpmn:outgoing>f1</bpmn:outgoing></bpmn:startEvent>
    <bpmn:userTask id="talk" name="派人谈话">
      <bpmn:extensionElements>
        <dw:task step="1" stage="1"/>
        <dw:outcome id="agreed" name="同意" tone="primary"/>
        <dw:outcome id="refused" name="不同意" tone="danger" opinion="required"/>
      </bpmn:extensionElements>
      <bpmn:incoming>f1</bpmn:incoming><bpmn:outgoing>f2</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:exclusiveGateway id="fit" name="是否同意" default="f4">
      <bpmn:incoming>f2</bpmn:incoming>
      <bpmn:outgoing>f3</bpmn:outgoing><bpmn:outgoing>f4</bpmn:outgoing>
    </bpmn:exclusiveGateway>
    <bpmn:userTask id="notice" name="公示">
      <bpmn:extensionElements><dw:task step="2" stage="2"/></bpmn:extensionElements>
      <bpmn:incoming>f3</bpmn:incoming><bpmn:outgoing>f5</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:boundaryEvent id="objection" name="收到异议" attachedToRef="notice">
      <bpmn:outgoing>f8</bpmn:outgoing>
      <bpmn:messageEventDefinition id="objection_definition" messageRef="message_objection"/>
    </bpmn:boundaryEvent>
    <bpmn:userTask id="list" name="列为发展对象">
      <bpmn:extensionElements><dw:task step="3" stage="2" form="listed"/></bpmn:extensionElements>
      <bpmn:incoming>f5</bpmn:incoming><bpmn:outgoing>f6</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:businessRuleTask id="judge" name="判断结果">
      <bpmn:extensionElements>
        <dw:decision ref="listing_result" result="listing_value"/>
        <dw:input name="hours" value="hours"/>
      </bpmn:extensionElements>
      <bpmn:incoming>f6</bpmn:incoming><bpmn:outgoing>f7</bpmn:outgoing>
    </bpmn:businessRuleTask>
    <bpmn:serviceTask id="close" name="登记结果">
      <bpmn:extensionElements>
        <dw:operation name="case.outcome"/>
        <dw:input name="outcome" value="&quot;listed&quot;"/>
      </bpmn:extensionElements>
      <bpmn:incoming>f7</bpmn:incoming><bpmn:outgoing>f9</bpmn:outgoing>
    </bpmn:serviceTask>
    <bpmn:endEvent id="end" name="办结"><bpmn:incoming>f9</bpmn:incoming></bpmn:endEvent>
    <bpmn:endEvent id="end_refused" name="不同意"><bpmn:incoming>f4</bpmn:incoming></bpmn:endEvent>
    <bpmn:endEvent id="end_objected" name="有异议"><bpmn:incoming>f8</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="talk"/>
    <bpmn:sequenceFlow id="f2" sourceRef="talk" targetRef="fit"/>
    <bpmn:sequenceFlow id="f3" name="同意" sourceRef="fit" targetRef="notice">
      <bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">
        talk_outcome = "agreed"
      </bpmn:conditionExpression>
    </bpmn:sequenceFlow>
    <bpmn:sequenceFlow id="f4" name="不同意" sourceRef="fit" targetRef="end_refused"/>
    <bpmn:sequenceFlow id="f5" sourceRef="notice" targetRef="list"/>
    <bpmn:sequenceFlow id="f6" sourceRef="list" targetRef="judge"/>
    <bpmn:sequenceFlow id="f7" sourceRef="judge" targetRef="close"/>
    <bpmn:sequenceFlow id="f8" sourceRef="objection" targetRef="end_objected"/>
    <bpmn:sequenceFlow id="f9" sourceRef="close" targetRef="end"/>
  </bpmn:process>
  {diagram}
</bpmn:definitions>
"""

NODES = (
    *("start", "talk", "fit", "notice", "objection", "list", "judge", "close"),
    *("end", "end_refused", "end_objected"),
)
FLOWS = [f"f{n}" for n in range(1, 10)]


def diagram() -> str:
    """Draw everything somewhere; where does not matter here."""
    shapes = "".join(
        f'<bpmndi:BPMNShape id="{node}_di" bpmnElement="{node}">'
        f'<dc:Bounds x="{100 * n}" y="100" width="80" height="60"/></bpmndi:BPMNShape>'
        for n, node in enumerate(NODES)
    )
    edges = "".join(
        f'<bpmndi:BPMNEdge id="{flow}_di" bpmnElement="{flow}"><di:waypoint x="0" y="{n}"/>'
        f'<di:waypoint x="9" y="{n}"/></bpmndi:BPMNEdge>'
        for n, flow in enumerate(FLOWS)
    )
    return (
        '<bpmndi:BPMNDiagram id="diagram"><bpmndi:BPMNPlane id="plane" '
        f'bpmnElement="collaboration">{shapes}{edges}</bpmndi:BPMNPlane></bpmndi:BPMNDiagram>'
    )


DEADLINE_OUTPUTS = (
    "rule",
    "kind",
    "base",
    "base_label",
    "period",
    "days",
    "severity",
    "source",
    "article",
    "when",
)
DEADLINES = (
    ('"talk"', "-", "MD-02 due start_on 收到入党申请书 P1M natural block dev-2026 第七条"),
    ('"notice"', "-", "MD-07 earliest talk_on 谈话 P1Y natural block dev-2026 第十三条"),
    ('"list"', '"2026"', "MD-08 earliest notice_on 公示 P5D working block dev-2026 第十三条"),
    ('"list"', '"2026"', "MD-90 due notice_on 公示 P10D working warn dev-2026 第十三条"),
    ('"list"', "-", "MD-91 earliest notice_on 公示 P1M natural block custom 做法 urgent = true"),
)
CHECK_OUTPUTS = ("rule", "severity", "message", "source", "article")
CHECKS = (
    ('"talk"', "hours < 2", "MD-50 block 谈话学时不足。 dev-2026 第七条"),
    ('"talk"', "hours > 8", "MD-51 block 谈话学时过多。 custom 做法"),
    (
        '"list"',
        'today() > acted_on + duration("P1Y")',
        "MD-52 warn 补录。 dev-2026 第二条",
    ),
)


def date_field(**more: Any) -> dict[str, Any]:
    return {
        "id": "acted_on",
        "type": "datetime",
        "subtype": "date",
        "key": "acted_on",
        "dateLabel": "日期",
        "validate": {"required": True},
    } | more


def form(*components: Mapping[str, Any]) -> bytes:
    return json.dumps({"type": "default", "schemaVersion": 19, "components": components}).encode()


def table(
    decision: str,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    rows: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...],
    policy: str = "COLLECT",
) -> str:
    columns = "".join(
        f'<input id="{decision}_i{n}" label="{text}"><inputExpression id="{decision}_e{n}">'
        f"<text>{text}</text></inputExpression></input>"
        for n, text in enumerate(inputs)
    ) + "".join(f'<output id="{decision}_o{n}" name="{name}"/>' for n, name in enumerate(outputs))
    rules = "".join(
        f'<rule id="{decision}_r{number}">{entries("input", given)}{entries("output", made)}</rule>'
        for number, (given, made) in enumerate(rows, 1)
    )
    return (
        f'<decision id="{decision}" name="{decision}"><decisionTable id="{decision}_table" '
        f'hitPolicy="{policy}">{columns}{rules}</decisionTable></decision>'
    )


def entries(kind: str, texts: tuple[str, ...]) -> str:
    return "".join(
        f"<{kind}Entry><text>{escape(text, quote=False)}</text></{kind}Entry>" for text in texts
    )


def dmn(*decisions: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><definitions '
        'xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:t">'
        f"{''.join(decisions)}</definitions>"
    ).encode()


def cells(line: str, columns: int) -> tuple[str, ...]:
    """Split a line at blanks into `columns` string cells, the last one taking the rest."""
    parts = line.split(" ", columns - 1)
    return tuple(f'"{part}"' for part in [*parts, *[""] * (columns - len(parts))])


def deadlines(rows: tuple[tuple[str, str, str], ...] = DEADLINES, policy: str = "COLLECT") -> str:
    return table(
        "deadlines",
        ("element", "rule_version"),
        DEADLINE_OUTPUTS,
        tuple(((element, version), cells(line, 10)) for element, version, line in rows),
        policy,
    )


def checks(rows: tuple[tuple[str, str, str], ...] = CHECKS) -> str:
    return table(
        "checks",
        ("element", "rule_version", "true"),
        CHECK_OUTPUTS,
        tuple(((element, "-", broken), cells(line, 5)) for element, broken, line in rows),
    )


RULE_VERSION = table(
    "rule_version",
    ("acted_on",),
    ("rule_version",),
    (
        (('< date("2026-05-18")',), ('"2014"',)),
        (('>= date("2026-05-18")',), ('"2026"',)),
    ),
    "UNIQUE",
)
LISTING_RESULT = table(
    "listing_result",
    ("hours",),
    ("result",),
    (((">= 24",), ('"enough"',)), (("< 24",), ('"short"',))),
    "UNIQUE",
)


def sample_folder() -> dict[str, bytes]:
    """Return a fresh copy of the whole folder."""
    hours = {"id": "hours", "type": "number", "key": "hours", "label": "学时"}
    return {
        "procedure.toml": MANIFEST.encode(),
        "process.bpmn": PROCESS.format(diagram=diagram()).encode(),
        "README.md": "# 列为发展对象\n".encode(),
        "scenarios/S1.yaml": b"id: S1\n",
        "forms/start.form": form(date_field()),
        "forms/talk.form": form(date_field(), hours),
        "forms/notice.form": form(date_field()),
        "forms/listed.form": form(date_field()),
        "forms/objection.form": form(date_field()),
        "decisions/deadlines.dmn": dmn(deadlines(), RULE_VERSION),
        "decisions/checks.dmn": dmn(checks()),
        "decisions/result.dmn": dmn(LISTING_RESULT),
    }
