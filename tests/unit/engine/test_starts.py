"""Where instances begin: every kind of start event, no start event, instantiating nodes."""

from __future__ import annotations

import pytest

from engine.errors import DefinitionError, NoMatchingEvent
from engine.model import EventType, StartTrigger, TriggerKind
from engine.soundness import explore
from engine.timers import TimerKind
from tests.unit.engine.builder import (
    MESSAGES,
    catch,
    chain,
    condition,
    end,
    gateway,
    message,
    node,
    process,
    signal,
    start,
    timer,
    user,
)
from tests.unit.engine.case import Case

ROOT = (
    MESSAGES
    + '<bpmn:message id="m2" name="more"/><bpmn:message id="m3"/>'
    + '<bpmn:signal id="s1" name="alarm"/>'
)


def begin(node_id: str, definition: str = "", task: str = "a", **attributes: str) -> str:
    return node("startEvent", node_id, definition, **attributes) + chain(node_id, task)


def several() -> str:
    return (
        begin("none", task="a")
        + begin("told", message(), "b")
        + begin("heard", signal(), "c")
        + begin("later", timer("timeDuration", "P1D"), "d")
        + begin("true", condition("= n > 3"), "d")
        + begin("second", task="d")
        + user("a", "b", "c", "d")
    )


def test_each_start_event_is_a_way_to_begin_of_its_own() -> None:
    definition = process(several(), ROOT)
    found = {
        start_event: Case(definition, start_event=start_event).open
        for start_event in (None, "none", "told", "heard", "later", "true", "second")
    }
    expected = {None: "a", "none": "a", "told": "b", "heard": "c", "later": "d", "true": "d"}
    assert found == {key: [task] for key, task in {**expected, "second": "d"}.items()}
    assert definition.start_event.id == "none"


def test_what_creates_instances_is_told() -> None:
    kind = TriggerKind
    assert process(several(), ROOT).start_triggers == (
        StartTrigger(kind.MESSAGE, "told", "hello"),
        StartTrigger(kind.SIGNAL, "heard", "alarm"),
        StartTrigger(kind.TIMER, "later", "", "P1D", TimerKind.DURATION),
        StartTrigger(kind.CONDITION, "true", "", "n > 3"),
    )
    both = begin("s", message() + signal(), parallelMultiple="true") + user("a")
    assert [t.together for t in process(both, ROOT).start_triggers] == [True, True]
    either = begin("s", message() + message("m2")) + user("a")
    assert [t.name for t in process(either, ROOT).start_triggers] == ["hello", "more"]
    cycle = begin("s", timer("timeCycle", "R/P7D")) + user("a")
    assert process(cycle).start_triggers[0].timer is TimerKind.CYCLE


def test_the_start_event_is_reported() -> None:
    case = Case(process(several(), ROOT), start_event="told", n=5)
    assert case.seen(EventType.ELEMENT_COMPLETED) == ["told"]
    assert case.variables == {"n": 5}


@pytest.mark.parametrize("start_event", ["a", "nowhere", None])
def test_a_process_that_needs_a_trigger_does_not_begin_without(start_event: str | None) -> None:
    definition = process(begin("told", message()) + user("a"), ROOT)
    with pytest.raises(NoMatchingEvent):
        Case(definition, start_event=start_event)
    assert Case(definition, start_event="told").open == ["a"]


def test_without_start_event_all_nodes_without_incoming_flow_begin() -> None:
    on_link = '<bpmn:linkEventDefinition name="l"/>'
    handler = node("startEvent", "s2", message(), isInterrupting="false") + user("h")
    body = (
        user("a", "b")
        + gateway("parallel", "j")
        + user("c")
        + chain("a", "j", "c")
        + chain("b", "j")
        + node("boundaryEvent", "late", timer("timeDuration", "P1D"), attachedToRef="b")
        + user("d")
        + chain("late", "d")
        + node("intermediateThrowEvent", "out", on_link)
        + catch("in", on_link)
        + user("l")
        + chain("in", "l")
        + node("subProcess", "ev", handler + chain("s2", "h"), triggeredByEvent="true")
    )
    case = Case(process(body, ROOT))
    assert (case.open, case.advance.messages) == (["a", "b", "l"], ("hello",))
    assert case.do("a").do("b").open == ["c", "l"]
    assert case.do("c").do("l").status == "completed"


def test_a_sub_process_without_start_event_begins_everywhere() -> None:
    body = start() + node("subProcess", "sub", user("x", "y")) + user("z") + chain("s", "sub", "z")
    case = Case(process(body))
    assert case.open == ["x", "y"]
    assert case.do("x").do("y").open == ["z"]


def test_a_scope_in_which_nothing_stands_ends_at_once() -> None:
    beside = node("startEvent", "s2", message()) + user("h") + chain("s2", "h")
    for inner in ("", node("subProcess", "ev", beside, triggeredByEvent="true")):
        body = start() + node("subProcess", "sub", inner) + user("z") + chain("s", "sub", "z")
        assert Case(process(body)).open == ["z"]
    assert Case(process("")).status == "completed"


