"""Compensation: handlers run once per completion, latest first, after a save in between."""

from __future__ import annotations

import pytest

from engine.model import EventType, ProcessDefinition
from engine.runtime import return_targets
from engine.soundness import explore
from tests.unit.engine.builder import (
    MESSAGES,
    TERMINATE,
    boundary,
    chain,
    compensated,
    compensation,
    countersign,
    end,
    flow,
    gateway,
    message,
    node,
    process,
    start,
    user,
)
from tests.unit.engine.case import Case

ENTERED, COMPLETED = EventType.ELEMENT_ENTERED, EventType.ELEMENT_COMPLETED
ERRORS = MESSAGES + '<bpmn:error id="err1" errorCode="E1"/>'
ERROR = '<bpmn:errorEventDefinition errorRef="err1"/>'


def throw(node_id: str = "t", activity: str | None = None, *, wait: bool | None = None) -> str:
    return node("intermediateThrowEvent", node_id, compensation(activity, wait=wait))


def line(*parts: str, ids: str) -> ProcessDefinition:
    """A line of nodes; those with one letter are user tasks with a handler."""
    names = ids.split()
    tasks = "".join(user(name) + compensated(name) for name in names if len(name) == 1)
    return process(start() + tasks + "".join(parts) + end() + chain("s", *names, "e"), ERRORS)


def sub(name: str, inner: str, *, kind: str = "subProcess") -> str:
    """A sub-process around user tasks with handlers, or around other parts, in a line."""
    tasks = "".join(user(task) + compensated(task) for task in inner.split())
    ways = chain(f"{name}_s", *inner.split(), f"{name}_e")
    return node(kind, name, start(f"{name}_s") + tasks + end(f"{name}_e") + ways)


def undoing(name: str, *inner: str, parts: str = "") -> str:
    """A compensation event sub-process with user tasks in a line."""
    begin = node("startEvent", f"{name}_s", compensation())
    ways = chain(f"{name}_s", *inner, f"{name}_e")
    tasks = user(*(task for task in inner if f'id="{task}"' not in parts))
    body = begin + tasks + parts + end(f"{name}_e") + ways
    return node("subProcess", name, body, triggeredByEvent="true")


def test_everything_completed_is_undone_latest_first() -> None:
    case = Case(line(throw("th"), user("zz"), ids="a b th zz")).do("a").do("b")
    assert case.open == ["undo_b"]
    assert case.seen(ENTERED) == ["th", "on_b", "undo_b"]
    case.do("undo_b")
    assert (case.open, case.seen(COMPLETED)) == (["undo_a"], ["undo_b", "on_a"])
    assert case.do("undo_a").open == ["zz"]
    assert case.do("zz").status == "completed"


def test_the_order_is_that_of_completion_not_of_the_drawing() -> None:
    body = (
        start()
        + gateway("parallel", "f")
        + gateway("parallel", "j")
        + "".join(user(name) + compensated(name) for name in "ab")
        + throw()
        + end()
        + chain("s", "f", "a", "j", "t", "e")
        + chain("f", "b", "j")
    )
    assert Case(process(body)).do("a").do("b").open == ["undo_b"]
    assert Case(process(body)).do("b").do("a").open == ["undo_a"]


def test_one_activity_only() -> None:
    case = Case(line(throw("th", "a"), user("zz"), ids="a b th zz")).do("a").do("b")
    assert case.open == ["undo_a"]
    assert case.do("undo_a").open == ["zz"]


def test_what_has_not_completed_is_not_undone() -> None:
    body = (
        start()
        + gateway("parallel", "f")
        + user("a", "b")
        + compensated("a")
        + throw(activity="a")
        + chain("s", "f", "a")
        + chain("f", "b", "t")
    )
    case = Case(process(body)).do("b")
    assert (case.open, case.seen(EventType.COMPENSATION_THROWN)) == (["a"], ["t"])
    assert case.do("a").status == "completed"


