"""Timers and messages, in the flow, on the boundary and behind event-based gateways."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.errors import NoMatchingEvent
from engine.model import EventType, ProcessDefinition
from tests.unit.engine.builder import (
    boundary,
    catch,
    chain,
    end,
    gateway,
    message,
    node,
    process,
    start,
    timer,
    user,
)
from tests.unit.engine.case import NOW, Case

CANCELLED = EventType.ELEMENT_CANCELLED


def guarded(definition: str, *, interrupting: bool, host: str = "") -> ProcessDefinition:
    return process(
        start()
        + (host or user("a"))
        + boundary("b", "a", definition, interrupting=interrupting)
        + user("h")
        + end()
        + end("e2")
        + chain("s", "a", "e")
        + chain("b", "h", "e2")
    )


def test_a_timer_in_the_flow() -> None:
    definition = process(
        start()
        + catch("t", timer("timeDuration", "P1M"))
        + user("a")
        + end()
        + chain("s", "t", "a", "e")
    )
    case = Case(definition, now=datetime(2026, 1, 31, 9, tzinfo=NOW.tzinfo))
    assert datetime(2026, 2, 28, 1, tzinfo=UTC) == case.advance.next_due_at
    assert case.wait(days=27).open == []
    assert case.wait(days=2).open == ["a"]
    assert case.seen(EventType.TIMER_FIRED) == ["t"]
    assert case.advance.next_due_at is None


@pytest.mark.parametrize(
    "text",
    [
        'date("2026-05-01") + duration("P1M") + duration("P1D")',
        '= met_on + duration("P1D")',
        'date and time("2026-06-02T00:00:00+08:00")',
        "2026-06-02",
        "deadline()",
    ],
)
def test_dates_by_expression(text: str) -> None:
    definition = process(
        start() + catch("t", timer("timeDate", text)) + end() + chain("s", "t", "e")
    )
    met_on = datetime(2026, 6, 1, tzinfo=NOW.tzinfo).date()
    deadline = datetime(2026, 6, 2, tzinfo=NOW.tzinfo).date()
    case = Case(definition, functions={"deadline": lambda: deadline}, met_on=met_on)
    assert datetime(2026, 6, 1, 16, tzinfo=UTC) == case.advance.next_due_at


@pytest.mark.parametrize(("kind", "text"), [("timeDate", "nothing"), ("timeDuration", "5")])
def test_a_timer_without_time_is_an_incident(kind: str, text: str) -> None:
    definition = process(start() + catch("t", timer(kind, text)) + end() + chain("s", "t", "e"))
    (incident,) = Case(definition).advance.incidents
    assert (incident.element_id, incident.expression) == ("t", text)


def test_a_past_date_fires_with_the_next_sweep() -> None:
    definition = process(
        start() + catch("t", timer("timeDate", "2020-01-01")) + end() + chain("s", "t", "e")
    )
    case = Case(definition)
    assert case.status == "active"
    assert case.wait().status == "completed"


def test_an_interrupting_timer_takes_the_task_away() -> None:
    case = Case(guarded(timer("timeDuration", "P5D"), interrupting=True)).wait(days=5)
    assert (case.open, case.seen(CANCELLED)) == (["h"], ["a"])
    assert case.do("h").status == "completed"


def test_a_reminder_leaves_the_task_open() -> None:
    case = Case(guarded(timer("timeDuration", "P5D"), interrupting=False)).wait(days=5)
    assert case.open == ["a", "h"]
    assert case.advance.next_due_at is None
    assert case.do("a").do("h").status == "completed"


def test_a_completed_task_disarms_its_timers() -> None:
    case = Case(guarded(timer("timeDuration", "P5D"), interrupting=True)).do("a")
    assert (case.status, case.advance.next_due_at) == ("completed", None)


def test_a_completion_before_the_sweep_wins() -> None:
    case = Case(guarded(timer("timeDuration", "P5D"), interrupting=True))
    case.now = NOW.replace(month=7)
    assert case.do("a").status == "completed"


def test_a_cycle_reminds_again_and_again() -> None:
    case = Case(guarded(timer("timeCycle", "R3/P1D"), interrupting=False))
    assert case.wait(days=1).open == ["a", "h"]
    assert case.wait(days=5).open == ["a", "h", "h", "h"]
    assert case.advance.next_due_at is None


def test_timers_fire_in_the_order_they_are_due() -> None:
    definition = process(
        start()
        + gateway("parallel", "f")
        + catch("late", timer("timeDuration", "P3D"))
        + catch("early", timer("timeDuration", "P1D"))
        + catch("then", timer("timeDuration", "PT0S"))
        + end()
        + end("e2")
        + chain("s", "f", "late", "e")
        + chain("f", "early", "then", "e2")
    )
    case = Case(definition).wait(days=9)
    assert case.seen(EventType.TIMER_FIRED) == ["early", "late", "then"]
    assert case.status == "completed"


def test_a_message_in_the_flow_brings_its_data() -> None:
    definition = process(start() + catch("w", message()) + end() + chain("s", "w", "e"))
    case = Case(definition)
    assert case.advance.messages == ("hello",)
    with pytest.raises(NoMatchingEvent):
        case.tell("goodbye")
    case.tell("hello", said="yes")
    assert (case.status, case.variables) == ("completed", {"said": "yes"})
    assert case.seen(EventType.MESSAGE_CAUGHT) == ["w"]
    with pytest.raises(NoMatchingEvent):
        case.tell("hello")


def test_receive_tasks_wait_for_their_message() -> None:
    definition = process(
        start() + node("receiveTask", "r", messageRef="m1") + end() + chain("s", "r", "e")
    )
    assert Case(definition).tell("hello").status == "completed"


def test_a_message_may_come_several_times_beside_a_task() -> None:
    case = Case(guarded(message(), interrupting=False)).tell("hello").tell("hello")
    assert (case.open, case.advance.messages) == (["a", "h", "h"], ("hello",))
    assert case.do("a").advance.messages == ()


def test_a_message_may_interrupt_a_sub_process_at_once() -> None:
    inner = start("s2") + user("x") + end("e3") + chain("s2", "x", "e3")
    case = Case(guarded(message(), interrupting=True, host=node("subProcess", "a", inner)))
    assert case.open == ["x"]
    case.tell("hello")
    assert (case.open, case.seen(CANCELLED)) == (["h"], ["x", "a"])


def test_one_message_goes_to_who_has_waited_longest() -> None:
    definition = process(
        start()
        + gateway("parallel", "f")
        + catch("w1", message())
        + catch("w2", message())
        + user("a1", "a2")
        + end()
        + end("e2")
        + chain("s", "f", "w1", "a1", "e")
        + chain("f", "w2", "a2", "e2")
    )
    case = Case(definition).tell("hello")
    assert case.open == ["a1"]
    assert case.tell("hello").open == ["a1", "a2"]


RACE = (
    start()
    + gateway("eventBased", "g")
    + catch("w", message())
    + catch("t1", timer("timeDuration", "P1D"))
    + catch("t2", timer("timeDuration", "P3D"))
    + user("a", "b", "c")
    + end()
    + end("e2")
    + end("e3")
    + chain("s", "g", "w", "a", "e")
    + chain("g", "t1", "b", "e2")
    + chain("g", "t2", "c", "e3")
)


def test_the_first_event_takes_the_token() -> None:
    case = Case(process(RACE))
    assert [e for e in case.seen(EventType.ELEMENT_ENTERED) if e in {"w", "t1", "t2"}] == []
    case.tell("hello")
    assert (case.open, case.advance.messages, case.advance.next_due_at) == (["a"], (), None)
    assert case.seen(EventType.ELEMENT_COMPLETED) == ["g", "w"]
    case = Case(process(RACE)).wait(days=1)
    assert (case.open, case.advance.messages) == (["b"], ())


def test_of_two_late_timers_the_earlier_wins() -> None:
    assert Case(process(RACE)).wait(days=9).open == ["b"]
