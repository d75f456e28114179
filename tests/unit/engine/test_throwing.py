"""Thrown events: links, signals, errors and escalations inside an instance; messages reported."""

from __future__ import annotations

import pytest

from engine.model import EventType, ProcessDefinition
from engine.runtime import return_targets
from engine.soundness import explore
from tests.unit.engine.builder import (
    MESSAGES,
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
from tests.unit.engine.case import Case

ROOT = (
    MESSAGES
    + '<bpmn:signal id="s1" name="alarm"/><bpmn:signal id="s2" name="calm"/>'
    + '<bpmn:error id="err1" name="错误" errorCode="E1"/><bpmn:error id="err2" name="错误"/>'
    + '<bpmn:escalation id="x1" escalationCode="X1"/><bpmn:escalation id="x2"/>'
)
SIGNAL = '<bpmn:signalEventDefinition signalRef="s1"/>'
CANCELLED = EventType.ELEMENT_CANCELLED


def error(reference: str | None = None) -> str:
    given = f' errorRef="{reference}"' if reference else ""
    return f"<bpmn:errorEventDefinition{given}/>"


def escalation(reference: str | None = None) -> str:
    given = f' escalationRef="{reference}"' if reference else ""
    return f"<bpmn:escalationEventDefinition{given}/>"


def link(name: str) -> str:
    return f'<bpmn:linkEventDefinition name="{name}"/>'


def throw(node_id: str, definition: str) -> str:
    return node("intermediateThrowEvent", node_id, definition)


def sub(node_id: str, *inner: str, loop: str = "") -> str:
    """A sub-process whose task `x` and what follows it are given."""
    return node("subProcess", node_id, loop + start(f"{node_id}_s") + "".join(inner))


def thrown(case: Case, kind: EventType) -> list[dict[str, object]]:
    return [dict(event.data) for event in case.advance.events if event.type is kind]


def sound(definition: ProcessDefinition) -> bool:
    return explore(definition, "x.bpmn").findings == ()


def test_a_link_leads_on_where_it_is_caught() -> None:
    definition = process(
        start()
        + gateway("exclusive", "g", default="fd")
        + throw("t1", link("on"))
        + throw("t2", link("on"))
        + catch("c", link("on"))
        + user("a", "z")
        + end()
        + chain("s", "a", "g")
        + flow("g", "t1", "left")
        + flow("g", "t2", flow_id="fd")
        + chain("c", "z", "e")
    )
    for left in (True, False):
        case = Case(definition).do("a", left=left)
        assert case.open == ["z"]
        assert "c" in case.seen(EventType.ELEMENT_COMPLETED)
        assert case.do("z").status == "completed"
    assert return_targets(definition, "z") == ("a",)
    assert sound(definition)


def test_a_link_may_lead_back_and_joins_see_through_it() -> None:
    definition = process(
        start()
        + gateway("parallel", "f")
        + gateway("exclusive", "m")
        + catch("c", link("again"))
        + throw("t", link("again"))
        + gateway("exclusive", "g", default="fd")
        + user("a", "b", "z")
        + gateway("inclusive", "j")
        + end()
        + chain("s", "f", "m", "a", "g")
        + flow("g", "t", "again")
        + flow("g", "j", flow_id="fd")
        + chain("c", "m")
        + chain("f", "b", "j", "z", "e")
    )
    case = Case(definition).do("b").do("a", again=True)
    assert case.open == ["a"]
    assert case.do("a", again=False).open == ["z"]


LISTENERS = (
    start()
    + gateway("parallel", "f")
    + user("a", "b", "h", "k")
    + throw("t", SIGNAL)
    + catch("w", SIGNAL)
    + sub("sub", user("x") + chain("sub_s", "x"))
    + boundary("stop", "sub", SIGNAL, interrupting=True)
    + boundary("side", "b", SIGNAL, interrupting=False)
    + chain("s", "f", "a", "t")
    + chain("f", "w", "h")
    + chain("f", "sub")
    + chain("f", "b")
    + chain("stop", "k")
    + chain("side", "k")
)


def test_a_signal_reaches_everything_that_waits_for_it() -> None:
    case = Case(process(LISTENERS, ROOT))
    assert case.open == ["a", "b", "x"]
    case.do("a")
    assert case.open == ["b", "h", "k", "k"]
    assert (case.seen(CANCELLED), thrown(case, EventType.SIGNAL_THROWN)) == (
        ["x", "sub"],
        [{"signal": "alarm", "payload": {}}],
    )


def test_a_signal_of_another_name_reaches_nothing() -> None:
    other = throw("t", '<bpmn:signalEventDefinition signalRef="s2"/>')
    case = Case(process(LISTENERS.replace(throw("t", SIGNAL), other), ROOT)).do("a")
    assert case.open == ["b", "x"]


def test_a_signal_end_event_may_stop_the_scope_around_it() -> None:
    definition = process(
        start()
        + sub(
            "sub", user("x", "y"), end("e2", SIGNAL), chain("sub_s", "x", "e2"), flow("sub_s", "y")
        )
        + boundary("stop", "sub", SIGNAL, interrupting=True)
        + user("h", "z")
        + chain("s", "sub", "z")
        + chain("stop", "h"),
        ROOT,
    )
    case = Case(definition).do("x")
    assert (case.open, case.seen(CANCELLED)) == (["h"], ["y", "sub"])
    assert case.do("h").status == "completed"


def test_a_signal_behind_an_event_gateway() -> None:
    definition = process(
        start()
        + gateway("parallel", "f")
        + gateway("eventBased", "g")
        + user("a", "h", "k")
        + throw("t", SIGNAL)
        + catch("w", SIGNAL)
        + catch("late", timer("timeDuration", "P1D"))
        + chain("s", "f", "a", "t")
        + chain("f", "g", "w", "h")
        + chain("g", "late", "k"),
        ROOT,
    )
    case = Case(definition).do("a")
    assert (case.open, case.advance.next_due_at) == (["h"], None)


@pytest.mark.parametrize(
    ("ending", "expected"),
    [("", set()), (SIGNAL, {("bpmn-deadlock", "w"), ("bpmn-dead-node", "e")})],
)
def test_waiting_in_vain_for_a_signal_of_the_own_diagram_is_found(
    ending: str, expected: set[tuple[str, str]]
) -> None:
    """What the diagram does not throw itself may come from another instance."""
    definition = process(
        start() + catch("w", SIGNAL) + end("e", ending) + chain("s", "w", "e"), ROOT
    )
    found = {(f.code, f.element_id) for f in explore(definition, "x.bpmn").findings}
    assert found == expected


def failing(reference: str, *caught: tuple[str, str | None], loop: str = "") -> ProcessDefinition:
    """A nested sub-process that fails; `caught` are (boundary host, error) in order."""
    inner = sub(
        "inner",
        user("x", "y"),
        end("fail", error(reference)),
        chain("inner_s", "x", "fail"),
        flow("inner_s", "y"),
        loop=loop,
    )
    events = dict.fromkeys(("inner", "outer"), "")
    for number, (host, expected) in enumerate(caught):
        events[host] += boundary(f"b{number}", host, error(expected), interrupting=True)
        events[host] += user(f"h{number}") + chain(f"b{number}", f"h{number}")
    outer = sub("outer", inner, events["inner"], user("o"), chain("outer_s", "inner", "o"))
    return process(start() + outer + events["outer"] + user("z") + chain("s", "outer", "z"), ROOT)


@pytest.mark.parametrize(
    ("caught", "expected"),
    [
        ([("inner", "err1"), ("outer", "err1")], "h0"),
        ([("inner", "err2"), ("outer", "err1")], "h1"),
        ([("inner", None), ("inner", "err1")], "h1"),
        ([("inner", None), ("outer", "err1")], "h0"),
        ([("inner", "err2"), ("outer", None)], "h1"),
    ],
)
def test_an_error_goes_to_the_nearest_that_catches_it(
    caught: list[tuple[str, str | None]], expected: str
) -> None:
    case = Case(failing("err1", *caught)).do("x")
    assert case.open == [expected]
    assert thrown(case, EventType.ERROR_THROWN) == [
        {"code": "E1", "caught_by": expected.replace("h", "b")}
    ]
    assert case.seen(CANCELLED)[:2] == ["y", "inner"]
    outer_goes_on = caught[int(expected[1])][0] == "inner"
    assert case.do(expected).open == (["z"] if outer_goes_on else [])


def test_an_error_without_code_is_known_by_its_id() -> None:
    assert Case(failing("err2", ("inner", "err1"), ("outer", "err2"))).do("x").open == ["h1"]


def test_an_uncaught_error_ends_its_scope_and_is_reported() -> None:
    case = Case(failing("err1", ("outer", "err2"))).do("x")
    assert (case.open, case.seen(CANCELLED)) == (["o"], ["y"])
    assert thrown(case, EventType.ERROR_THROWN) == [{"code": "E1", "caught_by": None}]


def test_an_error_in_one_instance_of_a_loop_stops_all() -> None:
    loop = countersign(output=False)
    case = Case(failing("err1", ("inner", "err1"), loop=loop), people=["1", "2"])
    assert case.open == ["x", "x", "y", "y"]
    assert case.do("x", 1).open == ["h0"]
    assert case.do("h0").open == ["z"]


def test_errors_are_explored() -> None:
    for caught, expected in (("err1", {"o"}), ("err2", {"b0", "h0"})):
        found = explore(failing("err1", ("inner", caught)), "x.bpmn").findings
        assert expected == {f.element_id for f in found}
        assert {"bpmn-dead-node"} == {f.code for f in found}


def escalating(*, interrupting: bool, thrown_code: str = "x1", caught: str | None = "x1") -> str:
    return (
        start()
        + sub(
            "sub",
            user("x", "y"),
            throw("t", escalation(thrown_code)),
            end("e2", escalation("x2")),
            chain("sub_s", "x", "t", "y", "e2"),
        )
        + boundary("b", "sub", escalation(caught), interrupting=interrupting)
        + user("h", "z")
        + chain("s", "sub", "z")
        + chain("b", "h")
    )


def test_an_escalation_may_be_handled_beside() -> None:
    case = Case(process(escalating(interrupting=False), ROOT)).do("x")
    assert case.open == ["h", "y"]
    assert thrown(case, EventType.ESCALATION_THROWN) == [{"code": "X1", "caught_by": "b"}]
    case.do("y")
    assert case.open == ["h", "z"]
    assert thrown(case, EventType.ESCALATION_THROWN) == [{"code": "x2", "caught_by": None}]
    assert case.do("z").do("h").status == "completed"


def test_a_catch_all_handles_every_escalation_again() -> None:
    case = Case(process(escalating(interrupting=False, caught=None), ROOT)).do("x").do("y")
    assert case.open == ["h", "h", "z"]


def test_an_escalation_may_interrupt_and_then_there_is_no_way_on() -> None:
    case = Case(process(escalating(interrupting=True), ROOT)).do("x")
    assert (case.open, case.seen(CANCELLED)) == (["h"], ["sub"])
    assert "y" not in case.seen(EventType.ELEMENT_ENTERED)
    assert case.do("h").status == "completed"


def test_thrown_messages_are_reported() -> None:
    definition = process(
        start() + throw("t", message()) + end("e", message()) + chain("s", "t", "e")
    )
    case = Case(definition)
    assert thrown(case, EventType.MESSAGE_THROWN) == [{"message": "hello", "payload": {}}] * 2
    assert (case.status, definition.nodes["t"].messages) == ("completed", ())


@pytest.mark.parametrize(
    ("definition", "act"),
    [
        (message(), lambda case: case.tell("hello")),
        (timer("timeDuration", "P1D"), lambda case: case.wait(days=1)),
    ],
)
def test_boundary_events_of_nested_sub_processes_act_at_once(definition: str, act: object) -> None:
    inner = sub("inner", user("x"), chain("inner_s", "x"))
    body = (
        start()
        + sub("outer", inner, user("o"), chain("outer_s", "inner", "o"))
        + boundary("b", "outer", definition, interrupting=True)
        + user("h", "z")
        + chain("s", "outer", "z")
        + chain("b", "h")
    )
    case = Case(process(body))
    assert callable(act)
    act(case)
    assert (case.open, case.seen(CANCELLED)) == (["h"], ["x", "inner", "outer"])
    assert case.do("h").status == "completed"
