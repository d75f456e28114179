"""`dangwu trace`: one file, run by itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.errors import DefinitionError, InvalidState
from engine.trace import TraceEvent, TraceStatus, trace
from tests.unit.engine.builder import (
    boundary,
    catch,
    chain,
    countersign,
    document,
    end,
    flow,
    gateway,
    message,
    node,
    start,
    timer,
    user,
)
from tests.unit.engine.case import NOW


def run(
    body: str, data: dict[str, Any] | None = None, tasks: dict[str, Any] | None = None
) -> list[TraceEvent]:
    return list(trace(document(body), data or {}, tasks or {}, NOW))


def completed(events: list[TraceEvent]) -> list[str | None]:
    return [event.element_id for event in events if event.type == "element_completed"]


LOOP = (
    start()
    + gateway("exclusive", "m")
    + user("a")
    + gateway("exclusive", "g", default="fd")
    + end()
    + chain("s", "m", "a", "g")
    + flow("g", "m", "n < 3")
    + flow("g", "e", flow_id="fd")
)


AD_HOC = (
    start()
    + "{sub}"
    + boundary("late", "sub", timer("timeDuration", "P1D"), interrupting=True)
    + end()
    + end("e2")
    + chain("s", "sub", "e")
    + chain("late", "e2")
)


@pytest.mark.parametrize(
    ("condition", "ordering", "done"),
    [
        ("", "Parallel", ["s", "x", "y", "w", "sub", "e"]),
        ("", "Sequential", ["s", "x", "y", "w", "sub", "e"]),
        ("n = 1", "Parallel", ["s", "x", "sub", "e"]),
        ("n = 2", "Parallel", ["s", "x", "y", "w", "late", "e2"]),
    ],
)
def test_an_ad_hoc_sub_process_is_gone_through_once(
    condition: str, ordering: str, done: list[str]
) -> None:
    ends = f"<bpmn:completionCondition>{condition}</bpmn:completionCondition>" if condition else ""
    inner = user("x", "y", "w") + chain("x", "y") + ends
    body = AD_HOC.replace("{sub}", node("adHocSubProcess", "sub", inner, ordering=ordering))
    events = run(body, tasks={"x": {"n": 1}})
    assert done == completed(events)
    assert TraceStatus.COMPLETED is events[-1].status


def test_a_run_to_the_end() -> None:
    events = run(LOOP, tasks={"a": [{"n": 1}, {"n": 2}, {"n": 3}]})
    assert completed(events) == ["s", "m", "a", "g", "m", "a", "g", "m", "a", "g", "e"]
    assert list(range(1, len(events) + 1)) == [event.seq for event in events]
    assert TraceStatus.COMPLETED is events[-1].status
    assert events[-1].data["variables"] == {"n": 3}
    assert all(event.status is TraceStatus.RUNNING for event in events[:-1])


def test_the_last_answer_is_used_again_until_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.trace.MAX_STEPS", 20)
    events = run(LOOP, tasks={"a": {"n": 1}})
    assert TraceStatus.LIMIT is events[-1].status
    assert completed(events).count("a") == 20


def test_the_clock_moves_when_nothing_else_does() -> None:
    body = (
        start()
        + user("a")
        + boundary("b", "a", timer("timeDuration", "P9D"), interrupting=True)
        + catch("t", timer("timeDuration", "P1Y"))
        + node("serviceTask", "n")
        + end()
        + end("e2")
        + chain("s", "a", "t", "n", "e")
        + chain("b", "e2")
    )
    events = run(body)
    assert completed(events) == ["s", "a", "t", "n", "e"]
    assert TraceStatus.COMPLETED is events[-1].status


def test_waiting_for_a_message_is_being_stuck() -> None:
    events = run(start() + catch("w", message()) + end() + chain("s", "w", "e"))
    assert (events[-1].status, events[-1].data["messages"]) == (TraceStatus.STUCK, ["hello"])


def test_a_failing_expression_is_an_incident() -> None:
    events = run(LOOP, tasks={"a": {"n": "three"}})
    assert (events[-1].type, events[-1].status) == ("incident", TraceStatus.STUCK)
    assert events[-1].data["code"] == "expression"
    assert (events[-1].element_id, events[-1].data["seen"]) == ("g", {"n": "three"})


def test_a_failing_start_is_an_incident() -> None:
    body = start() + user("a", inner=countersign()) + end() + chain("s", "a", "e")
    events = run(body)
    assert (events[-1].type, events[-1].element_id) == ("incident", "a")
    assert TraceStatus.STUCK is events[-1].status
    assert completed(events) == ["s"]


def test_lines_are_json() -> None:
    line = run(LOOP, {"n": 3})[0].to_json()
    assert json.loads(line) == {
        "seq": 1,
        "type": "instance_started",
        "element_id": None,
        "name": "流程",
        "data": {},
    }
    body = start() + catch("t", timer("timeDate", "2026-06-02")) + end() + chain("s", "t", "e")
    for event in run(body, {"deep": {"list": [1.5, None]}}):
        json.loads(event.to_json())


def test_a_refused_file_yields_nothing() -> None:
    with pytest.raises(DefinitionError):
        trace(b"<a/>", {}, {}, NOW)


def test_answers_must_be_objects() -> None:
    with pytest.raises(InvalidState):
        trace(document(LOOP), {}, {"a": 5}, NOW)
