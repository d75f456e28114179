"""Folders whose cases are started by events, and messages that come from other cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.definition import lint_procedure, load_procedure
from engine.folder_rules import produced_variables
from engine.model import TriggerKind
from engine.procedure import EventStartRule, OrganizationKind
from engine.soundness import explore

PROCEDURES = Path(__file__).resolve().parents[2] / "fixtures" / "procedures"
WOKEN = (
    '<bpmn:startEvent id="begin_opinion" name="征求意见" /><bpmn:startEvent id="woken" name="唤醒">'
    '<bpmn:signalEventDefinition id="d" signalRef="s" /></bpmn:startEvent>'
    '<bpmn:sequenceFlow id="f" sourceRef="woken" targetRef="end_opinion" />'
)
SHAPES = (
    '<bpmndi:BPMNShape bpmnElement="woken"><dc:Bounds x="80" y="202" width="36" height="36" />'
    '</bpmndi:BPMNShape><bpmndi:BPMNEdge bpmnElement="f"><di:waypoint x="116" y="220" />'
    '<di:waypoint x="166" y="120" /></bpmndi:BPMNEdge></bpmndi:BPMNPlane>'
)
Files = dict[str, bytes]
RULE = '[[starts]]\nevent = "requested"\n'
BODIES = 'bodies = ["branch"]'
RECEIVED = '[received]\nmessages = ["inquiry_answer"]\n'
YEARLY = (
    '<bpmn:timerEventDefinition id="yearly"><bpmn:timeCycle>R3/2026-07-01T09:00/P365D'
    "</bpmn:timeCycle></bpmn:timerEventDefinition>"
)


def condition(text: str) -> str:
    """A conditional event definition."""
    return (
        '<bpmn:conditionalEventDefinition id="grown"><bpmn:condition>'
        f"{text}</bpmn:condition></bpmn:conditionalEventDefinition>"
    )


REQUEST = '<bpmn:messageEventDefinition id="request_3" messageRef="request" />'


def folder(key: str) -> Files:
    root = PROCEDURES / key
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def changed(key: str, path: str, *changes: tuple[str, str]) -> Files:
    files = folder(key)
    text = files[path].decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return {**files, path: text.encode()}


def manifest(key: str, old: str, new: str) -> Files:
    return changed(key, "procedure.toml", (old, new))


def diagram(key: str, old: str, new: str) -> Files:
    return changed(key, "process.bpmn", (old, new))


def found(files: Files) -> set[tuple[str, str, str | None]]:
    return {(f.code, f.path, f.element_id) for f in lint_procedure(files)}


@pytest.mark.parametrize("key", ["inquiry", "reply", "review"])
def test_the_folders_are_sound_and_have_no_findings(key: str) -> None:
    assert found(folder(key)) == set()
    assert explore(load_procedure(folder(key)).process, "process.bpmn").findings == ()


def test_a_condition_may_start_cases_in_bodies() -> None:
    files = diagram("review", YEARLY, condition("full_member_count &gt;= 50"))
    assert found(files) == set()
    [trigger] = load_procedure(files).process.start_triggers
    assert (TriggerKind.CONDITION, "full_member_count >= 50") == (trigger.kind, trigger.expression)


def test_what_the_folders_say() -> None:
    reply, review = load_procedure(folder("reply")), load_procedure(folder("review"))
    assert reply.starts == {"requested": EventStartRule("requested")}
    assert review.starts["each_year"].bodies == (OrganizationKind.BRANCH,)
    [trigger] = review.process.start_triggers
    assert (trigger.kind, trigger.element_id) == (TriggerKind.TIMER, "each_year")
    inquiry = load_procedure(folder("inquiry"))
    assert (reply.received, inquiry.received) == ((), ("inquiry_answer",))
    assert "inquiry_answer_on" in produced_variables(inquiry)


def test_the_date_of_a_reported_message_is_a_known_variable_too() -> None:
    files = manifest("inquiry", RECEIVED, "")
    assert found(files) == {
        ("procedure-message-rule", "process.bpmn", "await_answer"),
        ("procedure-variable", "decisions/deadlines.dmn", "deadlines_rule_1"),
    }


@pytest.mark.parametrize(
    ("files", "code", "path", "place"),
    [
        (
            manifest("inquiry", '["inquiry_answer"]', '["inquiry_answer", "invented"]'),
            "procedure-message-unknown",
            "procedure.toml",
            "received.invented",
        ),
        (
            manifest("inquiry", RECEIVED, "[received]\nmessages = []\n"),
            "procedure-entry",
            "procedure.toml",
            "received.messages",
        ),
        (
            manifest("reply", RULE, RULE + RULE),
            "procedure-start-repeated",
            "procedure.toml",
            "requested",
        ),
        (
            manifest("reply", '"requested"', '"start"'),
            "procedure-start-unknown",
            "procedure.toml",
            "starts.start",
        ),
        (
            manifest("reply", RULE, RULE + BODIES),
            "procedure-start-entry",
            "procedure.toml",
            "starts.requested",
        ),
        (
            manifest("reply", RULE, RULE + 'organization = "a +"'),
            "procedure-start-expression",
            "procedure.toml",
            "starts.requested",
        ),
        (
            manifest("review", BODIES, BODIES + '\nsubject = "a"'),
            "procedure-start-entry",
            "procedure.toml",
            "starts.each_year",
        ),
        (
            manifest("review", BODIES, 'bodies = ["club"]'),
            "procedure-entry",
            "procedure.toml",
            "starts.0.bodies.0",
        ),
        (manifest("review", BODIES, ""), "procedure-start-bodies", "process.bpmn", "each_year"),
        (
            manifest("review", 'subject = "none"', 'subject = "person"'),
            "procedure-start-subject",
            "process.bpmn",
            "each_year",
        ),
        (
            diagram("reply", REQUEST, condition("full_member_count = 3")),
            "procedure-start-bodies",
            "process.bpmn",
            "requested",
        ),
        (
            diagram("review", YEARLY, condition("person_count = 3")),
            "procedure-start-fact",
            "process.bpmn",
            "each_year",
        ),
        (
            diagram(
                "reply",
                f'name="收到征询">{REQUEST}',
                f'name="收到征询" parallelMultiple="true">{REQUEST}'
                '<bpmn:signalEventDefinition signalRef="closed" />',
            ),
            "procedure-start-together",
            "process.bpmn",
            "requested",
        ),
        (
            changed(
                "relay",
                "called/consultation.bpmn",
                ("  <bpmn:process ", '  <bpmn:signal id="s" name="s" />\n  <bpmn:process '),
                ('<bpmn:startEvent id="begin_opinion" name="征求意见" />', WOKEN),
                ("    </bpmndi:BPMNPlane>", SHAPES),
            ),
            "procedure-start-called",
            "called/consultation.bpmn",
            "woken",
        ),
    ],
)
def test_each_fault_is_found(files: Files, code: str, path: str, place: str) -> None:
    assert (code, path, place) in found(files)


def test_a_signal_of_the_own_diagram_is_not_expected_from_outside() -> None:
    """Who waits for what only this diagram throws, and never throws in time, waits in vain."""
    files = diagram(
        "reply",
        'name="已归档" />',
        'name="已归档"><bpmn:signalEventDefinition id="own" signalRef="closed" /></bpmn:endEvent>',
    )
    [fault, *_] = explore(load_procedure(files).process, "process.bpmn").findings
    assert (fault.code, fault.element_id) == ("bpmn-deadlock", "await_closing")
