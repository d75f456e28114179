"""直送: a returned step, done again, goes straight back to who returned it, where that is sound."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.errors import TargetNotAllowed
from engine.model import DirectObstacle, EventType, ProcessDefinition, Resubmission, ReturnOption
from tests.unit.engine.builder import (
    boundary,
    call,
    chain,
    countersign,
    end,
    files,
    flow,
    gateway,
    node,
    process,
    start,
    timer,
    user,
)
from tests.unit.engine.case import Case

DIRECT = Resubmission.DIRECT
LINE = start() + user("a", "b", "c", "d") + end() + chain("s", "a", "b", "c", "d", "e")


def policy(way: str) -> ProcessDefinition:
    fixed = f'<bpmn:extensionElements><dw:task resubmit="{way}"/></bpmn:extensionElements>'
    return process(
        start() + user("a", "b") + user("c", inner=fixed) + end() + chain("s", "a", "b", "c", "e")
    )


def test_what_lies_between_is_skipped_once() -> None:
    case = Case(process(LINE)).do("a").do("b").do("c")
    returner = case.task_id("d")
    case.back("d", "a", way=DIRECT)
    assert case.open == ["a"]
    case.do("a")
    assert case.open == ["d"]
    assert case.advance.open_tasks[0].resubmits == returner
    assert case.advance.open_tasks[0].id != returner
    assert case.seen(EventType.TOKEN_MOVED) == ["a"]
    case.back("d", "b").do("b")
    assert case.open == ["c"], "used up"
    assert case.do("c").do("d").status == "completed"


def test_returns_nest() -> None:
    case = Case(process(LINE)).do("a").do("b").do("c")
    case.back("d", "c", way=DIRECT).back("c", "a", way=DIRECT)
    assert case.do("a").open == ["c"]
    assert case.do("c").open == ["d"]
    assert case.do("d").status == "completed"


def test_a_return_along_the_path_forgets_the_straight_way() -> None:
    case = Case(process(LINE)).do("a").do("b").do("c")
    case.back("d", "b", way=DIRECT).back("b", "a")
    assert case.do("a").open == ["b"]
    assert case.do("b").open == ["c"]


def test_the_straight_way_remembers_over_the_returners_own_choice() -> None:
    """d → b straight, b → a straight, a → b, and b still goes straight to d."""
    case = Case(process(LINE)).do("a").do("b").do("c")
    case.back("d", "b", way=DIRECT).back("b", "a", way=DIRECT)
    case.do("a")
    assert [task.resubmits is not None for task in case.advance.open_tasks] == [True]
    assert case.do("b").open == ["d"]


@pytest.mark.parametrize(
    ("way", "offered", "obstacle"),
    [
        ("path", (Resubmission.PATH,), DirectObstacle.POLICY),
        ("direct", (DIRECT,), None),
        ("choose", (Resubmission.PATH, DIRECT), None),
    ],
)
def test_the_procedure_may_fix_the_way(
    way: str, offered: tuple[Resubmission, ...], obstacle: DirectObstacle | None
) -> None:
    case = Case(policy(way)).do("a").do("b")
    assert case.ways_back("c") == {key: ReturnOption(key, offered, obstacle) for key in ("a", "b")}
    for other in set(Resubmission) - set(offered):
        with pytest.raises(TargetNotAllowed):
            case.back("c", "a", way=other)


FORKED = (
    start()
    + user("q")
    + gateway("parallel", "f")
    + user("a", "a2", "b")
    + gateway("parallel", "j")
    + user("z")
    + end()
    + chain("s", "q", "f", "a", "a2", "j", "z", "e")
    + chain("f", "b", "j")
)


def test_within_a_branch_the_other_stays() -> None:
    case = Case(process(FORKED)).do("q").do("a").back("a2", "a", way=DIRECT)
    assert case.open == ["a", "b"]
    case.do("b").do("a")
    assert case.open == ["a2"]
    assert case.do("a2").do("z").status == "completed"


def test_out_of_a_branch_is_refused_while_the_other_runs_or_waits_at_the_join() -> None:
    case = Case(process(FORKED)).do("q")
    for step in (None, "b"):
        if step is not None:
            case.do(step)
        assert case.ways_back("a")["q"].obstacle is DirectObstacle.BRANCHES
        with pytest.raises(TargetNotAllowed):
            case.back("a", "q", way=DIRECT)
    assert case.back("a", "q").open == ["q"]


def test_over_a_join_and_back() -> None:
    case = Case(process(FORKED)).do("q").do("a").do("a2").do("b").back("z", "q", way=DIRECT)
    assert case.do("q").open == ["z"]


def test_out_of_the_only_branch_that_was_taken() -> None:
    definition = process(
        start()
        + user("q")
        + gateway("inclusive", "f", default="f_f_b")
        + user("a", "b", "z")
        + gateway("inclusive", "j")
        + end()
        + chain("s", "q", "f")
        + flow("f", "a", "left")
        + chain("f", "b", "j", "z", "e")
        + chain("a", "j")
    )
    case = Case(definition).do("q", left=True).back("a", "q", way=DIRECT)
    assert case.do("q").open == ["a"]
    assert case.do("a").open == ["z"]


def test_a_reminder_beside_the_step_is_another_token() -> None:
    definition = process(
        start()
        + user("q", "b", "h")
        + boundary("late", "b", timer("timeDuration", "P5D"), interrupting=False)
        + end()
        + end("e2")
        + chain("s", "q", "b", "e")
        + chain("late", "h", "e2")
    )
    case = Case(definition).do("q")
    assert case.ways_back("b")["q"].obstacle is None, "an armed timer is no token of its own"
    case.now += timedelta(hours=6)
    case.back("b", "q", way=DIRECT)
    assert case.advance.next_due_at is None
    case.do("q")
    assert (case.open, case.advance.next_due_at) == (["b"], case.now + timedelta(days=5))
    case.wait(days=6)
    assert case.open == ["b", "h"]
    assert case.ways_back("b")["q"].obstacle is DirectObstacle.BRANCHES


def test_an_interrupted_step_goes_nowhere_straight() -> None:
    definition = process(
        start()
        + user("q", "b", "h")
        + boundary("late", "q", timer("timeDuration", "P5D"), interrupting=True)
        + end()
        + end("e2")
        + chain("s", "q", "b", "e")
        + chain("late", "h", "e2")
    )
    case = Case(definition).do("q").back("b", "q", way=DIRECT).wait(days=6)
    assert case.open == ["h"]
    assert case.do("h").status == "completed"


def test_a_countersign_is_done_again_and_comes_back() -> None:
    definition = process(
        start()
        + user("q")
        + user("a", inner=countersign())
        + user("z")
        + end()
        + chain("s", "q", "a", "z", "e")
    )
    case = Case(definition, people=["1", "2"]).do("q").do("a", vote=1)
    assert case.ways_back("a")["q"].obstacle is DirectObstacle.LOOP
    case.do("a", vote=1)
    case.back("z", "a", way=DIRECT).do("a", vote=2)
    assert case.open == ["a"]
    assert case.do("a", vote=3).open == ["z"]
    assert case.variables["votes"] == [2, 3]
    assert case.advance.open_tasks[0].resubmits is not None


def test_out_of_a_sub_process_only_along_the_path() -> None:
    body = start("s2") + user("x", "y") + end("e2") + chain("s2", "x", "y", "e2")
    definition = process(
        start() + user("q") + node("subProcess", "sub", body) + end() + chain("s", "q", "sub", "e")
    )
    case = Case(definition).do("q").do("x")
    assert case.ways_back("y") == {
        "q": ReturnOption("q", (Resubmission.PATH,), DirectObstacle.SCOPE),
        "x": ReturnOption("x", (Resubmission.PATH, DIRECT)),
    }
    assert case.back("y", "x", way=DIRECT).do("x").open == ["y"]


def test_inside_an_event_sub_process() -> None:
    body = (
        node("startEvent", "es", timer("timeDuration", "P1D"), isInterrupting="false")
        + user("x", "y", "w")
        + end("e2")
        + chain("es", "x", "y", "w", "e2")
    )
    definition = process(
        start()
        + user("q")
        + end()
        + chain("s", "q", "e")
        + node("subProcess", "beside", body, triggeredByEvent="true")
    )
    case = Case(definition).wait(days=1).do("x").do("y")
    assert case.back("w", "x", way=DIRECT).open == ["q", "x"]
    assert case.do("x").open == ["q", "w"]
    assert case.do("w").do("q").status == "completed"


def test_asking_changes_nothing() -> None:
    case = Case(process(LINE)).do("a")
    saved = case.advance
    case.ways_back("b")
    case.do("b")
    assert replace(saved, events=()) != replace(case.advance, events=())


def test_a_called_process_is_a_scope_of_its_own() -> None:
    inner = start("s2") + user("x", "y") + end("e2") + chain("s2", "x", "y", "e2")
    caller = start() + user("q") + call("c", "inner") + user("z") + end()
    case = Case(files(p=caller + chain("s", "q", "c", "z", "e"), inner=inner)).do("q").do("x")
    options = case.ways_back("y")
    assert {key: option.obstacle for key, option in options.items()} == {
        "x": None,
        "q": DirectObstacle.SCOPE,
    }
    assert case.back("y", "x", way=DIRECT).do("x").open == ["y"]
    case.do("y").back("z", "q", way=DIRECT)
    assert case.do("q").open == ["z"]
