"""The exploration finds every planted fault and none in sound diagrams."""

from __future__ import annotations

from pathlib import Path

from engine.library import parse_process
from engine.soundness import explore
from tests.unit.engine.builder import (
    boundary,
    catch,
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


def found(body: str) -> set[tuple[str, str | None]]:
    result = explore(process(body), "x.bpmn")
    assert result.complete
    return {(finding.code, finding.element_id) for finding in result.findings}


def test_an_exclusive_fork_into_a_parallel_join() -> None:
    body = (
        start()
        + gateway("exclusive", "x", default="fd")
        + user("a", "b", "z")
        + gateway("parallel", "j")
        + end()
        + chain("s", "x")
        + flow("x", "a", "left")
        + flow("x", "b", flow_id="fd")
        + chain("a", "j", "z", "e")
        + chain("b", "j")
    )
    assert found(body) == {("bpmn-deadlock", "j"), ("bpmn-dead-node", "z"), ("bpmn-dead-node", "e")}


def test_a_parallel_fork_into_an_exclusive_merge() -> None:
    body = (
        start()
        + gateway("parallel", "f")
        + user("a", "b", "z")
        + gateway("exclusive", "m")
        + end()
        + chain("s", "f", "a", "m", "z", "e")
        + chain("f", "b", "m")
    )
    assert found(body) == {("bpmn-doubled-token", "z")}


def test_a_timer_that_leads_out_of_a_parallel_branch() -> None:
    body = (
        start()
        + gateway("parallel", "f")
        + user("a", "b", "h")
        + boundary("late", "a", timer("timeDuration", "P1D"), interrupting=True)
        + gateway("parallel", "j")
        + end()
        + end("e2")
        + chain("s", "f", "a", "j", "e")
        + chain("f", "b", "j")
        + chain("late", "h", "e2")
    )
    assert found(body) == {("bpmn-deadlock", "j")}


def test_a_circle_of_tasks_without_exit() -> None:
    body = (
        start()
        + gateway("exclusive", "x", default="fd")
        + gateway("exclusive", "m")
        + user("a", "b")
        + end()
        + chain("s", "x")
        + flow("x", "m", "left")
        + flow("x", "b", flow_id="fd")
        + chain("m", "a", "m")
        + chain("b", "e")
    )
    assert {code for code, _ in found(body)} == {"bpmn-no-way-out"}


def test_a_circle_without_people() -> None:
    body = (
        start()
        + user("a")
        + gateway("exclusive", "m")
        + node("manualTask", "t")
        + gateway("exclusive", "g", default="fd")
        + end()
        + chain("s", "a", "m", "t", "g")
        + flow("g", "m", "again")
        + flow("g", "e", flow_id="fd")
    )
    result = explore(process(body), "x.bpmn")
    assert {(f.code, f.element_id) for f in result.findings} == {("bpmn-endless-circle", "a")}


SOUND = (
    start()
    + gateway("exclusive", "m")
    + user("q")
    + gateway("parallel", "f")
    + user("a")
    + boundary("late", "a", timer("timeCycle", "R3/P5D"), interrupting=False)
    + user("h")
    + end("e2")
    + user("c", inner=countersign(condition="numberOfCompletedInstances > 1"))
    + gateway("parallel", "j")
    + node("subProcess", "sub", start("s3") + user("x") + end("e3") + chain("s3", "x", "e3"))
    + gateway("eventBased", "race")
    + catch("w", message())
    + catch("t", timer("timeDate", "= until"))
    + node("serviceTask", "n")
    + gateway("exclusive", "m2")
    + gateway("exclusive", "g", default="fd")
    + user("r", inner='<bpmn:standardLoopCharacteristics loopMaximum="3"/>')
    + end()
    + chain("s", "m", "q", "f", "a", "j", "sub", "race", "w", "m2", "g")
    + chain("f", "c", "j")
    + chain("race", "t", "n", "m2")
    + chain("late", "h", "e2")
    + flow("g", "m", "again")
    + flow("g", "r", flow_id="fd")
    + chain("r", "e")
)


def test_a_sound_diagram_with_reminders_is_explored_up_to_the_bound() -> None:
    """Reminders may pile up for ever, so there is no end of states; nothing wrong among them."""
    result = explore(process(SOUND), "x.bpmn", max_states=60)
    assert (result.findings, result.complete, result.states) == ((), False, 60)


def test_a_sound_diagram_without_reminders_is_explored_completely() -> None:
    without = SOUND.replace(
        boundary("late", "a", timer("timeCycle", "R3/P5D"), interrupting=False)
        + user("h")
        + end("e2"),
        "",
    ).replace(chain("late", "h", "e2"), "")
    assert found(without) == set()


def test_member_development_is_sound_as_far_as_we_look() -> None:
    path = Path(__file__).parents[3] / "bpmn/member_development/process.bpmn"
    result = explore(parse_process(path.read_bytes(), path.name), path.name, max_states=150)
    assert result.findings == ()


def test_the_exploration_ends_when_its_time_is_over() -> None:
    """What was found until then counts; nothing is said of what was not seen."""
    body = start() + user("a", "b", "c") + end() + chain("s", "a", "b", "c", "e")
    asked = iter([False, False, True])
    result = explore(process(body), "x.bpmn", is_time_over=lambda: next(asked))
    assert (3, False, ()) == (result.states, result.complete, result.findings)
