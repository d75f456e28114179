"""Splits, merges and ends without gateways and end events mean what BPMN says they mean."""

from __future__ import annotations

from itertools import permutations

import pytest

from engine.runtime import return_targets
from engine.soundness import explore
from tests.unit.engine.builder import (
    boundary,
    chain,
    countersign,
    end,
    flow,
    gateway,
    node,
    process,
    start,
    timer,
    user,
)
from tests.unit.engine.case import Case

CHOICE = (
    start()
    + node("userTask", "q", default="fd")
    + user("a", "b", "c", "d")
    + chain("s", "q")
    + flow("q", "a")
    + flow("q", "b", "x > 1")
    + flow("q", "c", "x > 2")
    + flow("q", "d", flow_id="fd")
)


@pytest.mark.parametrize(("x", "expected"), [(3, "abc"), (2, "ab"), (1, "a")])
def test_flows_out_of_a_task(x: int, expected: str) -> None:
    """The flow without condition is always taken, so the default flow never is."""
    assert Case(process(CHOICE)).do("q", x=x).open == list(expected)


def test_the_default_flow_is_taken_when_no_other_is() -> None:
    without = CHOICE.replace(flow("q", "a"), flow("q", "a", "x > 3"))
    assert Case(process(without)).do("q", x=1).open == ["d"]


def test_no_way_out_of_a_completed_task_is_an_incident_on_it() -> None:
    body = start() + user("q", "a", "b") + chain("s", "q")
    case = Case(process(body + flow("q", "a", "x = 1") + flow("q", "b", "x = 2")))
    assert (case.do("q", x=3).open, case.failed) == ([], ["q"])
    assert case.retry(x=2).open == ["b"]


def test_start_events_and_gateways_split_too() -> None:
    assert Case(process(start() + user("a", "b") + chain("s", "a") + chain("s", "b"))).open == [
        "a",
        "b",
    ]


def test_flows_out_of_a_loop_are_chosen_once() -> None:
    body = (
        start()
        + user("q", inner=countersign())
        + user("a", "b")
        + chain("s", "q")
        + flow("q", "a", "count(votes) = 2")
        + flow("q", "b", 'list contains(votes, "yes")')
    )
    case = Case(process(body), people=["1", "2"]).do("q", vote="no").do("q", vote="yes")
    assert case.open == ["a", "b"]


def test_each_token_runs_the_task_where_flows_merge() -> None:
    definition = process(
        start()
        + gateway("parallel", "f")
        + user("a", "b", "z")
        + end()
        + chain("s", "f", "a", "z", "e")
        + chain("f", "b", "z")
    )
    case = Case(definition).do("a").do("b")
    assert case.open == ["z", "z"]
    assert case.do("z").status == "active"
    assert case.do("z").status == "completed"
    found = {(f.code, f.element_id) for f in explore(definition, "x.bpmn").findings}
    assert found == {("bpmn-doubled-token", "z")}


def test_a_flow_may_lead_straight_back_to_a_task_with_boundary_events() -> None:
    definition = process(
        start()
        + user("a")
        + boundary("late", "a", timer("timeDuration", "P1D"), interrupting=True)
        + node("userTask", "b", default="fd")
        + end()
        + chain("s", "a", "b")
        + chain("late", "b")
        + flow("b", "a", "again")
        + flow("b", "e", flow_id="fd")
    )
    case = Case(definition).do("a").do("b", again=True)
    assert (case.open, case.advance.next_due_at is not None) == (["a"], True)
    assert case.wait(days=1).open == ["b"]
    assert case.do("b", again=False).status == "completed"
    assert explore(definition, "x.bpmn").findings == ()


@pytest.mark.parametrize("order", list(permutations("ab")))
def test_paths_end_where_nothing_follows(order: tuple[str, ...]) -> None:
    inner = start("s2") + user("a", "b") + chain("s2", "a") + chain("s2", "b")
    definition = process(
        start() + node("subProcess", "sub", inner) + user("z") + chain("s", "sub", "z")
    )
    case = Case(definition).do(order[0])
    assert case.open == [order[1]]
    assert case.do(order[1]).open == ["z"]
    assert case.do("z").status == "completed"
    assert explore(definition, "x.bpmn").findings == ()


def test_gateways_and_events_may_end_a_path() -> None:
    definition = process(
        start()
        + gateway("exclusive", "x", default="fd")
        + gateway("exclusive", "m")
        + node("intermediateThrowEvent", "t")
        + chain("s", "x")
        + flow("x", "m", "left")
        + flow("x", "t", flow_id="fd")
    )
    assert Case(definition, left=True).status == "completed"
    assert Case(definition, left=False).status == "completed"


def test_a_task_that_splits_opens_branches_for_returning() -> None:
    definition = process(
        start()
        + user("q", "a1", "a2", "b")
        + gateway("parallel", "j")
        + user("z")
        + chain("s", "q", "a1", "a2", "j", "z")
        + chain("q", "b", "j")
    )
    assert return_targets(definition, "a2") == ("q", "a1")
    case = Case(definition).do("q").do("a1").do("b").back("a2", "a1")
    assert case.open == ["a1"]
    assert case.do("a1").do("a2").open == ["z"]
    assert case.back("z", "q").open == ["q"]
    assert case.do("q").open == ["a1", "b"]