def test_a_receive_task_may_create_the_instance() -> None:
    receiving = node("receiveTask", "r", messageRef="m1", instantiate="true")
    body = receiving + user("a", "b") + start() + chain("s", "b") + chain("r", "a")
    definition = process(body)
    assert definition.start_triggers == (StartTrigger(TriggerKind.MESSAGE, "r", "hello"),)
    assert Case(definition).open == ["b"]
    case = Case(definition, start_event="r", n=1)
    assert (case.open, case.seen(EventType.ELEMENT_COMPLETED)) == (["a"], ["r"])
    with pytest.raises(NoMatchingEvent):
        Case(process(receiving + user("a") + chain("r", "a")))


def racing(**attributes: str) -> str:
    return (
        gateway("eventBased", "g", instantiate="true", **attributes)
        + catch("x", message())
        + catch("y", signal())
        + node("receiveTask", "z", messageRef="m2")
        + user("a", "b", "c")
        + chain("g", "x", "a")
        + chain("g", "y", "b")
        + chain("g", "z", "c")
    )


@pytest.mark.parametrize(("event", "task"), [("x", "a"), ("y", "b"), ("z", "c")])
def test_an_exclusive_gateway_creates_the_instance_by_one_event(event: str, task: str) -> None:
    definition = process(racing(), ROOT)
    assert [trigger.element_id for trigger in definition.start_triggers] == ["x", "y", "z"]
    case = Case(definition, start_event=event)
    assert (case.open, case.advance.subscriptions) == ([task], ())
    assert case.seen(EventType.ELEMENT_COMPLETED) == ["g", event]
    assert case.do(task).status == "completed"


def test_a_parallel_gateway_waits_for_its_other_events_too() -> None:
    case = Case(process(racing(eventGatewayType="Parallel"), ROOT), start_event="y")
    assert (case.open, case.advance.messages) == (["b"], ("hello", "more"))
    assert case.do("b").status == "active"
    assert case.tell("more").open == ["c"]
    assert case.tell("hello").open == ["a", "c"]
    assert case.do("a").do("c").status == "completed"


def test_messages_without_name_are_known_by_id_or_by_their_flow() -> None:
    root = (
        '<bpmn:message id="m3"/><bpmn:collaboration id="k">'
        '<bpmn:messageFlow id="mf" sourceRef="out" targetRef="in"/>'
        '<bpmn:messageFlow id="mf2" sourceRef="sent" targetRef="told"/>'
        '<bpmn:messageFlow id="mf3" sourceRef="named" targetRef="flown" messageRef="m3"/>'
        "</bpmn:collaboration>"
    )
    open_message = "<bpmn:messageEventDefinition/>"
    body = (
        begin("told", message("m3"))
        + user("a")
        + node("intermediateThrowEvent", "out", open_message)
        + node("sendTask", "sent")
        + node("sendTask", "named")
        + catch("in", open_message)
        + catch("flown", open_message)
        + catch("alone", open_message)
        + chain("a", "out", "sent", "named", "in", "flown", "alone")
    )
    definition = process(body, root)
    assert definition.start_triggers == (StartTrigger(TriggerKind.MESSAGE, "told", "m3"),)
    case = Case(definition, start_event="told").do("a")
    thrown = [e.data["message"] for e in case.advance.events if "message" in e.data]
    assert (thrown, case.advance.messages) == (["in", "m3", "m3"], ("in",))
    assert case.tell("in").advance.messages == ("m3",)
    assert case.tell("m3").advance.messages == ("alone",)


def test_references_may_have_prefixes_and_share_event_definitions() -> None:
    root = (
        MESSAGES
        + '<bpmn:messageEventDefinition id="shared" messageRef="bpmn:m1"/>'
        + '<bpmn:timerEventDefinition id="soon"><bpmn:timeDuration>P1D</bpmn:timeDuration>'
        + "</bpmn:timerEventDefinition>"
    )
    refs = "".join(
        f"<bpmn:eventDefinitionRef>{name}</bpmn:eventDefinitionRef>"
        for name in ("bpmn:shared", "soon")
    )
    body = start() + catch("x", refs) + end() + catch("y", refs) + chain("s", "x", "y", "e")
    case = Case(process(body, root))
    assert (case.advance.messages, case.advance.next_due_at is None) == (("hello",), False)
    assert case.tell("hello").wait(days=1).status == "completed"


def test_every_start_is_explored() -> None:
    assert explore(process(several(), ROOT), "x.bpmn").findings == ()
    only = process(begin("told", message()) + user("a"), ROOT)
    assert explore(only, "x.bpmn").findings == ()
    both = process(racing(eventGatewayType="Parallel").replace(signal(), message("m3")), ROOT)
    assert explore(both, "x.bpmn").findings == ()


def test_a_process_that_needs_a_trigger_cannot_be_called() -> None:
    caller = start() + node("callActivity", "c", calledElement="q") + chain("s", "c")
    called = f'<bpmn:process id="q" isExecutable="true">{{}}{user("b")}</bpmn:process>'
    told = called.format(begin("told", message(), "b"))
    with pytest.raises(DefinitionError) as refused:
        process(caller, MESSAGES + told)
    assert ("bpmn-called-element", "c") in {(f.code, f.element_id) for f in refused.value.findings}
    both = called.format(begin("told", message(), "b") + begin("none", task="b"))
    assert Case(process(caller, MESSAGES + both)).open == ["b"]
