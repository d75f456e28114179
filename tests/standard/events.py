"""Events: which definition may stand where, after BPMN 2.0.2 table 10.93, each cell with a run."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from engine.model import EventType, NodeType
from tests.standard.play import Play, play
from tests.unit.engine.builder import (
    TERMINATE,
    boundary,
    catch,
    chain,
    end,
    gateway,
    message,
    node,
    start,
    timer,
    user,
)

EVENT_NOTES = {
    NodeType.START_EVENT: (
        "一个流程可以有多个，各自启动；没有开始事件时，没有进入连线的环节都开始"
    ),
    NodeType.END_EVENT: "路径就此结束；最后一条路径结束，所在范围结束",
    NodeType.INTERMEDIATE_CATCH_EVENT: "等到所定义的事件发生",
    NodeType.INTERMEDIATE_THROW_EVENT: "抛出所定义的事件后继续；不带事件定义的只是途中的标记",
    NodeType.BOUNDARY_EVENT: (
        "环节进行中等待事件；`cancelActivity` 为 `false` 的不中断环节，并继续等待"
    ),
}


class Place(StrEnum):
    """The columns of the table."""

    START = "流程开始"
    INTERRUPTING = "事件子流程（中断）"
    BESIDE = "事件子流程（不中断）"
    CATCH = "中间捕获"
    BOUNDARY = "边界（中断）"
    SIDE_BOUNDARY = "边界（不中断）"
    THROW = "中间抛出"
    END = "结束"


class Definition(StrEnum):
    """The rows of the table: what stands in the file, and its name."""

    NONE = "无"
    MESSAGE = "消息 `messageEventDefinition`"
    TIMER = "定时 `timerEventDefinition`"
    ERROR = "错误 `errorEventDefinition`"
    ESCALATION = "升级 `escalationEventDefinition`"
    CANCEL = "取消 `cancelEventDefinition`"
    COMPENSATION = "补偿 `compensateEventDefinition`"
    CONDITION = "条件 `conditionalEventDefinition`"
    LINK = "链接 `linkEventDefinition`"
    SIGNAL = "信号 `signalEventDefinition`"
    TERMINATE = "终止 `terminateEventDefinition`"
    MULTIPLE = "多重（多个定义任一）"
    PARALLEL = "并行多重 `parallelMultiple`"


PLACES: Final = {
    NodeType.START_EVENT: {Place.START, Place.INTERRUPTING, Place.BESIDE},
    NodeType.END_EVENT: {Place.END},
    NodeType.INTERMEDIATE_CATCH_EVENT: {Place.CATCH},
    NodeType.INTERMEDIATE_THROW_EVENT: {Place.THROW},
    NodeType.BOUNDARY_EVENT: {Place.BOUNDARY, Place.SIDE_BOUNDARY},
}
"""The columns of each kind of event."""

P, D = Place, Definition
XML: Final[dict[Definition, str]] = {
    D.NONE: "",
    D.MESSAGE: message(),
    D.TIMER: timer("timeDuration", "PT1H"),
    D.ERROR: '<bpmn:errorEventDefinition errorRef="err1"/>',
    D.ESCALATION: '<bpmn:escalationEventDefinition escalationRef="esc1"/>',
    D.CANCEL: "<bpmn:cancelEventDefinition/>",
    D.COMPENSATION: "<bpmn:compensateEventDefinition/>",
    D.CONDITION: (
        "<bpmn:conditionalEventDefinition><bpmn:condition>ok = true</bpmn:condition>"
        "</bpmn:conditionalEventDefinition>"
    ),
    D.LINK: '<bpmn:linkEventDefinition name="on"/>',
    D.SIGNAL: '<bpmn:signalEventDefinition signalRef="sig1"/>',
    D.TERMINATE: TERMINATE,
}
XML[D.MULTIPLE] = XML[D.PARALLEL] = XML[D.MESSAGE] + XML[D.SIGNAL]


STANDARD: Final[dict[Definition, tuple[Place, ...]]] = {
    D.NONE: (P.START, P.THROW, P.END),
    D.MESSAGE: tuple(Place),
    D.TIMER: (P.START, P.INTERRUPTING, P.BESIDE, P.CATCH, P.BOUNDARY, P.SIDE_BOUNDARY),
    D.ERROR: (P.INTERRUPTING, P.BOUNDARY, P.END),
    D.ESCALATION: (P.INTERRUPTING, P.BESIDE, P.BOUNDARY, P.SIDE_BOUNDARY, P.THROW, P.END),
    D.CANCEL: (P.BOUNDARY, P.END),
    D.COMPENSATION: (P.INTERRUPTING, P.BOUNDARY, P.THROW, P.END),
    D.CONDITION: (P.START, P.INTERRUPTING, P.BESIDE, P.CATCH, P.BOUNDARY, P.SIDE_BOUNDARY),
    D.LINK: (P.CATCH, P.THROW),
    D.SIGNAL: tuple(Place),
    D.TERMINATE: (P.END,),
    D.MULTIPLE: tuple(Place),
    D.PARALLEL: (P.START, P.INTERRUPTING, P.BESIDE, P.CATCH, P.BOUNDARY, P.SIDE_BOUNDARY),
}
"""Where the standard knows a definition; every such cell is run by `prove`."""


def _happen(case: Play, definition: Definition) -> Play:
    """Let what is waited for happen from outside."""
    if definition is D.MESSAGE:
        case.tell("hello")
    elif definition is D.TIMER:
        case.wait(hours=1)
    elif definition is D.CONDITION:
        case.do("w", ok=True)
    elif definition is D.SIGNAL or definition is D.MULTIPLE:
        case.signal("alarm")
    else:
        before = case.open
        case.signal("alarm")
        assert before == case.open
        case.tell("hello")
    return case


def _attributes(definition: Definition) -> dict[str, str]:
    return {"parallelMultiple": "true"} if definition is D.PARALLEL else {}


def _fork(first: str, definition: Definition) -> str:
    """Start, and `first`; beside it, if needed, a task that makes the condition true."""
    if definition is not D.CONDITION:
        return start() + chain("s", first)
    return (
        start()
        + gateway("parallel", "f")
        + user("w")
        + end("we")
        + chain("s", "f", first)
        + chain("f", "w", "we")
    )


def _start(definition: Definition) -> None:
    inner = XML[definition]
    body = node("startEvent", "s", inner, **_attributes(definition)) + user("a") + end()
    case = play(body + chain("s", "a", "e"), start_event="s" if inner else None, ok=True)
    case.expect("a").do("a").expect()


def _catch(definition: Definition) -> None:
    if definition is D.LINK:
        _link()
        return
    event = node("intermediateCatchEvent", "c", XML[definition], **_attributes(definition))
    body = _fork("c", definition) + event + user("n") + end() + chain("c", "n", "e")
    case = play(body, ok=False)
    assert "n" not in case.open
    _happen(case, definition).expect("n").do("n").expect()


def _boundary(definition: Definition, *, interrupting: bool = True) -> None:
    if definition in {D.ERROR, D.ESCALATION}:
        _caught_from_inside(definition, interrupting=interrupting)
        return
    if definition is D.CANCEL:
        _cancel()
        return
    if definition is D.COMPENSATION:
        _compensation(D.COMPENSATION, P.THROW)
        return
    event = boundary("b", "a", XML[definition], interrupting=interrupting)
    if definition is D.PARALLEL:
        event = event.replace("attachedToRef", 'parallelMultiple="true" attachedToRef')
    body = _fork("a", definition) + user("a", "n", "h") + end() + event
    body += chain("a", "n", "e") + chain("b", "h", "e")
    case = _happen(play(body, ok=False), definition)
    assert (["h"] if interrupting else ["a", "h"]) == case.open
    unhurt = play(body, ok=False).do("a")
    assert "n" in unhurt.open
    assert "h" not in unhurt.open


def _event_sub_process(definition: Definition, *, interrupting: bool = True) -> None:
    if definition is D.COMPENSATION:
        _compensation_handler()
        return
    kind = "true" if interrupting else "false"
    inner = node("startEvent", "t", XML[definition], isInterrupting=kind, **_attributes(definition))
    sub = node(
        "subProcess",
        "es",
        inner + user("h") + end("e2") + chain("t", "h", "e2"),
        triggeredByEvent="true",
    )
    if definition in {D.ERROR, D.ESCALATION}:
        throwing = (
            end("e", XML[definition])
            if interrupting
            else _thrown("th", definition) + user("n") + end()
        )
        way = chain("s", "a", "e") if interrupting else chain("s", "a", "th", "n", "e")
        case = play(start() + user("a") + throwing + way + sub).do("a")
        assert (["h"] if interrupting else ["h", "n"]) == case.open
        return
    body = _fork("a", definition) + user("a") + end() + chain("a", "e") + sub
    case = _happen(play(body, ok=False), definition)
    assert (["h"] if interrupting else ["a", "h"]) == case.open
    case.do("h")
    if not interrupting:
        case.do("a")
    case.expect()


def _thrown(node_id: str, definition: Definition) -> str:
    return node("intermediateThrowEvent", node_id, XML[definition])


def _caught_from_inside(definition: Definition, *, interrupting: bool) -> None:
    """A sub-process throws; its boundary catches."""
    if definition is D.ESCALATION:
        inner = start("s2") + _thrown("th", definition) + user("x") + end("e2")
        inner += chain("s2", "th", "x", "e2")
    else:
        inner = start("s2") + end("e2", XML[definition]) + chain("s2", "e2")
    body = (
        start()
        + node("subProcess", "sp", inner)
        + boundary("b", "sp", XML[definition], interrupting=interrupting)
        + user("n", "h")
        + end()
        + chain("s", "sp", "n", "e")
        + chain("b", "h", "e")
    )
    case = play(body)
    assert (["h"] if interrupting else ["h", "x"]) == case.open


def _throw(definition: Definition, place: Place) -> None:
    if definition is D.LINK:
        _link()
        return
    if definition is D.CANCEL:
        _cancel()
        return
    if definition is D.COMPENSATION:
        _compensation(definition, place)
        return
    if definition is D.TERMINATE:
        body = start() + gateway("parallel", "f") + user("a", "b") + end("t", TERMINATE) + end()
        play(body + chain("s", "f", "a", "t") + chain("f", "b", "e")).do("a").expect()
        return
    if place is P.THROW:
        body = start() + user("a") + _thrown("t", definition) + end() + chain("s", "a", "t", "e")
    else:
        body = start() + user("a") + end("t", XML[definition]) + chain("s", "a", "t")
    case = play(body).do("a").expect()
    assert "t" in case.done
    thrown = {event.type for event in case.advance.events if event.element_id == "t"}
    expected = {
        D.MESSAGE: {EventType.MESSAGE_THROWN},
        D.SIGNAL: {EventType.SIGNAL_THROWN},
        D.MULTIPLE: {EventType.MESSAGE_THROWN, EventType.SIGNAL_THROWN},
        D.ERROR: {EventType.ERROR_THROWN},
        D.ESCALATION: {EventType.ESCALATION_THROWN},
    }
    assert expected.get(definition, set()) <= thrown


def _link() -> None:
    body = (
        start()
        + _thrown("t", D.LINK)
        + catch("c", XML[D.LINK])
        + user("a")
        + end()
        + chain("s", "t")
        + chain("c", "a", "e")
    )
    play(body).expect("a").do("a").expect()


def _cancel() -> None:
    inner = start("s2") + user("x") + end("no", XML[D.CANCEL]) + chain("s2", "x", "no")
    body = (
        start()
        + node("transaction", "tx", inner)
        + boundary("b", "tx", XML[D.CANCEL], interrupting=True)
        + user("n", "h")
        + end()
        + chain("s", "tx", "n", "e")
        + chain("b", "h", "e")
    )
    play(body).do("x").expect("h").do("h").expect()


ASSOCIATION = (
    '<bpmn:association id="as" sourceRef="bc" targetRef="undo" associationDirection="One"/>'
)


def _compensation(definition: Definition, place: Place) -> None:
    """What has been done is undone when it is thrown; what has not been done is not."""
    handler = (
        boundary("bc", "a", XML[definition], interrupting=True)
        + node("userTask", "undo", isForCompensation="true")
        + ASSOCIATION
    )
    if place is P.THROW:
        way = _thrown("t", definition) + user("z") + end() + chain("s", "a", "t", "z", "e")
        play(start() + user("a") + handler + way).do("a").expect("undo").do("undo").expect("z")
    else:
        way = end("t", XML[definition]) + chain("s", "a", "t")
        play(start() + user("a") + handler + way).do("a").expect("undo").do("undo").expect()


def _compensation_handler() -> None:
    """An event sub-process that undoes its completed scope."""
    handler = node(
        "subProcess",
        "es",
        node("startEvent", "t", XML[D.COMPENSATION])
        + user("undo")
        + end("e3")
        + chain("t", "undo", "e3"),
        triggeredByEvent="true",
    )
    inner = start("s2") + user("x") + end("e2") + chain("s2", "x", "e2") + handler
    body = start() + node("subProcess", "sp", inner) + _thrown("th", D.COMPENSATION) + end()
    play(body + chain("s", "sp", "th", "e")).do("x").expect("undo").do("undo").expect()


RUNS: Final[dict[Place, Callable[[Definition], None]]] = {
    P.START: _start,
    P.INTERRUPTING: _event_sub_process,
    P.BESIDE: lambda definition: _event_sub_process(definition, interrupting=False),
    P.CATCH: _catch,
    P.BOUNDARY: _boundary,
    P.SIDE_BOUNDARY: lambda definition: _boundary(definition, interrupting=False),
    P.THROW: lambda definition: _throw(definition, P.THROW),
    P.END: lambda definition: _throw(definition, P.END),
}


def prove(definition: Definition, place: Place) -> None:
    """Run the drawing of one cell of the table."""
    RUNS[place](definition)
