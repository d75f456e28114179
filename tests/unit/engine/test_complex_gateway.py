"""Complex gateways: a condition on how many tokens have come, and the reset that follows."""

from __future__ import annotations

from itertools import permutations

import pytest

from engine.model import EventType, ProcessDefinition
from engine.soundness import explore
from tests.unit.engine.builder import chain, end, flow, gateway, node, process, start, user
from tests.unit.engine.case import Case


def joining(condition: str, out: str = "", default: str | None = None) -> ProcessDefinition:
    """Three branches a, b, c into the gateway k, then z; again from there while `again`."""
    inner = f"<bpmn:activationCondition>{condition}</bpmn:activationCondition>"
    attributes = {} if default is None else {"default": default}
    return process(
        start()
        + gateway("exclusive", "m")
        + gateway("parallel", "f")
        + user("a", "b", "c", "z")
        + node("complexGateway", "k", inner, **attributes)
        + gateway("exclusive", "g", default="fd")
        + end()
        + chain("s", "m", "f", "a", "k")
        + chain("f", "b", "k")
        + chain("f", "c", "k")
        + (out or chain("k", "z"))
        + chain("z", "g")
        + flow("g", "m", "again = 1")
        + flow("g", "e", flow_id="fd")
    )


@pytest.mark.parametrize("order", list(permutations("abc")))
def test_two_of_three_are_enough_and_the_third_comes_to_nothing(order: tuple[str, ...]) -> None:
    first, second, third = order
    case = Case(joining("activationCount &gt;= 2"), again=0).do(first)
    assert "z" not in case.open
    case.do(second)
    assert case.open == sorted([third, "z"])
    case.do(third)
    assert case.open == ["z"]
    assert case.do("z").status == "completed"


@pytest.mark.parametrize("late", [False, True])
def test_the_next_round_starts_anew(late: bool) -> None:  # noqa: FBT001 - a parameter of the test
    case = Case(joining("activationCount &gt;= 2"), again=0).do("a").do("b")
    if late:
        case.do("z", again=1)
        assert case.open == ["a", "b", "c", "c"]
        case.do("c")
    else:
        case.do("c").do("z", again=1)
    for element in "abc" if not late else "ab":
        case.do(element)
    case.do("c") if late else None
    assert case.open == ["z"]
    assert case.do("z", again=0).status == "completed"


def test_flows_are_counted_by_their_ids() -> None:
    condition = "f_a_k &gt;= 1 and (f_b_k + f_c_k &gt;= 1)"
    case = Case(joining(condition), again=0).do("b").do("c")
    assert case.open == ["a"]
    assert case.do("a").open == ["z"]


def test_data_may_decide_later() -> None:
    case = Case(joining("urgent and activationCount &gt;= 1"), again=0, urgent=False).do("a")
    assert case.open == ["b", "c"]
    assert case.do("b", urgent=True).open == ["c", "z"]


def test_start_and_reset_may_go_different_ways() -> None:
    out = (
        user("late")
        + end("e2")
        + flow("k", "z", "waitingForStart")
        + flow("k", "late", "not(waitingForStart)")
        + chain("late", "e2")
    )
    case = Case(joining("activationCount &gt;= 1", out), again=0).do("b")
    assert case.open == ["a", "c", "z"]
    assert case.do("a").open == ["c", "z"]
    assert case.do("c").open == ["late", "z"]
    assert case.do("z").do("late").status == "completed"


def test_a_start_that_leads_nowhere_is_an_error() -> None:
    out = flow("k", "z", "never = 1")
    case = Case(joining("activationCount &gt;= 2", out), again=0).do("a")
    case.do("b")
    assert (case.open, case.failed, case.advance.incidents[0].flows) == (["c"], ["k"], ("f_k_z",))
    case.do("c")
    assert (case.open, case.failed) == ([], ["k"])
    assert case.skip("f_k_z").open == ["z"]
    assert case.do("z").status == "completed"
    default = joining("activationCount &gt;= 2", out + user("d") + chain("k", "d", "e"), "f_k_d")
    assert Case(default, again=0).do("a").do("b").open == ["c", "d"]


CONDITION = "activationCount &gt;= needed"


def test_a_condition_that_fails_keeps_the_arrivals() -> None:
    case = Case(joining(CONDITION), again=0).do("a")
    assert (case.open, case.failed) == (["b", "c"], ["k"])
    assert dict(case.advance.incidents[0].seen) == {"activationCount": 1, "needed": None}
    case.do("b")
    assert (case.open, case.failed) == (["c"], ["k"])  # one incident, not one per arrival
    case.retry(needed=2)
    assert (case.open, case.failed) == (["c", "z"], [])
    case.do("c")
    assert (case.open, case.seen(EventType.ELEMENT_ENTERED)) == (["z"], ["k"])
    assert case.do("z").status == "completed"


def test_a_condition_that_fails_later_is_one_incident() -> None:
    case = Case(joining(CONDITION), again=0, needed=3).do("a").do("b", needed="two")
    assert (case.open, case.failed) == (["c"], ["k"])
    case.retry(needed=3)
    assert (case.failed, case.seen(EventType.ELEMENT_ENTERED)) == ([], [])
    assert case.do("c").open == ["z"]


def test_skipping_the_condition_starts_with_what_has_arrived() -> None:
    case = Case(joining(CONDITION), again=0).do("a").do("b").skip()
    assert (case.open, case.failed) == (["c", "z"], [])
    assert case.do("c").open == ["z"]
    assert case.do("z").status == "completed"


def test_it_does_not_wait_for_what_cannot_come() -> None:
    """The branch over y never reaches the gateway."""
    inner = "<bpmn:activationCondition>activationCount &gt;= 1</bpmn:activationCondition>"
    definition = process(
        start()
        + gateway("parallel", "f")
        + gateway("exclusive", "x", default="f_x_y")
        + user("a", "b", "y", "z")
        + node("complexGateway", "k", inner)
        + end()
        + end("e2")
        + chain("s", "f", "a", "k", "z", "e")
        + chain("f", "b", "x", "y", "e2")
        + flow("x", "k", "join = 1")
    )
    case = Case(definition, join=0).do("a").do("b").do("y")
    assert case.open == ["z"]
    assert case.do("z").status == "completed"
    case = Case(definition, join=0).do("a").do("z").do("b").do("y")
    assert case.status == "completed"


def test_one_way_in_needs_no_condition() -> None:
    definition = process(
        start()
        + gateway("complex", "k", default="f_k_z")
        + user("y", "z")
        + end()
        + end("e2")
        + chain("s", "k", "z", "e")
        + flow("k", "y", "more")
        + chain("y", "e2")
    )
    assert Case(definition, more=True).open == ["y"]
    assert Case(definition, more=False).open == ["z"]


def test_it_is_sound() -> None:
    found = explore(joining("activationCount &gt;= 2"), "p.bpmn", 1000)
    assert "bpmn-deadlock" not in {finding.code for finding in found.findings}
    assert "bpmn-no-way-out" not in {finding.code for finding in found.findings}
