"""Inclusive gateways: every choice of branches in every order, over rounds of a loop."""

from __future__ import annotations

from itertools import permutations, product

import pytest

from engine.model import EventType, ProcessDefinition
from engine.runtime import return_targets
from engine.soundness import explore
from tests.unit.engine.builder import (
    TERMINATE,
    boundary,
    chain,
    end,
    flow,
    gateway,
    process,
    start,
    timer,
    user,
)
from tests.unit.engine.case import Case


def chosen(branch: str) -> str:
    return f'list contains(chosen, "{branch}")'


def fork(name: str, *branches: str) -> str:
    flows = "".join(flow(name, branch, chosen(branch)) for branch in branches)
    return gateway("inclusive", name) + flows


def loop_with_fork(branches: str) -> ProcessDefinition:
    return process(
        start()
        + gateway("exclusive", "m")
        + user("q", *branches, "z")
        + fork("f", *branches)
        + gateway("inclusive", "j")
        + gateway("exclusive", "g", default="fd")
        + end()
        + chain("s", "m", "q", "f")
        + "".join(chain(branch, "j") for branch in branches)
        + chain("j", "z", "g")
        + flow("g", "m", "again")
        + flow("g", "e", flow_id="fd")
    )


def choices(branches: str) -> list[tuple[str, ...]]:
    return [order for size in range(1, len(branches) + 1) for order in permutations(branches, size)]


@pytest.mark.parametrize(("branches", "rounds"), [("ab", 3), ("abc", 2)])
def test_join_waits_for_the_chosen_branches_in_every_round(branches: str, rounds: int) -> None:
    definition = loop_with_fork(branches)
    for orders in product(choices(branches), repeat=rounds):
        case = Case(definition)
        for number, order in enumerate(orders):
            case.do("q", chosen=list(order))
            for position, branch in enumerate(order):
                assert sorted(order[position:]) == case.open
                case.do(branch)
            assert case.open == ["z"]
            case.do("z", again=number < rounds - 1)
        assert (case.status, case.open) == ("completed", [])


def test_all_three_branches_in_all_orders_over_three_rounds() -> None:
    definition = loop_with_fork("abc")
    for orders in product(permutations("abc"), repeat=3):
        case = Case(definition)
        for number, order in enumerate(orders):
            case.do("q", chosen=["a", "b", "c"])
            for branch in order:
                assert "z" not in case.open
                case.do(branch)
            case.do("z", again=number < 2)
        assert case.status == "completed"


def test_the_default_flow_is_taken_when_no_condition_is_true() -> None:
    body = (
        start()
        + gateway("inclusive", "f", default="fd")
        + user("a", "b")
        + end()
        + chain("s", "f")
        + flow("f", "a", "x = 1")
        + flow("f", "b", flow_id="fd")
        + chain("a", "e")
        + chain("b", "e")
    )
    assert Case(process(body), x=1).open == ["a"]
    assert Case(process(body), x=2).open == ["b"]


def test_no_true_condition_and_no_default_is_an_incident() -> None:
    (incident,) = Case(loop_with_fork("ab")).do("q", chosen=[]).advance.incidents
    assert incident.message == "“f”没有一个条件成立，也没有默认分支。"


NESTED = process(
    start()
    + fork("f", "split", "c")
    + gateway("parallel", "split")
    + user("a", "b", "c", "z")
    + gateway("parallel", "pj")
    + gateway("inclusive", "j")
    + end()
    + chain("s", "f")
    + chain("split", "a", "pj", "j", "z", "e")
    + chain("split", "b", "pj")
    + chain("c", "j")
)


@pytest.mark.parametrize("order", list(permutations("abc")))
def test_a_parallel_fork_inside_a_branch_is_one_arrival(order: tuple[str, ...]) -> None:
    case = Case(NESTED, chosen=["split", "c"])
    for branch in order:
        assert "z" not in case.open
        case.do(branch)
    assert case.open == ["z"]
    assert case.do("z").status == "completed"


def test_a_join_stops_waiting_when_the_other_branch_ends_elsewhere() -> None:
    definition = process(
        start()
        + gateway("parallel", "f")
        + user("a", "b", "z")
        + gateway("exclusive", "x", default="fd")
        + gateway("inclusive", "j")
        + end()
        + end("e2")
        + chain("s", "f", "a", "j", "z", "e")
        + chain("f", "b", "x")
        + flow("x", "j", "come")
        + flow("x", "e2", flow_id="fd")
    )
    case = Case(definition).do("a")
    assert case.open == ["b"]
    assert case.do("b", come=False).open == ["z"]
    case = Case(definition).do("a").do("b", come=True)
    assert (case.open, case.do("z").status) == (["z"], "completed")


def test_a_branch_that_goes_round_keeps_the_join_waiting() -> None:
    definition = process(
        start()
        + gateway("parallel", "f")
        + gateway("exclusive", "m")
        + user("a", "b", "z")
        + gateway("exclusive", "x", default="fd")
        + gateway("inclusive", "j")
        + end()
        + chain("s", "f", "m", "a", "x")
        + flow("x", "m", "again")
        + flow("x", "j", flow_id="fd")
        + chain("f", "b", "j", "z", "e")
    )
    case = Case(definition).do("b").do("a", again=True).do("a", again=True)
    assert case.open == ["a"]
    assert case.do("a", again=False).open == ["z"]


