"""Ad-hoc sub-processes: people choose what to do, in which order and how often."""

from __future__ import annotations

from typing import Any

import pytest

from engine import runtime
from engine.errors import InvalidState, TaskNotOpen
from engine.model import EventType, ProcessDefinition
from engine.runtime import return_targets
from engine.soundness import explore
from tests.unit.engine.builder import (
    boundary,
    chain,
    countersign,
    end,
    flow,
    gateway,
    message,
    node,
    process,
    start,
    timer,
    user,
)
from tests.unit.engine.case import Case


def drawing(inner: str, condition: str | None = None, **attributes: Any) -> ProcessDefinition:
    done = f"<bpmn:completionCondition>{condition}</bpmn:completionCondition>" if condition else ""
    sub = node("adHocSubProcess", "sub", inner + done, **attributes)
    return process(
        start() + user("before") + sub + user("z") + end() + chain("s", "before", "sub", "z", "e")
    )


def entered(definition: ProcessDefinition, **variables: Any) -> Case:
    return Case(definition, **variables).do("before")


def test_nothing_starts_by_itself() -> None:
    case = entered(drawing(user("x", "y")))
    assert (case.open, case.choices, case.status) == ([], ["x", "y"], "active")
    assert case.advance.available[0].scope == "sub"
    assert EventType.ELEMENT_ENTERED in {e.type for e in case.advance.events}


def test_activities_run_side_by_side_and_again() -> None:
    case = entered(drawing(user("x", "y"))).choose("x").choose("y").choose("x")
    assert (case.open, case.choices) == (["x", "x", "y"], ["x", "y"])
    assert case.advance.finishable == ()
    case.do("x").do("y").do("x").choose("y").do("y")
    assert case.finish().open == ["z"]
    assert case.do("z").status == "completed"


def test_in_sequence_one_waits_for_the_other() -> None:
    case = entered(drawing(user("x", "y"), ordering="Sequential")).choose("y")
    assert (case.open, case.choices) == (["y"], [])
    assert case.do("y").choices == ["x", "y"]


def test_nobody_ends_it_while_something_runs() -> None:
    case = entered(drawing(user("x"))).choose("x")
    scope_id = case.advance.available[0].scope_id
    with pytest.raises(InvalidState, match="未办结"):
        runtime.finish_ad_hoc(case.process, case.advance.state, scope_id, **case.outside)
    case.do("x").finish()
    with pytest.raises(TaskNotOpen):
        runtime.finish_ad_hoc(case.process, case.advance.state, scope_id, **case.outside)


def test_only_what_is_offered_may_be_started() -> None:
    definition = drawing(user("x", "y") + chain("x", "y"), ordering="Sequential")
    case = entered(definition)
    scope_id = case.advance.available[0].scope_id
    for element in ("y", "z", "unknown"):
        with pytest.raises(InvalidState, match="开始"):
            runtime.activate(case.process, case.advance.state, scope_id, element, **case.outside)
    case.choose("x")
    with pytest.raises(InvalidState):
        runtime.activate(case.process, case.advance.state, scope_id, "x", **case.outside)
    with pytest.raises(TaskNotOpen):
        runtime.activate(case.process, case.advance.state, "x", "x", **case.outside)


def test_flows_inside_are_followed() -> None:
    inner = (
        user("x", "y", "k")
        + gateway("exclusive", "g", default="f_g_y")
        + chain("x", "g", "y")
        + '<bpmn:sequenceFlow id="f_g_k" sourceRef="g" targetRef="k">'
        "<bpmn:conditionExpression>short</bpmn:conditionExpression></bpmn:sequenceFlow>"
    )
    case = entered(drawing(inner), short=False)
    assert case.choices == ["x"]
    assert case.choose("x").do("x").open == ["y"]
    assert case.choose("x").do("x", short=True).open == ["k", "y"]
    assert case.do("k").do("y").finish().open == ["z"]


