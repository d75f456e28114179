"""Jump, withdraw, suspend, resume, terminate and void: what is done from outside the flow."""

from __future__ import annotations

from uuid import uuid4

import pytest

from engine import lifecycle, runtime
from engine.errors import (
    InstanceSuspended,
    InvalidState,
    NoMatchingEvent,
    TargetNotAllowed,
    TaskNotOpen,
)
from engine.model import DirectObstacle, EventType, Resubmission, ReturnOption
from tests.unit.engine.builder import (
    boundary,
    call,
    chain,
    compensated,
    compensation,
    countersign,
    end,
    files,
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

KEPT = '<bpmn:extensionElements><dw:task skip="none"/></bpmn:extensionElements>'
FORKED = (
    start()
    + user("q")
    + gateway("parallel", "f")
    + user("a", "a2", "b")
    + gateway("parallel", "j")
    + user("z", "y")
    + end()
    + chain("s", "q", "f", "a", "a2", "j", "z", "y", "e")
    + chain("f", "b", "j")
)


def test_jump_forward_and_back_in_a_branch() -> None:
    case = Case(process(FORKED)).do("q")
    assert case.jump_targets("a") == ("q", "a2", "z", "y")
    case.jump("a", "a2")
    assert (case.open, case.seen(EventType.TOKEN_MOVED)) == (["a2", "b"], ["a"])
    case.jump("a2", "a").do("a").do("a2").do("b")
    assert case.open == ["z"]


def test_jump_out_of_a_branch_takes_back_the_others() -> None:
    case = Case(process(FORKED)).do("q").do("b").jump("a", "z")
    assert case.open == ["z"]
    assert case.do("z").do("y").status == "completed"


def test_nobody_jumps_into_another_branch() -> None:
    case = Case(process(FORKED)).do("q")
    before = case.advance.state
    for source, target in (("a", "b"), ("a", "a"), ("a", "e"), (None, "b"), (None, "nowhere")):
        with pytest.raises(TargetNotAllowed):
            case.jump(source, target)
    assert before == case.advance.state
    with pytest.raises(TaskNotOpen):
        runtime.jump(case.process, before, str(uuid4()), "z", **case.outside)


def test_all_tokens_become_one() -> None:
    case = Case(process(FORKED)).do("q").do("a")
    assert case.jump_targets(None) == ("q", "z", "y")
    case.jump(None, "q")
    assert sorted(map(str, case.seen(EventType.TOKEN_MOVED))) == ["a2", "b"]
    assert case.open == ["q"]
    assert case.do("q").open == ["a", "b"]


def test_a_case_that_waits_for_what_never_comes_can_be_freed() -> None:
    definition = process(
        start()
        + node("intermediateCatchEvent", "w", message())
        + user("z")
        + end()
        + chain("s", "w", "z", "e")
    )
    case = Case(definition)
    assert case.advance.messages == ("hello",)
    case.jump(None, "z")
    assert (case.open, case.advance.messages) == (["z"], ())


def test_jump_out_of_a_half_done_countersign_and_back_into_it() -> None:
    definition = process(
        start() + user("a", inner=countersign()) + user("z") + end() + chain("s", "a", "z", "e")
    )
    case = Case(definition, people=["1", "2", "3"]).do("a", vote=1).jump("a", "z")
    assert (case.open, "votes" in case.variables) == (["z"], False)
    case.jump("z", "a")
    assert case.open == ["a"] * 3


def test_a_task_that_may_not_be_skipped_is_never_jumped_over() -> None:
    definition = process(
        start()
        + user("a")
        + user("vote", inner=KEPT)
        + user("y", "z")
        + end()
        + chain("s", "a", "vote", "y", "z", "e")
    )
    case = Case(definition)
    for source in ("a", None):
        assert case.jump_targets(source) == tuple(t for t in ("a", "vote") if t != source)
    case.do("a")
    assert case.jump_targets("vote") == ("a",)
    case.do("vote")
    assert case.jump_targets("y") == ("a", "vote", "z")
    assert case.jump("y", "a").jump_targets("a") == ("vote",)


SUB_BODY = start("s2") + user("x", "y") + end("e2") + chain("s2", "x", "y", "e2")


def test_jump_inside_and_out_of_a_sub_process() -> None:
    definition = process(
        start()
        + user("q")
        + node("subProcess", "sub", SUB_BODY)
        + boundary("late", "sub", timer("timeDuration", "P5D"), interrupting=False)
        + user("z", "h")
        + end()
        + end("e3")
        + chain("s", "q", "sub", "z", "e")
        + chain("late", "h", "e3")
    )
    case = Case(definition).do("q")
    assert case.jump_targets("x") == ("q", "y", "z")
    assert case.jump_targets(None) == ("q", "z")
    assert case.jump("x", "y").open == ["y"]
    case.jump("y", "z")
    assert (case.open, case.advance.next_due_at) == (["z"], None)
    assert case.jump_targets("z") == ("q",), "inside of a sub-process is not entered from outside"


@pytest.mark.parametrize("source", [None, "x"])
def test_out_of_an_interrupting_event_sub_process_its_event_is_waited_for_again(
    source: str | None,
) -> None:
    body = (
        node("startEvent", "es", timer("timeDuration", "P1D"))
        + user("x")
        + end("e2")
        + chain("es", "x", "e2")
    )
    definition = process(
        start()
        + user("q", "z")
        + end()
        + chain("s", "q", "z", "e")
        + node("subProcess", "rescue", body, triggeredByEvent="true")
    )
    case = Case(definition).wait(days=1)
    assert (case.open, case.advance.next_due_at) == (["x"], None)
    case.jump(source, "q")
    assert case.open == ["q"]
    assert case.advance.next_due_at is not None
    assert case.wait(days=1).open == ["x"]


def test_withdraw_puts_everything_back() -> None:
    case = Case(process(FORKED), fact=1).do("q").do("a").do("a2")
    before, task_id = case.advance, case.task_id("b")
    case.do("b", fact=2)
    assert (case.open, case.variables["fact"]) == (["z"], 2)
    case.withdraw(before.state, task_id)
    assert (case.open, case.variables["fact"]) == (["b"], 1)
    assert case.seen(EventType.TASK_WITHDRAWN) == ["b"]
    assert case.task_id("b") != task_id
    assert case.do("b").do("z").do("y").status == "completed"


def test_withdraw_brings_back_what_the_completion_cancelled() -> None:
    done = "numberOfCompletedInstances >= 2"
    definition = process(
        start()
        + user("a", inner=countersign(condition=done))
        + user("z")
        + end()
        + chain("s", "a", "z", "e")
    )
    case = Case(definition, people=["1", "2", "3"]).do("a", vote=1)
    others = {task.id for task in case.advance.open_tasks} - {case.task_id("a")}
    before, task_id = case.advance, case.task_id("a")
    case.do("a", vote=2)
    assert case.open == ["z"]
    case.withdraw(before.state, task_id)
    assert case.open == ["a", "a"]
    assert others < {task.id for task in case.advance.open_tasks}
    assert case.do("a", vote=3).variables["votes"] == [1, 3]


def test_withdraw_needs_a_running_instance_and_a_task_that_was_open() -> None:
    case = Case(process(FORKED)).do("q")
    before, task_id = case.advance.state, case.task_id("a")
    case.do("a")
    for wrong in (str(uuid4()), "nonsense", case.task_id("a2")):
        with pytest.raises(TaskNotOpen):
            case.withdraw(before, wrong)
    case.suspend()
    with pytest.raises(InstanceSuspended):
        case.withdraw(before, task_id)
    ended = Case(process(start() + user("a") + end() + chain("s", "a", "e")))
    before, task_id = ended.advance.state, ended.task_id("a")
    ended.do("a")
    with pytest.raises(InvalidState):
        ended.withdraw(before, task_id)


TIMED = (
    start()
    + user("a", "h", "m")
    + boundary("late", "a", timer("timeDuration", "P5D"), interrupting=False)
    + boundary("told", "a", message(), interrupting=False)
    + end()
    + end("e2")
    + end("e3")
    + chain("s", "a", "e")
    + chain("late", "h", "e2")
    + chain("told", "m", "e3")
)


def test_nothing_happens_while_suspended() -> None:
    case = Case(process(TIMED)).suspend()
    assert (case.status, case.open) == ("suspended", ["a"])
    assert case.seen(EventType.INSTANCE_SUSPENDED) == [None]
    before = case.advance
    with pytest.raises(InstanceSuspended):
        case.do("a")
    with pytest.raises(InstanceSuspended):
        case.wait(days=6)
    with pytest.raises(InstanceSuspended):
        case.jump(None, "a")
    with pytest.raises(InstanceSuspended):
        case.suspend()
    with pytest.raises(NoMatchingEvent, match="挂起"):
        case.tell("hello")
    assert before == case.advance
    assert case.advance.next_due_at is not None
    case.resume()
    assert (case.status, case.open) == ("active", ["a"])
    assert case.wait(days=0).open == ["a", "h"], "overdue meanwhile"
    assert case.tell("hello").open == ["a", "h", "m"]


def test_only_what_is_suspended_resumes_and_only_what_runs_is_suspended() -> None:
    case = Case(process(TIMED))
    with pytest.raises(InvalidState):
        case.resume()
    case.do("a")
    assert case.status == "completed"
    with pytest.raises(InvalidState):
        case.suspend()


@pytest.mark.parametrize("command", [lifecycle.terminate, lifecycle.void])
@pytest.mark.parametrize("status", ["active", "suspended"])
def test_the_end_from_outside(command: object, status: str) -> None:
    case = Case(process(TIMED))
    if status == "suspended":
        case.suspend()
    assert case.status == status
    advance = command(case.process, case.advance.state, **case.outside)  # type: ignore[operator]
    word = "terminated" if command is lifecycle.terminate else "voided"
    assert advance.status.value == word
    assert advance.events[-1].type.value == f"instance_{word}"
    assert (advance.open_tasks, advance.next_due_at, advance.messages) == ((), None, ())
    assert runtime.inspect(case.process, advance.state).status.value == word
    for again in (lifecycle.terminate, lifecycle.void, lifecycle.suspend):
        with pytest.raises(InvalidState):
            again(case.process, advance.state, **case.outside)
    assert runtime.jump_targets(case.process, advance.state, None) == ()


def test_a_sub_process_is_not_jumped_over_while_it_holds_what_may_not_be_skipped() -> None:
    inner = start("s2") + user("x") + user("vote", inner=KEPT) + user("y") + end("e2")
    body = inner + chain("s2", "x", "vote", "y", "e2")
    definition = process(
        start()
        + user("q")
        + node("subProcess", "sub", body)
        + user("z")
        + end()
        + chain("s", "q", "sub", "z", "e")
    )
    case = Case(definition)
    assert case.jump_targets("q") == ()
    assert case.do("q").jump_targets("x") == ("q", "vote")
    assert case.jump_targets(None) == ("q",)
    assert case.do("x").jump_targets("vote") == ("q", "x")
    assert case.do("vote").jump_targets("y") == ("q", "x", "vote", "z")
    assert case.jump_targets(None) == ("q", "z")
    assert case.jump("y", "z").do("z").status == "completed"


CALLER = start() + user("q") + call("c", "inner") + user("z") + end()
CALLER += chain("s", "q", "c", "z", "e")


def called(task: str) -> str:
    return start("s2") + user("x") + task + user("y") + end("e2") + chain("s2", "x", "w", "y", "e2")


def test_jump_inside_and_out_of_a_called_process() -> None:
    case = Case(files(p=CALLER, inner=called(user("w")))).do("q")
    assert case.jump_targets("x") == ("w", "y", "q", "z")
    assert case.jump("x", "y").open == ["y"]
    assert case.jump("y", "z").do("z").status == "completed"
    case = Case(files(p=CALLER, inner=called(user("w")))).do("q").jump(None, "z")
    assert case.open == ["z"]
    assert case.jump("z", "q").do("q").open == ["x"]


def test_a_called_process_is_not_jumped_over_while_it_holds_what_may_not_be_skipped() -> None:
    case = Case(files(p=CALLER, inner=called(user("w", inner=KEPT))))
    assert case.jump_targets("q") == ()
    assert case.do("q").jump_targets("x") == ("w", "q")
    assert case.do("x").do("w").jump_targets("y") == ("x", "w", "q", "z")
    assert case.jump_targets(None) == ("q",), "the call as a whole is not done"
    assert case.jump("y", "z").open == ["z"]


def test_a_compensation_is_neither_left_nor_entered_by_a_jump() -> None:
    throw = node("intermediateThrowEvent", "th", compensation())
    definition = process(
        start()
        + user("a", "z")
        + compensated("a")
        + throw
        + end()
        + chain("s", "a", "th", "z", "e")
    )
    case = Case(definition)
    assert case.jump_targets("a") == ("z",)
    case.do("a")
    assert (case.open, case.jump_targets("undo_a")) == (["undo_a"], ())
    assert case.jump_targets(None) == ("a", "z")
    case.jump(None, "z")
    assert case.open == ["undo_a", "z"], "what was done is still undone"
    assert case.do("z").status == "active"
    assert case.do("undo_a").status == "completed"


FAILING = (
    start()
    + user("q")
    + gateway("exclusive", "g", default="f_g_e")
    + user("z")
    + end()
    + chain("s", "q", "g", "e")
    + flow("g", "z", "ok")
    + chain("z", "e")
)


def test_an_incident_survives_a_pause_and_is_left_alone_meanwhile() -> None:
    case = Case(process(FAILING)).do("q", ok="perhaps")
    assert (case.status, case.failed) == ("incident", ["g"])
    case.suspend()
    for act in (lambda: case.retry(ok=True), lambda: case.skip("f_g_e")):
        with pytest.raises(InstanceSuspended):
            act()
    assert case.resume().status == "incident"
    assert case.retry(ok=True).open == ["z"]


def test_an_incident_is_jumped_away_from_or_its_cause_withdrawn() -> None:
    case = Case(process(FAILING))
    before, task_id = case.advance, case.task_id("q")
    case.do("q", ok="perhaps").withdraw(before.state, task_id)
    assert (case.status, case.open, case.failed) == ("active", ["q"], [])
    case.do("q", ok="perhaps").jump(None, "z")
    assert (case.status, case.open, case.failed) == ("active", ["z"], [])


def test_an_incident_comes_back_along_the_path_only() -> None:
    case = Case(process(FAILING)).do("q", ok="perhaps")
    task_id = case.advance.incidents[0].task_id
    (option,) = runtime.return_options(case.process, case.advance.state, task_id)
    assert option == ReturnOption("q", (Resubmission.PATH,), DirectObstacle.INCIDENT)
