"""Events inside scopes, over data objects and over time, with the outcome of the standard."""

from __future__ import annotations

import pytest

from tests.standard.data import writing
from tests.standard.play import play
from tests.unit.engine.builder import (
    boundary,
    catch,
    chain,
    end,
    gateway,
    message,
    node,
    start,
    timer,
    user,
)

SIGNAL = '<bpmn:signalEventDefinition signalRef="sig1"/>'
OBJECT = (
    '<bpmn:dataObject id="o" name="amount"/><bpmn:dataObjectReference id="r" dataObjectRef="o"/>'
)
MORE_THAN_3 = (
    "<bpmn:conditionalEventDefinition><bpmn:condition>amount != null and amount &gt; 3"
    "</bpmn:condition></bpmn:conditionalEventDefinition>"
)
WORK = start() + user("a") + end() + chain("s", "a", "e")


def beside(trigger: str, sub_id: str = "es", task: str = "h") -> str:
    """An event sub-process that does not interrupt."""
    inner = node("startEvent", f"{sub_id}_s", trigger, isInterrupting="false")
    inner += user(task) + end(f"{sub_id}_e") + chain(f"{sub_id}_s", task, f"{sub_id}_e")
    return node("subProcess", sub_id, inner, triggeredByEvent="true")


def test_a_timer_that_never_fires_does_not_keep_the_process_open() -> None:
    play(WORK + beside(timer("timeDuration", "PT5H"))).expect("a").do("a").expect()


def test_a_sub_process_hears_what_its_own_event_sub_process_waits_for() -> None:
    inner = start("s2") + user("x") + end("e2") + chain("s2", "x", "e2") + beside(message())
    body = start() + node("subProcess", "sp", inner) + user("z") + end()
    case = play(body + chain("s", "sp", "z", "e")).expect("x")
    case.tell("hello")
    case.expect("h", "x").do("x").expect("h").do("h").expect("z").do("z").expect()


def cycle(count: int) -> str:
    event = boundary("b", "a", timer("timeCycle", f"R{count}/PT1H"), interrupting=False)
    body = start() + user("a", "n", "h") + end() + event
    return body + chain("s", "a", "n", "e") + chain("b", "h", "e")


def test_a_cycle_reminds_as_often_as_it_says() -> None:
    case, seen = play(cycle(3)), []
    for _ in range(5):
        case.wait(hours=1)
        seen.append(case.open.count("h"))
    assert [1, 2, 3, 3, 3] == seen
    case.do("a")
    assert ["h", "h", "h", "n"] == sorted(case.open)


def test_missed_occurrences_of_a_cycle_are_made_up_for() -> None:
    case = play(cycle(5))
    case.wait(hours=10)
    assert 5 == case.open.count("h")


def test_a_timer_on_a_date() -> None:
    event = boundary("b", "a", timer("timeDate", "when"), interrupting=True)
    body = start() + user("q", "a", "h") + end() + event + chain("s", "q", "a", "e")
    case = play(body + chain("b", "h", "e")).do("q", when="2126-01-01T00:00:00+08:00")
    case.wait(days=1)
    case.expect("a").wait(days=40_000)
    case.expect("h")


def test_a_boundary_event_hears_that_a_data_object_changed() -> None:
    body = OBJECT + start() + gateway("parallel", "f") + user("a", "n", "h") + end()
    body += user("w", inner=writing("r")) + boundary("b", "a", MORE_THAN_3, interrupting=True)
    body += chain("s", "f", "a", "n", "e") + chain("f", "w", "e") + chain("b", "h", "e")
    play(body).expect("a", "w").do("w", told=5).expect("h").do("h").expect()
    play(body).do("w", told=2).expect("a").do("a").expect("n")


def test_a_catch_event_hears_that_a_data_object_changed() -> None:
    body = OBJECT + start() + gateway("parallel", "f") + catch("c", MORE_THAN_3) + user("n") + end()
    body += user("w", inner=writing("r"))
    body += chain("s", "f", "c", "n", "e") + chain("f", "w", "e")
    play(body).expect("w").do("w", told=5).expect("n").do("n").expect()
    play(body).do("w", told=2).at_rest()


def test_a_signal_is_heard_in_the_process_that_throws_it() -> None:
    body = start() + gateway("parallel", "f") + catch("c", SIGNAL) + user("w", "n") + end()
    body += node("intermediateThrowEvent", "t", SIGNAL)
    body += chain("s", "f", "c", "n", "e") + chain("f", "w", "t", "e")
    play(body).expect("w").do("w").expect("n").do("n").expect()


@pytest.mark.parametrize(("start_event", "task"), [("s", "a"), ("s2", "b")])
def test_of_several_start_events_only_the_one_that_happened_begins(
    start_event: str, task: str
) -> None:
    body = start() + node("startEvent", "s2", message()) + user("a", "b") + end()
    body += chain("s", "a", "e") + chain("s2", "b", "e")
    play(body, start_event=start_event).expect(task).do(task).expect()