def test_a_cancelled_activity_is_not_undone() -> None:
    body = (
        start()
        + user("a", "b")
        + compensated("a")
        + boundary("m", "a", message(), interrupting=True)
        + throw()
        + chain("s", "a", "b")
        + chain("m", "t", "b")
    )
    assert Case(process(body)).tell("hello").open == ["b"]


def test_each_completion_is_undone_once() -> None:
    again = flow("g", "m", "again") + flow("g", "t", flow_id="fd")
    body = (
        start()
        + gateway("exclusive", "m")
        + user("a")
        + compensated("a")
        + gateway("exclusive", "g", default="fd")
        + throw()
        + throw("t2")
        + end()
        + chain("s", "m", "a", "g")
        + again
        + chain("t", "t2", "e")
    )
    case = Case(process(body)).do("a", again=True).do("a", again=False)
    assert case.do("undo_a").open == ["undo_a"]
    assert case.do("undo_a").status == "completed"


def test_after_a_return_the_first_completion_still_counts() -> None:
    case = Case(line(throw("th"), user("zz"), ids="a b th zz")).do("a").back("b", "a").do("a")
    case.do("b").do("undo_b").do("undo_a")
    assert case.open == ["undo_a"]


def test_an_end_event_waits_too() -> None:
    body = start() + user("a") + compensated("a") + end("e", compensation()) + chain("s", "a", "e")
    case = Case(process(body)).do("a")
    assert (case.open, case.status) == (["undo_a"], "active")
    assert case.do("undo_a").status == "completed"


def test_not_waiting_for_the_handlers() -> None:
    case = Case(line(throw("th", wait=False), user("zz"), ids="a b th zz")).do("a").do("b")
    assert case.open == ["undo_b", "zz"]
    case.do("zz")
    assert (case.open, case.status) == (["undo_b"], "active")
    assert case.do("undo_b").do("undo_a").status == "completed"


def test_handlers_that_need_nobody_run_at_once() -> None:
    body = (
        start()
        + user("a", "z")
        + compensated("a", kind="manualTask")
        + throw()
        + chain("s", "a", "t", "z")
    )
    assert Case(process(body)).do("a").open == ["z"]


@pytest.mark.parametrize("sequential", [True, False])
def test_each_instance_of_a_loop_is_undone_with_its_own_item(sequential: bool) -> None:  # noqa: FBT001 - a parameter of the test
    loop = countersign(sequential=sequential)
    handler = node("serviceTask", "undo_a", isForCompensation="true")
    body = (
        start()
        + user("a", inner=loop)
        + compensated("a", handler=handler)
        + throw()
        + chain("s", "a", "t")
    )
    case = Case(process(body), people=["1", "2"])
    case.do("a", vote="x").do("a", vote="y")
    assert [o.element_id for o in case.advance.operations] == ["undo_a"]
    case.answer()
    assert case.answer().status == "completed"


def test_handlers_see_the_item_of_their_instance_and_the_variables_of_today() -> None:
    extension = (
        '<bpmn:extensionElements><dw:input name="who" value="person"/>'
        '<dw:input name="what" value="vote"/><dw:input name="now" value="later"/>'
        "</bpmn:extensionElements>"
    )
    handler = node("serviceTask", "undo_a", extension, isForCompensation="true")
    body = (
        start()
        + user("a", inner=countersign())
        + user("b")
        + compensated("a", handler=handler)
        + throw()
        + chain("s", "a", "b", "t")
    )
    case = Case(process(body), people=["1", "2"], later="no")
    case.do("a", vote="x").do("a", vote="y").do("b", later="yes")
    assert case.advance.operations[0].inputs == {"who": "2", "what": "y", "now": "yes"}
    case.answer()
    assert case.advance.operations[0].inputs == {"who": "1", "what": "x", "now": "yes"}