def test_the_condition_ends_it_and_takes_the_rest_back() -> None:
    case = entered(drawing(user("x", "y") + chain("x", "y") + user("w"), "done = true"))
    case.choose("w").choose("x").do("x")
    assert (case.open, case.advance.finishable) == (["w", "y"], ())
    case.choose("x").do("x", done=True)
    assert case.open == ["z"]
    assert sorted(map(str, case.seen(EventType.ELEMENT_CANCELLED))) == ["w", "y"]
    assert "y" not in case.seen(EventType.ELEMENT_ENTERED)


def test_the_rest_may_be_finished_first() -> None:
    definition = drawing(
        user("x", "y") + chain("x", "y") + user("w"),
        "done = true",
        cancelRemainingInstances="false",
    )
    case = entered(definition).choose("w").choose("x").choose("x").do("x").do("x", done=True)
    assert (case.open, case.choices) == (["w", "y"], [])
    assert case.do("y", done=False).open == ["w"]
    assert case.do("w").open == ["z"]


def test_a_condition_decides_alone() -> None:
    case = entered(drawing(user("x"), "done = true"))
    scope_id = case.advance.available[0].scope_id
    with pytest.raises(InvalidState):
        runtime.finish_ad_hoc(case.process, case.advance.state, scope_id, **case.outside)


def test_a_condition_must_be_true_or_false() -> None:
    case = entered(drawing(user("x", "y"), "done")).choose("x").choose("y").do("x")
    assert (case.open, case.failed, case.choices) == (["y"], ["sub"], [])
    assert dict(case.advance.incidents[0].seen) == {"done": None}
    case.retry(done=False)
    assert (case.open, case.failed, case.choices) == (["y"], [], ["x", "y"])
    assert case.do("y", done=True).open == ["z"]


def test_the_next_activity_asks_a_failed_condition_again() -> None:
    inner = user("x", "y") + chain("x", "y")
    case = entered(drawing(inner, "done")).choose("x").do("x")
    assert (case.open, case.failed) == (["y"], ["sub"])
    case.do("y", done=True)
    assert (case.open, case.failed, case.status) == (["z"], [], "active")


@pytest.mark.parametrize(("cancels", "still_open"), [("true", ["z"]), ("false", ["y"])])
def test_a_failed_condition_comes_true_or_is_skipped(cancels: str, still_open: list[str]) -> None:
    definition = drawing(user("x", "y"), "done", cancelRemainingInstances=cancels)
    for solve in (lambda case: case.retry(done=True), lambda case: case.skip()):
        case = solve(entered(definition).choose("x").choose("y").do("x"))
        assert (case.open, case.choices, case.status) == (still_open, [], "active")
        if still_open == ["y"]:
            assert case.do("y").open == ["z"]


def test_an_ad_hoc_sub_process_that_cannot_begin_or_leave_offers_nothing() -> None:
    done = "<bpmn:completionCondition>done</bpmn:completionCondition>"
    sub = node("adHocSubProcess", "sub", user("x") + done)
    out = user("y", "z") + flow("sub", "y", "way > 1", "f1") + flow("sub", "z", "way > 2", "f2")
    case = Case(process(start() + sub + out + chain("s", "sub"))).choose("x").do("x", done=True)
    assert (case.failed, case.choices, case.advance.finishable) == (["sub"], [], ())
    assert case.retry(way=2).open == ["y"]


def test_automatic_activities_count_too() -> None:
    case = entered(drawing(node("manualTask", "x") + user("y"), "true")).choose("x")
    assert case.open == ["z"]


def test_loops_and_boundary_events_inside() -> None:
    inner = (
        user("c", inner=countersign())
        + user("x", "h")
        + boundary("late", "x", timer("timeDuration", "P1D"), interrupting=True)
        + chain("late", "h")
    )
    case = entered(drawing(inner, "votes = [1, 2]"), people=["1", "2"])
    assert case.choices == ["c", "x"]
    assert case.choose("x").wait(days=2).open == ["h"]
    case.choose("c").do("c", vote=1)
    assert case.do("c", vote=2).open == ["z"]


