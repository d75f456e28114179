"""A step that fails leaves its token standing; everything else of the command stays."""

from __future__ import annotations

from datetime import datetime

import pytest

from engine import incidents, lifecycle, runtime
from engine.command import MAX_FAILURES
from engine.errors import ExpressionError, TargetNotAllowed, TaskNotOpen
from engine.model import EventType, Value, Variables
from tests.unit.engine.builder import (
    boundary,
    call,
    catch,
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
from tests.unit.engine.case import NOW, Case

ENTERED, COMPLETED = EventType.ELEMENT_ENTERED, EventType.ELEMENT_COMPLETED
RAISED, RESOLVED = EventType.INCIDENT_RAISED, EventType.INCIDENT_RESOLVED


def extended(inner: str) -> str:
    return f"<bpmn:extensionElements>{inner}</bpmn:extensionElements>"


def service(node_id: str, **inputs: str) -> str:
    given = "".join(f'<dw:input name="{name}" value="{inputs[name]}"/>' for name in inputs)
    return node("serviceTask", node_id, extended(f'<dw:operation name="op"/>{given}'))


def choice(condition: str = "x > 1") -> str:
    return (
        gateway("exclusive", "g", default="fd")
        + user("yes", "no")
        + flow("g", "yes", condition, "fc")
        + flow("g", "no", flow_id="fd")
    )


def test_what_an_incident_tells() -> None:
    body = start() + user("a") + choice("x > limit") + chain("s", "a", "g")
    case = Case(process(body), other=7).do("a", x="text", limit=3)
    (incident,) = case.advance.incidents
    assert (incident.element_id, incident.code, incident.expression) == (
        "g",
        "expression",
        "x > limit",
    )
    assert dict(incident.seen) == {"limit": 3, "x": "text"}
    assert incident.since == NOW
    assert incident.flows == ("fc", "fd")
    assert case.seen(RAISED) == ["g"]
    assert case.seen(COMPLETED) == ["a"]


def test_other_branches_go_on_and_joins_wait() -> None:
    body = (
        start()
        + gateway("parallel", "f")
        + gateway("parallel", "j")
        + gateway("exclusive", "m")
        + user("b", "c")
        + end()
        + choice()
        + chain("s", "f", "b", "c", "j", "e")
        + chain("f", "g")
        + chain("yes", "m", "j")
        + chain("no", "m")
    )
    case = Case(process(body))
    assert (case.status, case.open, case.failed) == ("incident", ["b"], ["g"])
    case.do("b").do("c")
    assert (case.status, case.open) == ("incident", [])
    assert case.retry(x=2).open == ["yes"]
    assert case.status == "active"
    assert case.do("yes").status == "completed"


def test_a_retry_that_fails_again_keeps_the_corrections() -> None:
    case = Case(process(start() + choice("x > y") + chain("s", "g")))
    case.retry(x=5)
    assert (case.failed, case.variables) == (["g"], {"x": 5})
    assert (case.seen(RESOLVED), case.seen(RAISED)) == ([], ["g"])
    case.retry(y=1)
    assert (case.open, case.seen(RESOLVED)) == (["yes"], ["g"])


def test_an_incident_is_handled_once() -> None:
    case = Case(process(start() + choice() + chain("s", "g")))
    gone = case.advance.incidents[0].task_id
    case.retry(x=1)
    for command in (incidents.retry, runtime.complete):
        with pytest.raises(TaskNotOpen):
            command(case.process, case.advance.state, gone, {}, **case.outside)
    with pytest.raises(TaskNotOpen):
        incidents.skip(case.process, case.advance.state, gone, "fc", {}, **case.outside)


def test_skipping_a_choice_needs_a_flow_of_its_own() -> None:
    body = start() + user("a") + choice() + flow("s", "a", flow_id="f0") + chain("a", "g")
    case = Case(process(body)).do("a")
    for wrong in (None, "f0", "nothing"):
        with pytest.raises(TargetNotAllowed):
            case.skip(wrong)
    assert case.skip("fc").open == ["yes"]
    assert case.seen(RESOLVED) == ["g"]


def test_a_task_that_was_done_is_not_open_again_while_its_way_out_fails() -> None:
    body = start() + user("a", "b", "c") + chain("s", "a")
    body += flow("a", "b", "x > 1", "f1") + flow("a", "c", "x > 2", "f2")
    case = Case(process(body)).do("a", note="done")
    assert (case.open, case.failed, case.variables["note"]) == ([], ["a"], "done")
    incident = case.advance.incidents[0].task_id
    with pytest.raises(TaskNotOpen):
        runtime.complete(case.process, case.advance.state, incident, {}, **case.outside)
    assert case.skip("f2").open == ["c"]


def with_failing_timer() -> Case:
    late = boundary("late", "a", timer("timeDuration", "wait"), interrupting=True)
    body = start() + user("a", "h") + late + end() + chain("s", "a", "e") + chain("late", "h")
    return Case(process(body))


def test_a_boundary_timer_that_cannot_be_armed_leaves_its_task_open() -> None:
    case = with_failing_timer()
    assert (case.open, case.failed) == (["a"], ["late"])
    case.retry(wait="P1D")
    assert (case.open, case.failed) == (["a"], [])
    assert case.wait(days=1).open == ["h"]


def test_skipping_a_boundary_event_leaves_it_unarmed() -> None:
    case = with_failing_timer().skip()
    assert (case.status, case.open, case.advance.next_due_at) == ("active", ["a"], None)
    assert case.do("a").status == "completed"


def test_an_activity_takes_the_incident_of_its_boundary_event_along() -> None:
    case = with_failing_timer().do("a")
    assert (case.status, case.failed) == ("completed", [])


def test_a_timer_that_cannot_be_armed() -> None:
    body = start() + catch("t", timer("timeDate", "day")) + user("a") + chain("s", "t", "a")
    assert Case(process(body)).retry(day="2026-06-03").wait(days=3).open == ["a"]
    assert Case(process(body)).skip().open == ["a"]


def test_an_event_behind_an_event_based_gateway() -> None:
    body = (
        start()
        + gateway("eventBased", "g")
        + catch("t", timer("timeDuration", "wait"))
        + catch("m", message())
        + user("late", "told")
        + chain("s", "g", "t", "late")
        + chain("g", "m", "told")
    )
    case = Case(process(body))
    assert (case.failed, case.advance.messages) == (["t"], ("hello",))
    assert Case(process(body)).tell("hello").open == ["told"]
    skipped = Case(process(body)).skip()
    assert (skipped.open, skipped.advance.messages) == (["late"], ())
    assert case.retry(wait="PT1H").wait(hours=1).open == ["late"]


def test_an_event_sub_process_that_cannot_be_armed_blocks_only_the_end() -> None:
    inner = (
        node("startEvent", "is", timer("timeDuration", "wait"), isInterrupting="false")
        + user("h")
        + end("ie")
        + chain("is", "h", "ie")
    )
    body = start() + user("a") + end() + chain("s", "a", "e")
    body += node("subProcess", "sub", inner, triggeredByEvent="true")
    assert Case(process(body)).open == ["a"]
    assert Case(process(body)).retry(wait="P1D").wait(days=1).open == ["a", "h"]
    case = Case(process(body)).do("a")
    assert (case.status, case.failed) == ("incident", ["sub"])
    assert case.skip().status == "active"


def test_a_loop_is_skipped_before_it_begins() -> None:
    body = start() + user("a", inner=countersign()) + user("z") + chain("s", "a", "z")
    case = Case(process(body)).skip(votes=[])
    assert (case.open, case.variables) == (["z"], {"votes": []})
    assert case.seen(ENTERED, COMPLETED) == ["a", "a", "z"]


def no_conclusion(decision: str, inputs: Variables, now: datetime) -> tuple[Value, Value]:
    if inputs.get("x") is None:
        raise ExpressionError("没有结论。")
    return inputs["x"], None


def test_a_decision_without_conclusion() -> None:
    task = node("businessRuleTask", "d", extended('<dw:decision ref="rule" result="r"/>'))
    definition = process(start() + user("a") + task + user("z") + chain("s", "a", "d", "z"))
    case = Case(definition, no_conclusion).do("a", y=1)
    (incident,) = case.advance.incidents
    assert (incident.element_id, incident.expression) == ("d", "rule")
    assert dict(incident.seen) == {"y": 1}
    assert Case(definition, no_conclusion).do("a").skip(r="given").variables == {"r": "given"}
    case.retry(x=5)
    assert (case.open, case.variables["r"]) == (["z"], 5)


def test_an_operation_that_could_not_be_carried_out() -> None:
    body = start() + service("o", to="name") + user("a") + chain("s", "o", "a")
    case = Case(process(body), name="x").give_up("组织不存在。")
    (incident,) = case.advance.incidents
    assert (case.advance.operations, incident.message) == ((), "组织不存在。")
    assert (incident.expression, dict(incident.seen)) == ("op", {"name": "x"})
    case.retry(name="y")
    assert [dict(o.inputs) for o in case.advance.operations] == [{"to": "y"}]
    assert case.answer().open == ["a"]


def test_what_an_answered_operation_did_is_not_done_twice() -> None:
    body = start() + service("o") + user("b", "c") + chain("s", "o")
    body += flow("o", "b", "x > 1") + flow("o", "c", "x > 2", "f2")
    case = Case(process(body)).answer(y=1)
    assert (case.advance.operations, case.failed) == ((), ["o"])
    assert case.retry(x=2).open == ["b"]


def test_a_sub_process_that_ended_keeps_its_incident_over_saving() -> None:
    inner = start("is") + user("a") + end("ie") + chain("is", "a", "ie")
    body = start() + node("subProcess", "sub", inner) + user("b", "c") + chain("s", "sub")
    body += flow("sub", "b", "x > 1", "f1") + flow("sub", "c", "x > 2", "f2")
    assert Case(process(body)).do("a").failed == ["sub"]
    assert Case(process(body)).do("a").retry(x=2).open == ["b"]
    assert Case(process(body)).do("a").skip("f2").open == ["c"]


def test_nothing_of_a_failed_step_is_left() -> None:
    """The conclusion is taken back with the step that could not be finished."""
    task = node("businessRuleTask", "d", extended('<dw:decision ref="rule" result="r"/>'))
    body = start() + user("a", "b", "c") + task + chain("s", "a", "d")
    body += flow("d", "b", "y > 1", "f1") + flow("d", "c", "y > 2", "f2")
    case = Case(process(body), no_conclusion).do("a", x=5)
    assert (case.failed, case.variables) == (["d"], {"x": 5})
    assert case.seen(EventType.DECISION_EVALUATED) == []
    case.retry(y=2)
    assert (case.open, case.variables["r"]) == (["b"], 5)
    assert case.seen(EventType.DECISION_EVALUATED) == ["d"]


def test_returning_from_an_incident() -> None:
    body = start() + user("a") + choice() + chain("s", "a", "g")
    case = Case(process(body)).do("a")
    assert runtime.return_targets(case.process, "g") == ("a",)
    incident = case.advance.incidents[0].task_id
    state = case.advance.state
    advance = runtime.return_to(case.process, state, incident, "a", {}, **case.outside)
    assert (advance.incidents, [t.element_id for t in advance.open_tasks]) == ((), ["a"])


def test_ending_an_instance_with_an_incident() -> None:
    case = Case(process(start() + choice() + chain("s", "g")))
    advance = lifecycle.terminate(case.process, case.advance.state, **case.outside)
    assert (advance.status.value, advance.incidents) == ("terminated", ())


def test_several_failures_of_one_command() -> None:
    fork = gateway("parallel", "f") + chain("s", "f")
    names = [f"t{number}" for number in range(5)]
    branches = "".join(catch(n, timer("timeDate", "day")) + end(f"e{n}") for n in names)
    branches += "".join(chain("f", n, f"e{n}") for n in names)
    case = Case(process(start() + fork + branches))
    assert case.failed == names
    for _ in names:
        case.skip()
    assert case.status == "completed"


def test_too_many_failures_refuse_the_command() -> None:
    names = [f"t{number}" for number in range(MAX_FAILURES + 1)]
    branches = "".join(catch(n, timer("timeDate", "day")) + end(f"e{n}") for n in names)
    branches += "".join(chain("f", n, f"e{n}") for n in names)
    body = start() + user("a") + gateway("parallel", "f") + chain("s", "a", "f") + branches
    case = Case(process(body))
    before = case.advance.state
    with pytest.raises(ExpressionError):
        case.do("a")
    assert (case.advance.state, case.open) == (before, ["a"])


def test_inside_a_called_process_its_own_variables_are_seen_and_corrected() -> None:
    called = start("s2") + choice() + end("e2") + chain("s2", "g") + chain("yes", "e2")
    output = ("output", "y", "x")
    caller = start() + call("c", "q", output) + user("z") + chain("s", "c", "z")
    case = Case(files(p=caller, q=called), x=9)
    (incident,) = case.advance.incidents
    assert (incident.element_id, dict(incident.seen)) == ("g", {"x": None})
    assert incident.flows == ("fc", "fd")
    case.retry(x=2)
    assert (case.open, case.variables) == (["yes"], {"x": 9})
    case.do("yes")
    assert (case.open, case.variables) == (["z"], {"x": 9, "y": 2})
    assert Case(case.process, x=9).skip("fd").open == ["no"]


def test_a_call_that_is_skipped_hands_back_what_the_administrator_says() -> None:
    process = files(p=start() + call("c", "p", ("output", "y", "1")) + end() + chain("s", "c", "e"))
    case = Case(process)
    assert (case.failed, case.status) == (["c"], "incident")
    assert case.skip(y=7).status == "completed"


THROW = node("intermediateThrowEvent", "t", compensation())


def test_what_was_skipped_is_not_undone_but_what_was_done_is() -> None:
    body = start() + service("o") + compensated("o") + THROW + user("z") + chain("s", "o", "t", "z")
    assert Case(process(body)).give_up("不可用。").skip().open == ["z"]
    assert Case(process(body)).answer().open == ["undo_o"]


def test_a_handler_that_fails_is_retried_and_the_undoing_goes_on() -> None:
    handled = compensated("b").replace(
        "</bpmn:userTask>", countersign(collection="people") + "</bpmn:userTask>"
    )
    body = start() + user("a", "b", "z") + compensated("a") + handled + THROW
    case = Case(process(body + chain("s", "a", "b", "t", "z"))).do("a").do("b")
    assert (case.open, case.failed) == ([], ["undo_b"])
    skipped = Case(case.process).do("a").do("b").skip()
    assert skipped.do("undo_a").open == ["z"]
    assert case.retry(people=["1"]).open == ["undo_b"]
    assert case.do("undo_b").do("undo_a").open == ["z"]