def test_a_handler_may_be_a_loop() -> None:
    handler = node("userTask", "undo_a", countersign(output=False), isForCompensation="true")
    body = start() + user("a", "z") + compensated("a", handler=handler) + throw()
    case = Case(process(body + chain("s", "a", "t", "z")), people=["1", "2"]).do("a")
    assert case.open == ["undo_a", "undo_a"]
    assert case.do("undo_a").do("undo_a").open == ["z"]


def test_a_handler_may_be_a_sub_process_one_can_return_in() -> None:
    inner = start("hs") + user("x", "y") + end("he") + chain("hs", "x", "y", "he")
    handler = node("subProcess", "undo_a", inner, isForCompensation="true")
    body = start() + user("a", "z") + compensated("a", handler=handler) + throw()
    case = Case(process(body + chain("s", "a", "t", "z"))).do("a").do("x")
    assert return_targets(case.process, "y") == ("x",)
    case.back("y", "x").do("x").do("y")
    assert case.open == ["z"]


def test_a_return_elsewhere_leaves_the_compensation_alone() -> None:
    body = (
        start()
        + user("a", "b", "c")
        + compensated(
            "b",
            handler=node("userTask", "undo_b", countersign(output=False), isForCompensation="true"),
        )
        + gateway("parallel", "f")
        + throw()
        + chain("s", "a", "b", "f", "t")
        + chain("f", "c")
    )
    case = Case(process(body), people=["1", "2"]).do("a").do("b")
    assert case.open == ["c", "undo_b", "undo_b"]
    case.back("c", "a")
    assert case.open == ["a", "undo_b", "undo_b"]
    case.do("undo_b").do("undo_b")
    assert case.open == ["a"]
    assert case.do("a").do("b").do("c").do("undo_b").do("undo_b").status == "completed"


def test_a_sub_process_without_handler_undoes_what_it_completed() -> None:
    body = sub("p1", "x y") + throw("th") + user("zz")
    case = Case(line(body, ids="a p1 b th zz")).do("a").do("x").do("y").do("b")
    undone = []
    while case.open != ["zz"]:
        undone += case.open
        case.do(case.open[0])
    assert undone == ["undo_b", "undo_y", "undo_x", "undo_a"]
    assert case.do("zz").status == "completed"


def test_a_sub_process_that_has_not_completed_is_left_alone() -> None:
    body = (
        start()
        + gateway("parallel", "f")
        + sub("p1", "x y")
        + user("b")
        + throw(activity="p1")
        + chain("s", "f", "p1")
        + chain("f", "b", "t")
    )
    case = Case(process(body)).do("x").do("b")
    assert case.open == ["y"]


def test_a_sub_process_with_handler_is_undone_as_a_whole() -> None:
    body = sub("p1", "x y") + compensated("p1") + throw("th") + user("zz")
    case = Case(line(body, ids="p1 th zz")).do("x").do("y")
    assert case.open == ["undo_p1"]
    assert case.do("undo_p1").open == ["zz"]


def test_each_instance_of_a_sub_process_remembers_its_own() -> None:
    inner = countersign(output=False) + start("s2") + user("x") + compensated("x") + end("e2")
    part = node("subProcess", "p1", inner + chain("s2", "x", "e2"))
    case = Case(line(part, throw("th"), user("zz"), ids="p1 th zz"), people=["1", "2"])
    case.do("x").do("x")
    assert case.do("undo_x").open == ["undo_x"]
    assert case.do("undo_x").open == ["zz"]


def test_a_compensation_event_sub_process_decides_how() -> None:
    own = undoing("ev", "h")
    part = sub("p1", "x y").replace("</bpmn:subProcess>", own + "</bpmn:subProcess>")
    case = Case(line(part, throw("th"), user("zz"), ids="p1 th zz")).do("x").do("y")
    assert case.open == ["h"]
    assert {"ev", "ev_s", "h"} <= set(case.seen(ENTERED))
    assert "p1" not in case.seen(ENTERED)
    assert case.do("h").open == ["zz"]


