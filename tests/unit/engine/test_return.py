"""退回: to earlier tasks, within a branch, out of branches, after joins, out of loops."""

from __future__ import annotations

import pytest

from engine.errors import TargetNotAllowed
from engine.model import EventType
from engine.runtime import return_targets
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

FORKED = (
    start()
    + user("q")
    + gateway("parallel", "f")
    + user("a", "a2", "b")
    + boundary("late", "b", timer("timeDuration", "P5D"), interrupting=False)
    + user("h")
    + end("e2")
    + gateway("parallel", "j")
    + user("z")
    + end()
    + chain("s", "q", "f", "a", "a2", "j", "z", "e")
    + chain("f", "b", "j")
    + chain("late", "h", "e2")
)


@pytest.mark.parametrize(
    ("element", "targets"),
    [
        ("q", ()),
        ("a", ("q",)),
        ("a2", ("q", "a")),
        ("b", ("q",)),
        ("h", ("q",)),
        ("z", ("q",)),
    ],
)
def test_targets_never_lie_inside_another_region(element: str, targets: tuple[str, ...]) -> None:
    assert targets == return_targets(process(FORKED), element)


def test_within_a_branch_only_that_branch_goes_back() -> None:
    case = Case(process(FORKED)).do("q").do("a").back("a2", "a")
    assert case.open == ["a", "b"]
    assert case.seen(EventType.ELEMENT_CANCELLED) == ["a2"]
    assert case.seen(EventType.TOKEN_MOVED) == ["a2"]
    case.do("b").do("a").do("a2")
    assert case.open == ["z"]


def test_out_of_a_branch_everything_goes_back() -> None:
    case = Case(process(FORKED)).do("q").do("b").back("a", "q", reason="材料不全")
    assert (case.open, case.variables["reason"]) == (["q"], "材料不全")
    assert case.advance.next_due_at is None
    case.do("q").do("a").do("a2")
    assert case.open == ["b"]
    assert case.do("b").open == ["z"]


def test_after_a_join_the_fork_runs_again() -> None:
    case = Case(process(FORKED)).do("q").do("a").do("a2").do("b").back("z", "q")
    assert case.open == ["q"]
    case.do("q").do("b").do("a")
    assert case.open == ["a2"]
    assert case.do("a2").do("z").status == "completed"


def test_a_side_path_may_not_go_back_into_a_branch_that_has_moved_on() -> None:
    case = Case(process(FORKED)).do("q").wait(days=6).do("b")
    assert case.open == ["a", "h"]
    with pytest.raises(TargetNotAllowed):
        case.back("h", "b")
    assert case.back("h", "q").open == ["q"]


def test_a_target_with_boundary_events_is_guarded_again() -> None:
    definition = process(
        start()
        + user("b", "z", "h")
        + boundary("late", "b", timer("timeDuration", "P5D"), interrupting=True)
        + end()
        + end("e2")
        + chain("s", "b", "z", "e")
        + chain("late", "h", "e2")
    )
    case = Case(definition).do("b").back("z", "b")
    assert case.open == ["b"]
    assert case.wait(days=6).open == ["h"]
    assert case.back("h", "b").open == ["b"]


def test_an_arrival_of_the_branch_goes_back_with_it() -> None:
    """Two tokens in one branch: the one that already waits at the join goes back too."""
    definition = process(
        start()
        + gateway("parallel", "f")
        + user("a", "b", "x", "y")
        + gateway("parallel", "f2")
        + gateway("exclusive", "m")
        + gateway("parallel", "j")
        + user("z")
        + end()
        + chain("s", "f", "a", "f2", "x", "m", "j", "z", "e")
        + chain("f2", "y", "m")
        + chain("f", "b", "j")
    )
    case = Case(definition).do("a").do("x").back("y", "a")
    assert case.open == ["a", "b"]
    assert case.do("b").open == ["a"]


def test_out_of_a_countersign() -> None:
    definition = process(
        start()
        + user("q")
        + user("a", inner=countersign())
        + user("z")
        + end()
        + chain("s", "q", "a", "z", "e")
    )
    case = Case(definition, people=["1", "2", "3"]).do("q").do("a", vote=1).back("a", "q")
    assert (case.open, case.seen(EventType.ELEMENT_CANCELLED)) == (["q"], ["a", "a"])
    case.do("q")
    assert case.open == ["a", "a", "a"]
    for _ in range(3):
        case.do("a", vote=2)
    assert (case.open, case.variables["votes"]) == (["z"], [2, 2, 2])
    assert case.back("z", "a").open == ["a"] * 3


SUB = (
    start()
    + user("q")
    + node(
        "subProcess", "sub", start("s2") + user("x", "y") + end("e2") + chain("s2", "x", "y", "e2")
    )
    + user("z")
    + end()
    + chain("s", "q", "sub", "z", "e")
)


def test_inside_and_out_of_a_sub_process() -> None:
    case = Case(process(SUB)).do("q").do("x").back("y", "x")
    assert case.open == ["x"]
    case.do("x").back("y", "q")
    assert (case.open, case.seen(EventType.ELEMENT_CANCELLED)) == (["q"], ["y", "sub"])
    case.do("q").do("x").do("y")
    assert case.open == ["z"]
    assert return_targets(case.process, "z") == ("q",)


def test_flows_that_lead_back_do_not_make_later_tasks_earlier() -> None:
    definition = process(
        start()
        + gateway("exclusive", "m")
        + user("q", "z")
        + gateway("exclusive", "g", default="fd")
        + end()
        + chain("s", "m", "q", "z", "g")
        + flow("g", "m", "again = 1")
        + flow("g", "e", flow_id="fd")
    )
    assert return_targets(definition, "q") == ()
    assert return_targets(definition, "z") == ("q",)


def test_other_targets_are_refused() -> None:
    case = Case(process(FORKED)).do("q")
    before = case.advance.state
    for target in ("a", "b", "z", "nowhere"):
        with pytest.raises(TargetNotAllowed):
            case.back("a", target)
    assert before == case.advance.state


def test_a_task_may_forbid_returning() -> None:
    fixed = '<bpmn:extensionElements><dw:task return="none"/></bpmn:extensionElements>'
    definition = process(
        start() + user("q") + user("a", inner=fixed) + end() + chain("s", "q", "a", "e")
    )
    assert return_targets(definition, "a") == ()


def test_nested_regions() -> None:
    definition = process(
        start()
        + user("q")
        + gateway("parallel", "f1")
        + user("a", "b", "c", "d", "o")
        + gateway("parallel", "f2")
        + gateway("parallel", "j2")
        + gateway("parallel", "j1")
        + end()
        + chain("s", "q", "f1", "a", "f2", "b", "j2", "d", "j1", "e")
        + chain("f2", "c", "j2")
        + chain("f1", "o", "j1")
    )
    assert list(definition.nodes["b"].regions) == [("f1", "f_f1_a"), ("f2", "f_f2_b")]
    assert return_targets(definition, "d") == ("q", "a")
    case = Case(definition).do("q").do("a").do("b").back("c", "a")
    assert case.open == ["a", "o"]
    case.do("a").do("b").do("c").back("d", "a")
    assert case.open == ["a", "o"]
    case.do("a").do("c").do("o").do("b").do("d")
    assert case.status == "completed"
