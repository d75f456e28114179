"""Plain running: gateways, tasks, sub-processes, guards, events in order."""

from __future__ import annotations

from datetime import datetime

import pytest

from engine import lifecycle, runtime
from engine.errors import (
    InvalidState,
    NoMatchingEvent,
    StateFormatError,
    TaskNotOpen,
)
from engine.model import EventType, Value, Variables
from tests.unit.engine.builder import (
    TERMINATE,
    chain,
    end,
    flow,
    gateway,
    node,
    process,
    start,
    user,
)
from tests.unit.engine.case import NOW, Case

ENTERED, COMPLETED = EventType.ELEMENT_ENTERED, EventType.ELEMENT_COMPLETED
LINE = start() + user("a", "b") + end() + chain("s", "a", "b", "e")
CHOICE = (
    start()
    + gateway("exclusive", "g", default="fd")
    + user("a", "b", "c")
    + end()
    + chain("s", "g")
    + flow("g", "a", "x > 10")
    + flow("g", "b", '= x > 5 and kind = "甲"')
    + flow("g", "c", flow_id="fd")
    + gateway("exclusive", "m")
    + chain("a", "m", "e")
    + chain("b", "m")
    + chain("c", "m")
)


def test_a_line_runs_to_its_end_and_reports_everything_in_order() -> None:
    case = Case(process(LINE), given=1)
    kinds = [(event.type, event.element_id) for event in case.advance.events]
    assert kinds == [
        (EventType.INSTANCE_STARTED, None),
        (ENTERED, "s"),
        (COMPLETED, "s"),
        (ENTERED, "a"),
    ]
    case.do("a", answer="yes").do("b")
    kinds = [(event.type, event.element_id) for event in case.advance.events]
    assert kinds == [
        (COMPLETED, "b"),
        (ENTERED, "e"),
        (COMPLETED, "e"),
        (EventType.INSTANCE_COMPLETED, None),
    ]
    assert (case.status, case.variables) == ("completed", {"given": 1, "answer": "yes"})


@pytest.mark.parametrize(
    ("x", "kind", "taken"), [(11, "甲", "a"), (6, "甲", "b"), (6, "乙", "c"), (1, "甲", "c")]
)
def test_the_first_true_condition_is_taken(x: int, kind: str, taken: str) -> None:
    assert [taken] == Case(process(CHOICE), x=x, kind=kind).open


def test_a_condition_without_answer_is_an_incident() -> None:
    (incident,) = Case(process(CHOICE), kind="甲").advance.incidents
    assert (incident.element_id, dict(incident.seen)) == ("g", {"x": None})


def test_no_true_condition_and_no_default() -> None:
    definition = process(
        start()
        + gateway("exclusive", "g")
        + end("e1")
        + end("e2")
        + chain("s", "g")
        + flow("g", "e1", "x = 1")
        + flow("g", "e2", "x = 2")
    )
    (incident,) = Case(definition, x=3).advance.incidents
    assert incident.message == "网关“g”没有一个条件成立，也没有默认分支。"
    assert (incident.expression, dict(incident.seen)) == ("x = 1；x = 2", {"x": 3})
    assert Case(definition, x=2).status == "completed"