def test_it_may_compensate_what_its_sub_process_completed() -> None:
    own = undoing("ev", "h", "t2", "k", parts=throw("t2", "x"))
    part = sub("p1", "x y").replace("</bpmn:subProcess>", own + "</bpmn:subProcess>")
    case = Case(line(part, throw("th"), user("zz"), ids="p1 th zz")).do("x").do("y").do("h")
    assert case.open == ["undo_x"]
    assert case.do("undo_x").open == ["k"]
    assert case.do("k").open == ["zz"]


def test_an_error_handler_undoes_what_its_scope_completed() -> None:
    begin = node("startEvent", "ev_s", ERROR)
    body = begin + user("k") + compensated("k") + throw("t2") + end("ev_e")
    own = node("subProcess", "ev", body + chain("ev_s", "k", "t2", "ev_e"), triggeredByEvent="true")
    inner = start("s2") + user("x", "y") + compensated("x") + end("e2", ERROR)
    part = node("subProcess", "p1", inner + chain("s2", "x", "y", "e2") + own)
    case = Case(line(part, user("zz"), ids="a p1 zz")).do("a").do("x").do("y")
    assert case.open == ["k"]
    assert case.do("k").open == ["undo_k"]
    assert case.do("undo_k").open == ["undo_x"]
    assert case.do("undo_x").open == ["zz"]


@pytest.mark.parametrize("definition", [TERMINATE, ERROR])
def test_what_was_terminated_or_failed_cannot_be_undone(definition: str) -> None:
    inner = start("s2") + user("x") + compensated("x") + end("e2", definition)
    part = node("subProcess", "p1", inner + chain("s2", "x", "e2")) + compensated("p1")
    case = Case(line(part, throw("th"), user("zz"), ids="p1 th zz")).do("x")
    assert case.open == ["zz"]


def test_an_interrupted_sub_process_cannot_be_undone() -> None:
    part = sub("p1", "x y") + boundary("m", "p1", message(), interrupting=True) + chain("m", "th")
    case = Case(line(part, throw("th"), user("zz"), ids="p1 th zz")).do("x").tell("hello")
    assert case.open == ["zz"]


def test_interrupting_a_compensation_leaves_it_to_who_interrupts() -> None:
    begin = node("startEvent", "ev_s", message())
    own = begin + throw("t2") + end("ev_e") + chain("ev_s", "t2", "ev_e")
    stop = node("subProcess", "ev", own, triggeredByEvent="true")
    case = Case(line(stop, throw("th"), ids="a b th")).do("a").do("b")
    assert case.open == ["undo_b"]
    assert case.tell("hello").open == ["undo_b"]
    assert case.do("undo_b").do("undo_a").status == "completed"


def test_an_interrupted_sub_process_keeps_what_is_not_undone_in_it() -> None:
    begin = node("startEvent", "ev_s", message())
    own = begin + throw("t2") + end("ev_e") + chain("ev_s", "t2", "ev_e")
    stop = node("subProcess", "ev", own, triggeredByEvent="true")
    case = Case(line(stop, sub("p1", "x y v"), throw("th"), ids="a p1 th"))
    case.do("a").do("x").do("y").do("v").do("undo_v").tell("hello")
    for element in ("undo_y", "undo_x", "undo_a"):
        assert case.open == [element]
        case.do(element)
    assert case.status == "completed"


def test_two_throw_events_share_what_is_to_be_undone() -> None:
    body = (
        start()
        + user("a", "b")
        + "".join(compensated(name) for name in "ab")
        + gateway("parallel", "f")
        + throw("t1", "a")
        + throw("t2")
        + chain("s", "a", "b", "f", "t1")
        + chain("f", "t2")
    )
    case = Case(process(body)).do("a").do("b")
    assert case.open == ["undo_a", "undo_b"]
    assert case.do("undo_a").do("undo_b").status == "completed"


