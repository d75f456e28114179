"""Events with several event definitions: any of them, all of them, all thrown."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.errors import NoMatchingEvent
from engine.model import EventType, TriggerKind
from engine.soundness import explore
from tests.unit.engine.builder import (
    MESSAGES,
    TERMINATE,
    boundary,
    catch,
    chain,
    compensated,
    compensation,
    condition,
    end,
    gateway,
    message,
    node,
    process,
    signal,
    start,
    throw,
    timer,
    user,
)
from tests.unit.engine.case import Case

ROOT = (
    MESSAGES
    + '<bpmn:message id="m2" name="more"/><bpmn:signal id="s1" name="alarm"/>'
    + '<bpmn:error id="err1" errorCode="E1"/><bpmn:escalation id="x1" escalationCode="X1"/>'
)
DAY, WEEK = timer("timeDuration", "P1D"), timer("timeDuration", "P7D")
ANY = message() + DAY + signal() + condition("n > 3")


def all_of(event: str) -> str:
    return event.replace(' name="', ' parallelMultiple="true" name="', 1)


def line(event: str) -> str:
    return start() + user("a", "b") + event + chain("s", "a", "w", "b")


@pytest.mark.parametrize(
    "act",
    [
        lambda case: case.tell("hello"),
        lambda case: case.wait(days=1),
        lambda case: case.signal("alarm"),
    ],
)
def test_any_of_several_triggers_is_enough(act) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - a lambda of this test
    case = Case(process(line(catch("w", ANY)), ROOT)).do("a")
    assert [s.kind for s in case.advance.subscriptions] == [
        TriggerKind.MESSAGE,
        TriggerKind.SIGNAL,
        TriggerKind.CONDITION,
    ]
    act(case)
    assert (case.open, case.advance.subscriptions, case.advance.next_due_at) == (["b"], (), None)


def test_one_true_condition_among_several_triggers_is_enough() -> None:
    assert Case(process(line(catch("w", ANY)), ROOT)).do("a", n=4).open == ["b"]


def test_each_timer_of_an_event_has_its_own_due_time() -> None:
    case = Case(process(line(catch("w", WEEK + DAY)), ROOT)).do("a")
    assert datetime(2026, 6, 2, 1, tzinfo=UTC) == case.advance.next_due_at
    assert case.wait(days=1).open == ["b"]


def test_two_timers_behind_one_gateway_have_their_own_due_times() -> None:
    body = (
        start()
        + gateway("eventBased", "g")
        + catch("x", WEEK)
        + catch("y", DAY)
        + user("a", "b")
        + chain("s", "g", "x", "a")
        + chain("g", "y", "b")
    )
    case = Case(process(body)).wait(days=1)
    assert (case.open, case.advance.next_due_at) == (["b"], None)


def test_all_of_several_triggers_are_needed_in_any_order() -> None:
    definition = process(line(all_of(catch("w", ANY))), ROOT)
    case = Case(definition).do("a").wait(days=1)
    assert (case.open, case.advance.next_due_at) == ([], None)
    case.signal("alarm")
    with pytest.raises(NoMatchingEvent):
        case.signal("alarm")
    assert [s.kind for s in case.advance.subscriptions] == [
        TriggerKind.MESSAGE,
        TriggerKind.CONDITION,
    ]
    assert case.tell("hello").open == []
    late = Case(definition).do("a", n=4).tell("hello").signal("alarm")
    assert (late.open, late.wait(days=1).open) == ([], ["b"])


def test_all_conditions_may_hold_on_arrival() -> None:
    both = all_of(catch("w", condition("n > 3") + condition("n > 4")))
    assert Case(process(line(both))).do("a", n=5).open == ["b"]


def guarded(definition: str, *, interrupting: bool, parallel: bool) -> str:
    event = boundary("w", "a", definition, interrupting=interrupting)
    return (
        start()
        + user("a", "h")
        + (all_of(event) if parallel else event)
        + chain("s", "a")
        + chain("w", "h")
    )


def test_a_boundary_event_keeps_its_other_triggers() -> None:
    case = Case(process(guarded(message() + WEEK, interrupting=False, parallel=False), ROOT))
    due = case.advance.next_due_at
    case.wait(days=2).tell("hello")
    assert (case.open, case.advance.next_due_at) == (["a", "h"], due)
    assert case.wait(days=5).open == ["a", "h", "h"]
    assert (case.advance.next_due_at, case.advance.messages) == (None, ("hello",))
    assert case.tell("hello").open == ["a", "h", "h", "h"]


def test_a_boundary_event_that_needs_all_starts_again() -> None:
    body = guarded(message() + message("m2"), interrupting=False, parallel=True)
    case = Case(process(body, ROOT)).tell("hello").tell("more")
    assert (case.open, case.advance.messages) == (["a", "h"], ("hello", "more"))
    assert case.tell("more").open == ["a", "h"]
    assert case.tell("hello").open == ["a", "h", "h"]


def test_a_used_up_timer_ends_an_event_that_needs_all() -> None:
    body = guarded(message() + DAY, interrupting=False, parallel=True)
    case = Case(process(body, ROOT)).wait(days=1).tell("hello")
    assert (case.open, case.advance.messages) == (["a", "h"], ())
    again = timer("timeCycle", "R/P1D")
    case = Case(process(guarded(message() + again, interrupting=False, parallel=True), ROOT))
    case.wait(days=1).tell("hello").wait(days=1).tell("hello")
    assert case.open == ["a", "h", "h"]


def test_several_timers_on_the_boundary_run_down_one_by_one() -> None:
    body = guarded(DAY + WEEK, interrupting=False, parallel=False)
    case = Case(process(body)).wait(days=1)
    assert case.open == ["a", "h"]
    assert case.wait(days=6).open == ["a", "h", "h"]
    assert case.advance.next_due_at is None


@pytest.mark.parametrize("parallel", [True, False])
def test_an_interrupting_boundary_event_of_several(parallel: bool) -> None:  # noqa: FBT001 - a parameter of the test
    body = guarded(message() + signal(), interrupting=True, parallel=parallel)
    case = Case(process(body, ROOT)).tell("hello")
    assert case.open == (["a"] if parallel else ["h"])
    if parallel:
        assert case.signal("alarm").open == ["h"]


def test_errors_may_be_one_of_several_triggers() -> None:
    error = '<bpmn:errorEventDefinition errorRef="err1"/>'
    escalation = '<bpmn:escalationEventDefinition escalationRef="x1"/>'
    for thrown in (error, escalation):
        inner = start("s2") + user("x") + end("e2", thrown) + chain("s2", "x", "e2")
        body = start() + node("subProcess", "a", inner) + user("h") + chain("s", "a")
        body += boundary("w", "a", message() + escalation + error, interrupting=True)
        assert Case(process(body + chain("w", "h"), ROOT)).do("x").open == ["h"]


@pytest.mark.parametrize("parallel", [True, False])
def test_an_event_sub_process_of_several(parallel: bool) -> None:  # noqa: FBT001 - a parameter of the test
    begin = node("startEvent", "s2", message() + DAY)
    inner = (all_of(begin) if parallel else begin) + user("h") + chain("s2", "h")
    handler = node("subProcess", "ev", inner, triggeredByEvent="true")
    case = Case(process(start() + user("a") + chain("s", "a") + handler, ROOT)).wait(days=1)
    assert case.open == (["a"] if parallel else ["h"])
    if parallel:
        assert case.tell("hello").open == ["h"]


def test_everything_an_event_defines_is_thrown() -> None:
    error = '<bpmn:errorEventDefinition errorRef="err1"/>'
    inner = (
        start("s2")
        + throw("t", message() + signal())
        + end("e2", error + message("m2") + signal())
        + chain("s2", "t", "e2")
    )
    body = start() + node("subProcess", "sub", inner) + user("h") + chain("s", "sub")
    body += boundary("w", "sub", error, interrupting=True) + chain("w", "h")
    case = Case(process(body, ROOT))
    thrown = {EventType.MESSAGE_THROWN, EventType.SIGNAL_THROWN, EventType.ERROR_THROWN}
    assert [e.element_id for e in case.advance.events if e.type in thrown] == ["t"] * 2 + ["e2"] * 3
    assert case.open == ["h"]


def test_an_end_event_may_throw_and_terminate() -> None:
    body = start() + user("a", "b") + end("e", TERMINATE + message()) + chain("s", "a", "e")
    case = Case(process(body + chain("s", "b"))).do("a")
    assert (case.status, case.seen(EventType.MESSAGE_THROWN)) == ("completed", ["e"])


def test_a_send_task_throws_its_message_with_a_payload() -> None:
    given = '<bpmn:extensionElements><dw:input name="who" value="name"/></bpmn:extensionElements>'
    body = (
        start()
        + node("sendTask", "x", given, messageRef="m1")
        + throw("t", given + signal())
        + catch("w", signal())
        + user("a")
        + gateway("parallel", "f")
        + chain("s", "f", "w", "a")
        + chain("f", "x", "t")
    )
    case = Case(process(body, ROOT), name="张三")
    assert [e.data for e in case.advance.events if e.type is EventType.MESSAGE_THROWN] == [
        {"message": "hello", "payload": {"who": "张三"}}
    ]
    assert case.seen(EventType.ELEMENT_COMPLETED).count("x") == 1
    assert (case.open, case.variables["who"]) == (["a"], "张三")


def test_a_signal_from_outside_reaches_everything_that_waits_for_it() -> None:
    body = (
        start()
        + gateway("parallel", "f")
        + catch("v", signal())
        + catch("w", signal())
        + user("a", "b")
        + chain("s", "f", "v", "a")
        + chain("f", "w", "b")
    )
    case = Case(process(body, ROOT)).signal("alarm", n=1)
    assert (case.open, case.variables) == (["a", "b"], {"n": 1})
    with pytest.raises(NoMatchingEvent):
        case.signal("alarm")


def test_every_trigger_is_explored() -> None:
    any_of = catch("w", message() + DAY)
    for event in (any_of, all_of(any_of)):
        assert explore(process(line(event), ROOT), "x.bpmn").findings == ()


def test_an_event_may_compensate_and_throw() -> None:
    body = (
        start()
        + user("a")
        + compensated("a")
        + throw("t", compensation(wait=True) + message())
        + user("b")
        + chain("s", "a", "t", "b")
    )
    case = Case(process(body, ROOT)).do("a")
    (undoing,) = case.open
    assert case.seen(EventType.MESSAGE_THROWN) == []
    case.do(undoing)
    assert (case.open, case.seen(EventType.MESSAGE_THROWN)) == (["b"], ["t"])