def test_a_task_is_completed_once() -> None:
    case = Case(process(LINE))
    task_id = case.task_id("a")
    case.do("a")
    for wrong in (task_id, "no-uuid", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(TaskNotOpen):
            runtime.complete(case.process, case.advance.state, wrong, {}, **case.outside)


def test_an_act_is_accepted_although_the_step_behind_it_fails() -> None:
    definition = process(
        start()
        + user("a")
        + gateway("exclusive", "g", default="fd")
        + end("e1")
        + end()
        + chain("s", "a", "g")
        + flow("g", "e1", "x > 1")
        + flow("g", "e", flow_id="fd")
    )
    case = Case(definition).do("a", x="text")
    assert (case.status, case.open, case.failed) == ("incident", [], ["g"])
    assert case.seen(COMPLETED) == ["a"]
    assert case.retry(x=5).status == "completed"


def test_what_is_handed_in_is_copied() -> None:
    names = ["甲"]
    case = Case(process(LINE), names=names)
    names.append("乙")
    assert case.variables["names"] == ["甲"]


def test_service_tasks_wait_for_their_answer() -> None:
    inputs = (
        '<bpmn:extensionElements><dw:operation name="notify.send"/>'
        '<dw:input name="to" value="person"/><dw:input name="n" value="1 + 1"/>'
        "</bpmn:extensionElements>"
    )
    definition = process(start() + node("serviceTask", "n", inputs) + end() + chain("s", "n", "e"))
    case = Case(definition, person="7")
    operation = case.advance.operations[0]
    assert (
        operation.element_id,
        operation.operation,
        operation.inputs,
    ) == ("n", "notify.send", {"to": "7", "n": 2})
    case.answer(sent=True)
    assert (case.status, case.variables["sent"]) == ("completed", True)


def test_business_rules_are_decided_at_once() -> None:
    rule = (
        '<bpmn:extensionElements><dw:decision ref="meeting" result="verdict"/>'
        '<dw:input name="yes" value="ballots"/></bpmn:extensionElements>'
    )
    definition = process(
        start()
        + node("businessRuleTask", "r", rule)
        + user("a")
        + end()
        + chain("s", "r", "a", "e")
    )
    asked: list[tuple[str, Value, Value]] = []

    def decide(decision: str, inputs: Variables, now: datetime) -> tuple[Value, Value]:
        assert now == NOW
        asked.append((decision, inputs["yes"], inputs["due"]))
        return "passed", [{"rule": "r1"}]

    case = Case(definition, decide, ballots=7, due=9)
    assert asked == [("meeting", 7, 9)]
    assert case.variables["verdict"] == "passed"
    event = next(e for e in case.advance.events if e.type is EventType.DECISION_EVALUATED)
    assert event.data == {
        "decision": "meeting",
        "inputs": {"yes": 7},
        "result": "passed",
        "matched": [{"rule": "r1"}],
    }


def test_functions_and_the_clock_come_from_outside() -> None:
    definition = process(
        start()
        + gateway("exclusive", "g", default="fd")
        + end("e1")
        + user("a")
        + end()
        + chain("s", "g")
        + flow("g", "e1", 'today() = date("2026-06-01") and double(2) = 4')
        + flow("g", "a", flow_id="fd")
        + chain("a", "e")
    )
    case = Case(definition, functions={"double": lambda x: x * 2})
    assert case.status == "completed"


def test_manual_tasks_are_passed() -> None:
    definition = process(start() + node("manualTask", "m") + end() + chain("s", "m", "e"))
    case = Case(definition)
    assert case.seen(COMPLETED) == ["s", "m", "e"]


SUB = (
    start()
    + node(
        "subProcess", "sub", start("s2") + user("x", "y") + end("e2") + chain("s2", "x", "y", "e2")
    )
    + user("z")
    + end()
    + chain("s", "sub", "z", "e")
)


def test_sub_processes_share_the_variables() -> None:
    case = Case(process(SUB)).do("x", n=1)
    assert case.open == ["y"]
    case.do("y", m=2)
    assert case.seen(COMPLETED) == ["y", "e2", "sub"]
    assert (case.open, case.variables) == (["z"], {"n": 1, "m": 2})


def test_nested_sub_processes() -> None:
    inner = node(
        "subProcess", "inner", start("s3") + user("x") + end("e3") + chain("s3", "x", "e3")
    )
    outer = node(
        "subProcess", "outer", start("s2") + inner + end("e2") + chain("s2", "inner", "e2")
    )
    case = Case(process(start() + outer + end() + chain("s", "outer", "e")))
    assert case.open == ["x"]
    assert case.do("x").status == "completed"


def test_a_terminate_end_takes_everything_of_its_scope_with_it() -> None:
    definition = process(
        start()
        + gateway("parallel", "f")
        + user("a", "b")
        + end("e1", TERMINATE)
        + end("e2")
        + chain("s", "f", "a", "e1")
        + chain("f", "b", "e2")
    )
    case = Case(definition).do("a")
    assert (case.status, case.seen(EventType.ELEMENT_CANCELLED)) == ("completed", ["b"])


def test_a_terminate_end_in_a_sub_process_stays_inside() -> None:
    sub = (
        start("s2")
        + gateway("parallel", "f")
        + user("a", "b")
        + end("e2", TERMINATE)
        + end("e3")
        + chain("s2", "f", "a", "e2")
        + chain("f", "b", "e3")
    )
    definition = process(
        start() + node("subProcess", "sub", sub) + user("z") + end() + chain("s", "sub", "z", "e")
    )
    assert Case(definition).do("a").open == ["z"]


def test_terminating_an_instance() -> None:
    case = Case(process(SUB))
    advance = lifecycle.terminate(case.process, case.advance.state, **case.outside)
    assert (advance.status.value, advance.open_tasks) == ("terminated", ())
    cancelled = [e.element_id for e in advance.events if e.type is EventType.ELEMENT_CANCELLED]
    assert {"x", "sub"} == set(cancelled)
    with pytest.raises(InvalidState):
        lifecycle.terminate(case.process, advance.state, **case.outside)
    with pytest.raises(NoMatchingEvent):
        runtime.correlate(case.process, advance.state, "hello", {}, **case.outside)


def test_a_circle_without_people_is_stopped() -> None:
    definition = process(
        start()
        + gateway("exclusive", "m")
        + node("manualTask", "t")
        + gateway("exclusive", "g", default="fd")
        + end()
        + chain("s", "m", "t", "g")
        + flow("g", "m", "x = 1")
        + flow("g", "e", flow_id="fd")
    )
    case = Case(definition, x=1)
    assert [incident.code for incident in case.advance.incidents] == ["endless-circle"]
    assert case.retry(x=2).status == "completed"


def test_naive_moments_are_a_programming_error() -> None:
    with pytest.raises(ValueError, match="aware"):
        Case(process(LINE), now=NOW.replace(tzinfo=None))


@pytest.mark.parametrize(
    "state", [b"", b"[]", b'{"f":99}', b'{"f":1,"s":"active","v":{},"w":[[null,"p",[[1]]]]}']
)
def test_unreadable_states_are_refused(state: bytes) -> None:
    with pytest.raises(StateFormatError):
        runtime.inspect(process(LINE), state)


def test_a_token_on_an_unknown_element_is_refused() -> None:
    state = Case(process(LINE)).advance.state.replace(b'"a"', b'"gone"')
    with pytest.raises(StateFormatError):
        runtime.inspect(process(LINE), state)