def test_an_error_in_a_handler_is_caught_around_its_scope() -> None:
    inner = start("hs") + user("x") + end("he", ERROR) + chain("hs", "x", "he")
    handler = node("subProcess", "undo_a", inner, isForCompensation="true")
    part = start("s2") + user("a") + compensated("a", handler=handler) + throw() + end("e2")
    body = (
        start()
        + node("subProcess", "p1", part + chain("s2", "a", "t", "e2"))
        + boundary("b", "p1", ERROR, interrupting=True)
        + user("z", "k")
        + chain("s", "p1", "z")
        + chain("b", "k")
    )
    assert Case(process(body, ERRORS)).do("a").do("x").open == ["k"]


def test_the_compensation_itself_is_no_element() -> None:
    case = Case(line(throw("th"), ids="a b th")).do("a").do("b")
    for element in ("undo_b", "undo_a"):
        case.do(element)
        assert all(e.element_id in case.process.nodes for e in case.advance.events[:-1])


def test_an_activity_may_have_other_boundary_events_too() -> None:
    body = (
        start()
        + user("a", "z", "k")
        + compensated("a")
        + boundary("m", "a", message(), interrupting=False)
        + throw()
        + chain("s", "a", "t", "z")
        + chain("m", "k")
    )
    case = Case(process(body)).tell("hello").do("a")
    assert (case.open, case.advance.messages) == (["k", "undo_a"], ())
    assert case.do("undo_a").open == ["k", "z"]


@pytest.mark.parametrize("loop", ["", countersign(output=False, sequential=True)])
def test_what_follows_from_a_boundary_event_is_undone_before_its_activity(loop: str) -> None:
    body = (
        start()
        + user("o", "k", "z")
        + user("a", inner=loop)
        + compensated("o")
        + compensated("a")
        + compensated("k")
        + boundary("m", "a", message(), interrupting=False)
        + throw()
        + chain("s", "o", "a", "z", "t")
        + chain("m", "k")
    )
    case = Case(process(body), people=["1", "2"]).do("o").tell("hello").do("k").do("a")
    count = 1
    while case.open == ["a"]:
        case.do("a")
        count += 1
    case.do("z")
    for element in ("undo_k", *["undo_a"] * count, "undo_o"):
        assert case.open == [element]
        case.do(element)
    assert case.status == "completed"


def test_a_compensated_sub_process_leaves_the_others_below_the_throw_alone() -> None:
    """Boundary events and loops learn of completions, but not of those while compensating."""
    guarded = sub("p1", "x") + boundary("m", "p1", message(), interrupting=True)
    looped = sub("p2", "y").replace(start("p2_s"), countersign(output=False) + start("p2_s"))
    parts = guarded + looped + throw("th") + user("zz") + chain("m", "zz")
    case = Case(line(parts, ids="p1 p2 th zz"), people=["1", "2"]).do("x").do("y").do("y")
    for element in ("undo_y", "undo_y", "undo_x"):
        assert case.open == [element]
        case.do(element)
    assert case.open == ["zz"]


def test_exploring_finds_nothing_in_a_sound_drawing() -> None:
    own = undoing("ev", "h", "t2", parts=throw("t2"))
    part = sub("p1", "x y").replace("</bpmn:subProcess>", own + "</bpmn:subProcess>")
    definition = line(part, throw("th"), ids="a p1 th")
    found = explore(definition, "x.bpmn")
    assert (found.findings, found.complete) == ((), True)


def test_exploring_names_handlers_nothing_leads_to() -> None:
    definition = line(throw("th", "a"), ids="a b th")
    found = {(f.code, f.element_id) for f in explore(definition, "x.bpmn").findings}
    assert found == {("bpmn-dead-node", "on_b"), ("bpmn-dead-node", "undo_b")}
