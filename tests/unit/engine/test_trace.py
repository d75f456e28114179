"""`dangwu trace`: files run by themselves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.collaboration import Start
from engine.errors import DefinitionError, InvalidState, NoMatchingEvent
from engine.trace import Trace, TraceEvent, TraceStatus
from tests.unit.engine.builder import (
    HEAD,
    boundary,
    catch,
    chain,
    condition,
    countersign,
    document,
    end,
    flow,
    gateway,
    message,
    node,
    signal,
    start,
    throw,
    timer,
    user,
)
from tests.unit.engine.case import NOW


def run(
    body: str, data: dict[str, Any] | None = None, tasks: dict[str, Any] | None = None
) -> list[TraceEvent]:
    return list(Trace({"a.bpmn": document(body)}, (Start(None, data or {}),), tasks or {}, NOW))


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


def test_what_could_still_come_is_waited_for() -> None:
    body = start() + catch("w", message() + condition("n > 3")) + end() + chain("s", "w", "e")
    last = run(body)[-1]
    assert (last.status, last.data["waiting"]) == (TraceStatus.WAITING, ["hello", "n > 3"])


def test_what_can_never_move_is_stuck() -> None:
    body = start() + gateway("exclusive", "x", default="d") + gateway("parallel", "j")
    body += chain("s", "x") + flow("x", "j", flow_id="d") + flow("x", "j", "n = 1")
    assert TraceStatus.STUCK is run(body)[-1].status


def test_a_failing_expression_is_an_incident() -> None:
    events = run(LOOP, tasks={"a": {"n": "three"}})
    incident = events[-2]
    assert (incident.type, incident.element_id, incident.instance) == ("incident", "g", 1)
    assert (incident.data["code"], incident.data["seen"]) == ("expression", {"n": "three"})
    assert TraceStatus.FAILED is events[-1].status


def test_a_loop_without_end_reaches_the_limit() -> None:
    body = start() + gateway("exclusive", "x") + node("task", "t") + chain("s", "x", "t", "x")
    events = run(body)
    assert events[-2].data["code"] == "endless-circle"
    assert TraceStatus.LIMIT is events[-1].status


def test_an_error_without_code_is_caught_by_any() -> None:
    error = "<bpmn:errorEventDefinition/>"
    inner = start("s2") + end("e2", error) + chain("s2", "e2")
    body = start() + node("subProcess", "sub", inner) + node("task", "t") + chain("s", "sub")
    body += boundary("b", "sub", error, interrupting=True) + chain("b", "t")
    events = run(body)
    assert (completed(events)[-1], events[-1].status) == ("t", TraceStatus.COMPLETED)


def test_a_failing_start_is_an_incident() -> None:
    body = start() + user("a", inner=countersign()) + end() + chain("s", "a", "e")
    events = run(body)
    assert (events[-2].type, events[-2].element_id) == ("incident", "a")
    assert (events[-1].status, completed(events)) == (TraceStatus.FAILED, ["s"])


def test_an_uncaught_error_is_a_failure_and_an_uncaught_escalation_is_told() -> None:
    root = '<bpmn:error id="r" errorCode="E1"/><bpmn:escalation id="x1" escalationCode="X1"/>'
    escalation = throw("t", '<bpmn:escalationEventDefinition escalationRef="x1"/>')
    failing = end("e", '<bpmn:errorEventDefinition errorRef="r"/>')
    for last, status in ((failing, TraceStatus.FAILED), (end(), TraceStatus.COMPLETED)):
        body = start() + escalation + last + chain("s", "t", "e")
        events = list(Trace({"a": document(body, root)}, (), {}, NOW))
        uncaught = [item["code"] for item in events[-1].data["uncaught"]]  # type: ignore[union-attr,index,call-overload] # as written
        assert (events[-1].status, uncaught[0]) == (status, "X1")
        assert (status is TraceStatus.FAILED) == ("E1" in uncaught)


def test_every_instance_of_a_loop_is_a_line() -> None:
    body = start() + user("a", inner=countersign()) + end() + chain("s", "a", "e")
    assert completed(run(body, {"people": ["1", "2"]})) == ["s", "a", "a", "e"]


def test_decisions_are_given_or_missing() -> None:
    bound = '<bpmn:extensionElements><dw:decision ref="d" result="r"/></bpmn:extensionElements>'
    body = start() + node("businessRuleTask", "x", bound) + end() + chain("s", "x", "e")
    last = run(body, tasks={"d": {"ok": True}})[-1]
    assert last.data["variables"] == {"r": {"ok": True}}
    assert run(body)[-1].status is TraceStatus.FAILED
    assert run(body.replace(bound, ""))[-1].status is TraceStatus.COMPLETED


def test_lines_are_json() -> None:
    line = run(LOOP, {"n": 3})[0].to_json()
    assert json.loads(line) == {
        "seq": 1,
        "type": "instance_started",
        "element_id": None,
        "name": "流程",
        "instance": 1,
        "data": {},
    }
    body = start() + catch("t", timer("timeDate", "2026-06-02")) + end() + chain("s", "t", "e")
    for event in run(body, {"deep": {"list": [1.5, None]}}):
        json.loads(event.to_json())


def test_a_refused_file_is_not_run() -> None:
    with pytest.raises(DefinitionError):
        Trace({"a": b"<a/>"}, (), {}, NOW)


def test_answers_must_be_objects() -> None:
    with pytest.raises(InvalidState):
        Trace({"a": document(LOOP)}, (), {"a": 5}, NOW)


ROOT = (
    '<bpmn:message id="m1" name="order"/><bpmn:message id="m2" name="answer"/>'
    '<bpmn:signal id="s1" name="alarm"/>'
)


def pools(**bodies: str) -> dict[str, bytes]:
    """One file per process, each with the same messages and signals."""
    return {
        name: (
            f'{HEAD}{ROOT}<bpmn:process id="{name}" isExecutable="true">{body}</bpmn:process>'
            "</bpmn:definitions>"
        ).encode()
        for name, body in bodies.items()
    }


def play(
    files: dict[str, bytes], *starts: Start
) -> tuple[list[tuple[int | None, str | None]], Any]:
    trace = Trace(files, starts, {}, NOW)
    events = list(trace)
    done = [(e.instance, e.element_id) for e in events if e.type == "element_completed"]
    return done, events[-1].data


GIVEN = '<bpmn:extensionElements><dw:input name="number" value="n"/></bpmn:extensionElements>'
BUYER = (
    start("b1")
    + node("sendTask", "b2", GIVEN, messageRef="m1")
    + catch("b3", message("m2"))
    + end("b4")
    + chain("b1", "b2", "b3", "b4")
)
SELLER = (
    node("startEvent", "c1", message("m1"))
    + user("c2")
    + end("c3", GIVEN + message("m2"))
    + chain("c1", "c2", "c3")
)


def test_messages_go_from_instance_to_instance() -> None:
    done, last = play(pools(buyer=BUYER, seller=SELLER.replace('value="n"', 'value="number"')))
    assert done == [
        (1, "b1"),
        (1, "b2"),
        (2, "c1"),
        (2, "c2"),
        (2, "c3"),
        (1, "b3"),
        (1, "b4"),
    ]
    assert (last["status"], last["undelivered"]) == ("completed", [])


def test_correlation_keys_find_the_right_instance() -> None:
    paths = "".join(
        f'<bpmn:correlationPropertyRetrievalExpression messageRef="{ref}"><bpmn:messagePath>number'
        "</bpmn:messagePath></bpmn:correlationPropertyRetrievalExpression>"
        for ref in ("m1", "m2")
    )
    keys = (
        f'<bpmn:correlationProperty id="p1">{paths}</bpmn:correlationProperty>'
        '<bpmn:collaboration id="k"><bpmn:correlationKey id="k1">'
        "<bpmn:correlationPropertyRef>p1</bpmn:correlationPropertyRef>"
        "</bpmn:correlationKey></bpmn:collaboration>"
    )
    files = {
        name: xml.replace(ROOT.encode(), (ROOT + keys).encode())
        for name, xml in pools(buyer=BUYER, seller=SELLER.replace('"n"', '"number"')).items()
    }
    starts = [Start("buyer", {"n": 1}), Start("buyer", {"n": 2})]
    late = Start(None, {"number": 2}, message="answer")
    done, last = play(files, *starts, late)
    assert done.index((2, "b3")) < done.index((1, "b3"))
    assert (last["status"], last["undelivered"]) == ("completed", ["answer"])


def test_an_early_message_waits_for_its_receiver() -> None:
    late = start("d1") + user("d2") + catch("d3", message("m1")) + chain("d1", "d2", "d3")
    early = start("f1") + throw("f2", message("m1")) + chain("f1", "f2")
    done, last = play(pools(early=early, late=late))
    assert (done[-1], last["status"], last["undelivered"]) == ((2, "d3"), "completed", [])


def test_signals_reach_everybody_at_once() -> None:
    thrower = start("f1") + user("f2") + throw("f3", signal()) + chain("f1", "f2", "f3")
    waiting = start("d1") + catch("d2", signal()) + chain("d1", "d2")
    started = node("startEvent", "g1", signal()) + user("g2") + chain("g1", "g2")
    done, last = play(pools(thrower=thrower, waiting=waiting, started=started))
    assert {(2, "d2"), (3, "g1"), (3, "g2")} <= set(done)
    assert last["status"] == "completed"


def test_a_run_may_begin_by_a_message_or_signal() -> None:
    done, _ = play(pools(seller=SELLER), Start(None, {"n": 1}, message="order"))
    assert done == [(1, "c1"), (1, "c2"), (1, "c3")]
    heard = node("startEvent", "g1", signal()) + user("g2") + chain("g1", "g2")
    done, _ = play(pools(heard=heard), Start("heard", {}, signal="alarm"))
    assert done == [(1, "g1"), (1, "g2")]
    done, last = play(pools(heard=heard), Start(None, {}, message="nothing"))
    assert (done, last["status"], last["undelivered"]) == ([], "waiting", ["nothing"])


def test_a_process_that_needs_a_trigger_begins_as_though_it_had_happened() -> None:
    for body in (SELLER, SELLER.replace(message("m1"), timer("timeDuration", "P1D"))):
        done, last = play(pools(seller=body), Start("seller", {"n": 1}))
        assert (done[0], last["status"]) == ((1, "c1"), "completed")
    conditional = SELLER.replace(message("m1"), condition("n = 1"))
    assert play(pools(seller=conditional), Start("seller", {"n": 1}))[1]["status"] == "completed"
    assert play(pools(seller=conditional), Start("seller", {"n": 2}))[1]["status"] == "waiting"


def test_a_timer_starts_once_what_nothing_else_has_started() -> None:
    timed = node("startEvent", "g1", timer("timeCycle", "R/P7D")) + user("g2") + chain("g1", "g2")
    done, _ = play(pools(buyer=BUYER, seller=SELLER, timed=timed), Start("buyer", {"n": 1}))
    assert done.count((3, "g1")) == 1
    both = timed + start("g0") + chain("g0", "g2")
    assert play(pools(both=both))[0] == [(1, "g0"), (1, "g2")]


def test_a_start_that_needs_two_messages_waits_for_both() -> None:
    both = node("startEvent", "g1", message("m1") + message("m2"), parallelMultiple="true")
    files = pools(both=both + user("g2") + chain("g1", "g2"))
    order, reply = Start(None, {"a": 1}, message="order"), Start(None, {"b": 2}, message="answer")
    assert play(files, order)[1]["status"] == "waiting"
    done, last = play(files, order, reply)
    assert (done, last["variables"]) == ([(1, "g1"), (1, "g2")], {"a": 1, "b": 2})


def test_instances_that_start_each_other_for_ever_are_stopped() -> None:
    again = node("startEvent", "g1", signal()) + end("g2", signal()) + chain("g1", "g2")
    done, last = play(pools(again=again), Start(None, {}, signal="alarm"))
    assert (last["status"], len(done)) == ("limit", 2000)


def test_an_error_stops_its_own_instance_only() -> None:
    broken = start("x1") + catch("x2", timer("timeDuration", "n")) + chain("x1", "x2")
    done, last = play(pools(broken=broken, fine=start("d1") + user("d2") + chain("d1", "d2")))
    assert (done[-1], last["status"]) == ((2, "d2"), "failed")


def test_an_unknown_process_cannot_be_started() -> None:
    with pytest.raises(NoMatchingEvent):
        play(pools(seller=SELLER), Start("nobody"))