def test_tokens_that_would_only_queue_up_are_not_waited_for() -> None:
    """Two tokens bound for one flow: the second would find it filled, so it waits its turn."""
    definition = process(
        start()
        + gateway("parallel", "f")
        + user("a", "b", "z")
        + gateway("exclusive", "m")
        + gateway("exclusive", "n")
        + gateway("exclusive", "x", default="fd")
        + gateway("inclusive", "j")
        + end()
        + chain("s", "f", "a", "m", "x")
        + chain("f", "b", "m")
        + flow("x", "n", "left")
        + flow("x", "j", flow_id="fd")
        + chain("n", "j", "z", "e")
    )
    case = Case(definition).do("a", left=True)
    assert case.open == ["b", "z"]
    case.do("b", left=False)
    assert case.open == ["z", "z"]
    case.do("z").do("z")
    assert case.status == "completed"


def test_joins_in_a_row_fire_one_after_the_other() -> None:
    definition = process(
        start()
        + fork("f", "a", "b", "c")
        + user("a", "b", "c", "z")
        + gateway("inclusive", "j1")
        + gateway("inclusive", "j2")
        + end()
        + chain("s", "f")
        + chain("a", "j1", "j2", "z", "e")
        + chain("b", "j1")
        + chain("c", "j2")
    )
    for order in choices("abc"):
        case = Case(definition, chosen=list(order))
        for branch in order:
            assert "z" not in case.open
            case.do(branch)
        assert case.open == ["z"]


def test_a_cancelled_branch_is_not_waited_for() -> None:
    definition = process(
        start()
        + fork("f", "a", "b")
        + user("a", "b", "z")
        + boundary("late", "b", timer("timeDuration", "P1D"), interrupting=True)
        + gateway("inclusive", "j")
        + end()
        + end("e2")
        + chain("s", "f")
        + chain("a", "j", "z", "e")
        + chain("b", "j")
        + chain("late", "e2")
    )
    case = Case(definition, chosen=["a", "b"]).do("a")
    assert case.open == ["b"]
    assert case.wait(days=1).open == ["z"]


def test_a_terminate_end_takes_the_waiting_tokens_too() -> None:
    definition = process(
        start()
        + gateway("parallel", "f")
        + user("a", "b")
        + gateway("exclusive", "x", default="fd")
        + gateway("inclusive", "j")
        + end()
        + end("stop", TERMINATE)
        + chain("s", "f", "a", "j", "e")
        + chain("f", "b", "x")
        + flow("x", "j", "come")
        + flow("x", "stop", flow_id="fd")
    )
    case = Case(definition).do("a").do("b", come=False)
    assert case.status == "completed"
    assert case.seen(EventType.ELEMENT_CANCELLED) == ["j"]


def test_a_branch_goes_back_by_itself() -> None:
    definition = process(
        start()
        + fork("f", "a1", "b")
        + user("q", "a1", "a2", "b", "z")
        + gateway("inclusive", "j")
        + end()
        + chain("s", "q", "f")
        + chain("a1", "a2", "j", "z", "e")
        + chain("b", "j")
    )
    assert return_targets(definition, "a2") == ("q", "a1")
    case = Case(definition).do("q", chosen=["a1", "b"]).do("b").do("a1").back("a2", "a1")
    assert case.open == ["a1"]
    assert case.do("a1").do("a2").open == ["z"]
    case = Case(definition).do("q", chosen=["a1", "b"]).do("b").do("a1").back("a2", "q")
    assert case.open == ["q"]
    assert case.do("q", chosen=["b"]).do("b").open == ["z"]


def test_the_exploration_takes_every_choice_of_branches() -> None:
    assert explore(loop_with_fork("abc"), "x.bpmn").findings == ()
    mixed = process(
        start()
        + gateway("inclusive", "f", default="fd")
        + user("a", "b")
        + gateway("parallel", "j")
        + end()
        + chain("s", "f")
        + flow("f", "a", "x")
        + flow("f", "b", flow_id="fd")
        + chain("a", "j", "e")
        + chain("b", "j")
    )
    found = {(f.code, f.element_id) for f in explore(mixed, "x.bpmn").findings}
    assert found == {("bpmn-deadlock", "j"), ("bpmn-dead-node", "e")}


def test_two_joins_that_wait_for_each_other_are_found() -> None:
    definition = process(
        start()
        + gateway("parallel", "f")
        + gateway("inclusive", "j1")
        + gateway("inclusive", "j2")
        + gateway("exclusive", "x1", default="fd1")
        + gateway("exclusive", "x2", default="fd2")
        + end()
        + end("e2")
        + chain("s", "f", "j1", "x1")
        + chain("f", "j2", "x2")
        + flow("x1", "j2", "left")
        + flow("x1", "e", flow_id="fd1")
        + flow("x2", "j1", "left")
        + flow("x2", "e2", flow_id="fd2")
    )
    assert "bpmn-deadlock" in {f.code for f in explore(definition, "x.bpmn").findings}
