"""Conditional events: at once when true on arrival, else when they become true."""

from __future__ import annotations

import pytest

from engine.model import Subscription, TriggerKind
from engine.soundness import explore
from tests.unit.engine.builder import (
    boundary,
    catch,
    chain,
    condition,
    countersign,
    gateway,
    message,
    node,
    process,
    start,
    timer,
    user,
)
from tests.unit.engine.case import Case

MORE = condition("n > 3")


def waiting() -> str:
    return (
        start()
        + gateway("parallel", "f")
        + catch("w", MORE)
        + user("a", "b", "c")
        + chain("s", "f", "a", "b")
        + chain("f", "w", "c")
    )


def test_a_condition_true_on_arrival_is_not_waited_for() -> None:
    assert Case(process(waiting()), n=4).open == ["a", "c"]


@pytest.mark.parametrize("before", [{}, {"n": 3}, {"n": None}])
def test_a_condition_is_waited_for_until_it_is_true(before: dict[str, int | None]) -> None:
    case = Case(process(waiting()), **before)
    assert case.advance.subscriptions == (Subscription(TriggerKind.CONDITION, "w", "n > 3"),)
    assert case.do("a", n=3).open == ["b"]
    assert case.do("b", n=4).open == ["c"]


def test_a_condition_that_is_none_is_an_incident() -> None:
    body = start() + catch("w", condition("n + 1")) + user("a") + chain("s", "w", "a")
    case = Case(process(body), n=1)
    assert [(i.element_id, i.code) for i in case.advance.incidents] == [("w", "expression")]


def test_a_condition_that_fails_later_leaves_the_rest_alone() -> None:
    odd = condition('if n = "many" then 5 else n > 3')
    body = guarded(interrupting=True).replace(MORE, odd)
    case = Case(process(body), n=1).do("x", n="many")
    assert (case.open, case.variables) == (["a", "y"], {"n": "many"})
    (incident,) = case.advance.incidents
    assert incident.element_id == "w"
    case.retry(n=1)
    assert (case.advance.incidents, case.open) == ((), ["a", "y"])
    assert case.do("y", n=4).open == ["h", "z"]


def guarded(*, interrupting: bool) -> str:
    return (
        start()
        + user("a", "x", "h")
        + gateway("parallel", "f")
        + boundary("w", "a", MORE, interrupting=interrupting)
        + chain("s", "f", "a")
        + chain("f", "x")
        + chain("w", "h")
        + node("exclusiveGateway", "m")
        + chain("x", "m")
        + user("y", "z")
        + chain("m", "y", "z")
    )


def test_on_the_boundary_a_condition_interrupts_when_it_becomes_true() -> None:
    case = Case(process(guarded(interrupting=True)), n=1)
    assert case.do("x", n=9).open == ["h", "y"]


def test_on_the_boundary_a_condition_happens_with_each_new_edge() -> None:
    case = Case(process(guarded(interrupting=False)), n=9)
    assert case.open == ["a", "x"]  # true before the activity began: it has to become true
    assert case.do("x", n=1).open == ["a", "y"]
    assert case.do("y", n=4).open == ["a", "h", "z"]
    assert case.do("z", n=5).open == ["a", "h"]
    assert case.do("h", n=0).do("a").status == "completed"


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_event_sub_process_may_start_by_a_condition(interrupting: bool) -> None:  # noqa: FBT001 - a parameter of the test
    begin = node("startEvent", "s2", MORE, isInterrupting=str(interrupting).lower())
    handler = node(
        "subProcess", "ev", begin + user("h") + chain("s2", "h"), triggeredByEvent="true"
    )
    case = Case(process(start() + user("a", "b") + chain("s", "a", "b") + handler), n=3)
    case.do("a", n=4)
    assert case.open == (["h"] if interrupting else ["b", "h"])


def test_a_condition_may_win_behind_a_gateway() -> None:
    body = (
        start()
        + gateway("eventBased", "g")
        + catch("m", message())
        + catch("w", MORE)
        + catch("v", condition("n > 5"))
        + user("a", "b", "c")
        + chain("s", "g", "m", "a")
        + chain("g", "w", "b")
        + chain("g", "v", "c")
    )
    assert Case(process(body), n=4).open == ["b"]
    assert Case(process(body), n=6).open == ["b"]
    case = Case(process(body), n=1)
    assert case.tell("hello", n=9).open == ["a"]


def test_one_change_lets_all_conditions_happen_that_it_makes_true() -> None:
    body = (
        start()
        + gateway("parallel", "f")
        + catch("w", MORE)
        + catch("v", MORE)
        + user("a", "b", "c")
        + chain("s", "f", "w", "b")
        + chain("f", "v", "c")
        + chain("f", "a")
    )
    assert Case(process(body)).do("a", n=4).open == ["b", "c"]


def test_a_condition_of_a_loop_instance_sees_its_item() -> None:
    inner = start("s2") + catch("w", condition("person = chosen")) + user("x")
    sub = node("subProcess", "sub", countersign(output=False) + inner + chain("s2", "w", "x"))
    body = start() + gateway("parallel", "f") + sub + user("a") + chain("s", "f", "a")
    case = Case(process(body + chain("f", "sub")), people=["1", "2"]).do("a", chosen="2")
    assert case.open == ["x"]
    assert [s.element_id for s in case.advance.subscriptions] == ["w"]


def test_conditions_are_explored_as_moves() -> None:
    once = guarded(interrupting=True)
    assert explore(process(once), "x.bpmn").findings == ()
    late = boundary("late", "a", timer("timeDuration", "P1D"), interrupting=True)
    body = start() + user("a") + catch("w", MORE) + late + chain("s", "a", "w") + chain("late", "w")
    assert explore(process(body), "x.bpmn").findings == ()