def test_boundary_events_around() -> None:
    sub = node("adHocSubProcess", "sub", user("x"))
    definition = process(
        start()
        + sub
        + boundary("b", "sub", message(), interrupting=True)
        + user("h")
        + end()
        + end("e2")
        + chain("s", "sub", "e")
        + chain("b", "h", "e2")
    )
    case = Case(definition).choose("x").tell("hello")
    assert (case.open, case.choices, case.advance.finishable) == (["h"], [], ())


def test_several_at_once() -> None:
    sub = node("adHocSubProcess", "sub", countersign(output=False) + user("x"))
    definition = process(start() + sub + user("z") + end() + chain("s", "sub", "z", "e"))
    case = Case(definition, people=["1", "2"])
    first, second = case.advance.available
    assert first.scope_id != second.scope_id
    case.choose("x").do("x")
    for scope_id in case.advance.finishable:
        case.advance = runtime.finish_ad_hoc(
            case.process, case.advance.state, scope_id, **case.outside
        )
    assert case.open == ["z"]


def test_out_of_it_but_not_within_it_one_may_go_back() -> None:
    definition = drawing(user("x", "y") + chain("x", "y"))
    assert return_targets(definition, "y") == ("before",)
    assert return_targets(definition, "z") == ("before",)
    case = entered(definition).choose("x").choose("x").do("x").back("y", "before")
    assert (case.open, case.choices) == (["before"], [])
    assert case.do("before").choices == ["x"]


def test_nested() -> None:
    inner = node(
        "subProcess", "in", start("s2") + user("x", "y") + end("e2") + chain("s2", "x", "y", "e2")
    )
    definition = drawing(inner + node("adHocSubProcess", "deep", user("w")))
    assert return_targets(definition, "y") == ("before", "x")
    case = entered(definition).choose("in").choose("in").do("x")
    case.back("y", "x")
    assert case.open == ["x", "x"]
    case.do("x").do("x").do("y").do("y").choose("deep").choose("w").do("w")
    deep = [a.scope_id for a in case.advance.available if a.scope == "deep"]
    assert list(case.advance.finishable) == deep
    assert case.finish().finish().open == ["z"]


@pytest.mark.parametrize("condition", [None, "done"])
def test_it_is_sound(condition: str | None) -> None:
    found = explore(drawing(user("x", "y") + chain("x", "y") + user("w"), condition), "p.bpmn")
    assert (found.findings, found.complete) == ((), True)


def test_a_deadlock_inside_is_found() -> None:
    inner = (
        gateway("exclusive", "g", default="f_g_y")
        + user("x", "y", "k", "t")
        + gateway("parallel", "j")
        + chain("x", "g", "y", "j", "t")
        + '<bpmn:sequenceFlow id="f_g_k" sourceRef="g" targetRef="k">'
        "<bpmn:conditionExpression>short</bpmn:conditionExpression></bpmn:sequenceFlow>"
        + chain("k", "j")
    )
    found = explore(drawing(inner), "p.bpmn")
    assert {finding.code for finding in found.findings} == {"bpmn-deadlock", "bpmn-dead-node"}


def test_what_waits_at_a_join_does_not_keep_it_from_ending() -> None:
    inner = user("x", "y", "v", "w", "u") + gateway("parallel", "f") + gateway("parallel", "j")
    inner += chain("x", "f", "v", "j", "u") + chain("f", "w", "j")
    case = entered(drawing(inner, "done", cancelRemainingInstances="false"), done=False)
    case.choose("x").do("x").do("v").choose("y").do("y", done=True)
    assert ["w"] == case.open
    assert ["z"] == case.do("w").open
