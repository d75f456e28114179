"""Event sub-processes: every trigger, interrupting and beside, also inside sub-processes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from engine.errors import NoMatchingEvent
from engine.model import EventType
from engine.runtime import return_targets
from engine.soundness import explore
from tests.unit.engine.builder import (
    MESSAGES,
    TERMINATE,
    boundary,
    chain,
    countersign,
    end,
    gateway,
    message,
    node,
    process,
    start,
    timer,
    user,
)
from tests.unit.engine.case import Case

ROOT = (
    MESSAGES
    + '<bpmn:signal id="s1" name="alarm"/><bpmn:error id="err1" errorCode="E1"/>'
    + '<bpmn:escalation id="x1" escalationCode="X1"/>'
)
SIGNAL = '<bpmn:signalEventDefinition signalRef="s1"/>'
ERROR = '<bpmn:errorEventDefinition errorRef="err1"/>'
ESCALATION = '<bpmn:escalationEventDefinition escalationRef="x1"/>'
CANCELLED = EventType.ELEMENT_CANCELLED


def handler(definition: str, *, interrupting: bool, name: str = "ev", task: str = "h") -> str:
    begin = node("startEvent", f"{name}_s", definition, isInterrupting=str(interrupting).lower())
    inner = begin + user(task) + end(f"{name}_e") + chain(f"{name}_s", task, f"{name}_e")
    return node("subProcess", name, inner, triggeredByEvent="true")


def throwing(definition: str) -> str:
    return node("intermediateThrowEvent", "t", definition)


def beside(inner: str) -> str:
    """Tasks a, then t, then b; c in parallel."""
    return (
        start()
        + gateway("parallel", "f")
        + user("a", "b", "c")
        + chain("s", "f", "a", "t", "b")
        + chain("f", "c")
        + inner
    )


Act = Callable[[Case], Case]
BY_HAND: list[tuple[str, Act]] = [
    (message(), lambda case: case.tell("hello")),
    (timer("timeDuration", "P1D"), lambda case: case.wait(days=1)),
]
THROWN = [SIGNAL, ESCALATION]
NOTHING = node("manualTask", "t")


@pytest.mark.parametrize(("definition", "act"), BY_HAND)
def test_an_event_interrupts_everything_else(definition: str, act: Act) -> None:
    case = Case(process(beside(NOTHING + handler(definition, interrupting=True)), ROOT))
    assert case.open == ["a", "c"]
    act(case)
    assert (case.open, sorted(map(str, case.seen(CANCELLED)))) == (["h"], ["a", "c"])
    assert {"ev", "ev_s", "h"} <= set(case.seen(EventType.ELEMENT_ENTERED))
    assert (case.advance.messages, case.advance.next_due_at) == ((), None)
    assert case.do("h").status == "completed"


@pytest.mark.parametrize(("definition", "act"), BY_HAND)
def test_an_event_runs_beside(definition: str, act: Act) -> None:
    case = Case(process(beside(NOTHING + handler(definition, interrupting=False)), ROOT))
    act(case)
    assert case.open == ["a", "c", "h"]
    case.do("a").do("b").do("c")
    assert (case.status, case.open) == ("active", ["h"])
    assert case.do("h").status == "completed"


@pytest.mark.parametrize("definition", THROWN)
def test_what_is_thrown_inside_runs_beside(definition: str) -> None:
    body = beside(throwing(definition) + handler(definition, interrupting=False))
    case = Case(process(body, ROOT)).do("a")
    assert case.open == ["b", "c", "h"]


@pytest.mark.parametrize("definition", THROWN)
def test_what_is_thrown_inside_may_interrupt_the_way_on(definition: str) -> None:
    body = beside(throwing(definition) + handler(definition, interrupting=True))
    case = Case(process(body, ROOT)).do("a")
    assert (case.open, case.seen(CANCELLED)) == (["h"], ["c"])
    assert case.do("h").status == "completed"


def test_an_error_is_handled_in_its_own_scope_first() -> None:
    inner = (
        start("s2")
        + user("x", "y")
        + end("fail", ERROR)
        + chain("s2", "x", "fail")
        + chain("s2", "y")
    )
    body = (
        start()
        + node("subProcess", "sub", inner + handler(ERROR, interrupting=True))
        + boundary("b", "sub", ERROR, interrupting=True)
        + user("z", "k")
        + chain("s", "sub", "z")
        + chain("b", "k")
        + handler(ERROR, interrupting=True, name="out", task="o")
    )
    case = Case(process(body, ROOT)).do("x")
    assert (case.open, case.seen(CANCELLED)) == (["h"], ["y"])
    assert case.do("h").open == ["z"]
    without = body.replace(handler(ERROR, interrupting=True), "")
    assert Case(process(without, ROOT)).do("x").open == ["k"]
    outside = without.replace(boundary("b", "sub", ERROR, interrupting=True), "")
    case = Case(process(outside.replace(chain("b", "k"), chain("z", "k")), ROOT)).do("x")
    assert (case.open, case.seen(CANCELLED)) == (["o"], ["y", "sub"])
    assert case.do("o").status == "completed"


def test_what_a_handler_throws_goes_further_out() -> None:
    begin = node("startEvent", "ev_s", ESCALATION, isInterrupting="false")
    again = begin + end("ev_e", ESCALATION) + chain("ev_s", "ev_e")
    inner = (
        start("s2")
        + throwing(ESCALATION)
        + user("x")
        + chain("s2", "t", "x")
        + node("subProcess", "ev", again, triggeredByEvent="true")
    )
    body = (
        start()
        + node("subProcess", "sub", inner)
        + boundary("b", "sub", ESCALATION, interrupting=False)
        + user("k")
        + chain("s", "sub")
        + chain("b", "k")
    )
    case = Case(process(body, ROOT))
    caught = [e.data["caught_by"] for e in case.advance.events if "caught_by" in e.data]
    assert (case.open, caught) == (["k", "x"], ["ev", "b"])


@pytest.mark.parametrize("definition", THROWN)
def test_the_last_end_event_may_still_start_a_handler(definition: str) -> None:
    inner = start("s2") + user("x") + end("e2", definition) + chain("s2", "x", "e2")
    for interrupting in (True, False):
        sub = node("subProcess", "sub", inner + handler(definition, interrupting=interrupting))
        case = Case(process(start() + sub + user("z") + chain("s", "sub", "z"), ROOT)).do("x")
        assert case.open == ["h"]
        assert case.do("h").open == ["z"]
        assert case.do("z").status == "completed"


def test_an_uncaught_error_takes_waiting_handlers_along() -> None:
    body = start() + user("a") + end("e", ERROR) + chain("s", "a", "e")
    case = Case(process(body + handler(message(), interrupting=True), ROOT)).do("a")
    assert (case.status, case.advance.messages) == ("completed", ())


def test_terminating_a_handler_leaves_its_scope_alone() -> None:
    stopping = handler(message(), interrupting=False).replace(end("ev_e"), end("ev_e", TERMINATE))
    case = Case(process(beside(NOTHING + stopping), ROOT)).tell("hello").do("h")
    assert (case.status, case.open) == ("active", ["a", "c"])


def test_each_instance_of_a_loop_has_its_own_handler() -> None:
    inner = countersign(output=False) + start("s2") + user("x") + chain("s2", "x")
    sub = node("subProcess", "sub", inner + handler(message(), interrupting=True))
    body = start() + sub + user("z") + chain("s", "sub", "z")
    case = Case(process(body, ROOT), people=["1", "2"]).tell("hello")
    assert case.open == ["h", "x"]
    assert case.do("h").do("x").open == ["z"]


def test_messages_may_come_again_and_cycles_run_down() -> None:
    case = Case(process(beside(NOTHING + handler(message(), interrupting=False)), ROOT))
    case.tell("hello").tell("hello")
    assert (case.open, case.advance.messages) == (["a", "c", "h", "h"], ("hello",))
    cycle = handler(timer("timeCycle", "R2/P1D"), interrupting=False)
    case = Case(process(beside(NOTHING + cycle), ROOT)).wait(days=5)
    assert (case.open, case.advance.next_due_at) == (["a", "c", "h", "h"], None)


def test_what_has_not_happened_does_not_keep_the_scope_open() -> None:
    inner = start("s2") + user("x") + chain("s2", "x") + handler(message(), interrupting=True)
    body = start() + node("subProcess", "sub", inner) + user("z") + chain("s", "sub", "z")
    case = Case(process(body, ROOT))
    assert case.advance.messages == ("hello",)
    case.do("x")
    assert case.open == ["z"]
    with pytest.raises(NoMatchingEvent):
        case.tell("hello")


def test_a_second_instance_is_not_disturbed_by_the_first() -> None:
    definition = process(beside(NOTHING + handler(message(), interrupting=True)), ROOT)
    assert Case(definition).tell("hello").do("h").status == "completed"
    assert Case(definition).do("a").do("b").do("c").status == "completed"


def test_the_timer_starts_with_the_scope() -> None:
    late = handler(timer("timeDuration", "P1D"), interrupting=True)
    inner = start("s2") + user("x") + chain("s2", "x") + late
    body = start() + user("a") + node("subProcess", "sub", inner) + chain("s", "a", "sub")
    case = Case(process(body, ROOT))
    assert case.advance.next_due_at is None
    case.wait(days=2).do("a")
    assert datetime(2026, 6, 4, 1, tzinfo=UTC) == case.advance.next_due_at


def test_returning_leaves_the_event_sub_process_armed() -> None:
    body = start() + user("a", "b") + chain("s", "a", "b") + handler(message(), interrupting=True)
    definition = process(body, ROOT)
    assert (return_targets(definition, "b"), return_targets(definition, "h")) == (("a",), ())
    case = Case(definition).do("a").back("b", "a")
    assert (case.open, case.advance.messages) == (["a"], ("hello",))
    assert case.tell("hello").open == ["h"]


@pytest.mark.parametrize("interrupting", [True, False])
def test_the_exploration_lets_every_trigger_happen(interrupting: bool) -> None:  # noqa: FBT001 - a parameter of the test
    once = handler(timer("timeDuration", "P1D"), interrupting=interrupting)
    assert explore(process(beside(NOTHING + once), ROOT), "x.bpmn").findings == ()
    never = beside(NOTHING + handler(ERROR, interrupting=True))
    found = {f.element_id for f in explore(process(never, ROOT), "x.bpmn").findings}
    assert found == {"ev", "ev_s", "h", "ev_e"}
