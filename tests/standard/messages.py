"""Messages and correlation; pools, lanes and what is only drawn."""

from __future__ import annotations

import pytest

from engine.errors import NoMatchingEvent
from engine.library import parse_process
from tests.standard.catalogue import Section, proof, row
from tests.standard.play import Play, play
from tests.unit.engine.builder import (
    catch,
    chain,
    document,
    end,
    gateway,
    message,
    node,
    process,
    start,
    user,
)

row(Section.MESSAGES, "message", "以名称识别；多个环节等待同一消息时，先等待的先收到")
row(
    Section.MESSAGES,
    "correlationKey",
    "配 `correlationProperty` 与 `correlationSubscription`：第一条消息定下的值，以后的消息须一致",
)
row(Section.MESSAGES, "signal", "所有等待它的都收到；无人等待的不保留")
row(Section.DOCUMENT, "collaboration", "泳池各是一个流程；消息流只作展示")
row(Section.DOCUMENT, "laneSet", "泳道决定办理人；嵌套时取最里层")
row(Section.DOCUMENT, "textAnnotation", "注释、组、关联只作展示")
row(
    Section.DOCUMENT,
    "isExecutable",
    "流程文件夹中须有且只有一个可执行的流程；`dangwu trace` 不要求标明",
)


@proof("message")
def who_waits_longest_gets_it() -> None:
    body = (
        start()
        + gateway("parallel", "f")
        + catch("c1", message())
        + catch("c2", message())
        + user("a", "b")
        + end()
        + chain("s", "f", "c1", "a", "e")
        + chain("f", "c2", "b", "e")
    )
    play(body).tell("hello").expect("a").tell("hello").expect("a", "b")
    with pytest.raises(NoMatchingEvent):
        play(body).tell("again")


@proof("signal")
def everybody_hears_a_signal() -> None:
    signal = '<bpmn:signalEventDefinition signalRef="sig1"/>'
    body = (
        start()
        + gateway("parallel", "f")
        + catch("c1", signal)
        + catch("c2", signal)
        + user("a", "b", "w")
        + node("intermediateThrowEvent", "t", signal)
        + end()
        + chain("s", "f", "c1", "a", "e")
        + chain("f", "c2", "b", "e")
        + chain("f", "w", "t", "e")
    )
    play(body).expect("w").do("w").expect("a", "b")


KEY = (
    '<bpmn:collaboration id="col"><bpmn:participant id="P1" processRef="p"/>'
    '<bpmn:correlationKey id="k1" name="案号">'
    "<bpmn:correlationPropertyRef>no</bpmn:correlationPropertyRef></bpmn:correlationKey>"
    "</bpmn:collaboration>"
    '<bpmn:correlationProperty id="no" name="no">'
    '<bpmn:correlationPropertyRetrievalExpression messageRef="m1">'
    "<bpmn:messagePath>case_no</bpmn:messagePath></bpmn:correlationPropertyRetrievalExpression>"
    "</bpmn:correlationProperty>"
)


@proof("correlationKey")
def later_messages_must_belong_to_the_first() -> None:
    body = start() + catch("c1", message()) + catch("c2", message()) + user("a") + end()
    case = play(body + chain("s", "c1", "c2", "a", "e"), root=KEY).tell("hello", case_no="A-1")
    with pytest.raises(NoMatchingEvent):
        case.tell("hello", case_no="B-2")
    case.at_rest()
    case.tell("hello", case_no="A-1").expect("a")


@proof("correlationKey")
def a_subscription_binds_the_key_to_a_variable() -> None:
    subscription = (
        '<bpmn:correlationSubscription id="sub" correlationKeyRef="k1">'
        '<bpmn:correlationPropertyBinding correlationPropertyRef="no">'
        "<bpmn:dataPath>案号</bpmn:dataPath></bpmn:correlationPropertyBinding>"
        "</bpmn:correlationSubscription>"
    )
    body = start() + user("q") + catch("c", message()) + user("a") + end()
    case = play(body + chain("s", "q", "c", "a", "e") + subscription, root=KEY)
    case.do("q", 案号="A-1").at_rest()
    with pytest.raises(NoMatchingEvent):
        case.tell("hello", case_no="B-2")
    case.tell("hello", case_no="A-1").expect("a")


@proof("collaboration")
def a_pool_is_a_process() -> None:
    pools = (
        '<bpmn:collaboration id="c"><bpmn:participant id="P1" processRef="p"/>'
        '<bpmn:participant id="P2" name="上级"/>'
        '<bpmn:messageFlow id="mf" sourceRef="a" targetRef="P2"/></bpmn:collaboration>'
    )
    play(start() + user("a") + end() + chain("s", "a", "e"), root=pools).expect("a")


@proof("laneSet")
def the_innermost_lane() -> None:
    lanes = (
        '<bpmn:laneSet id="ls"><bpmn:lane id="city" name="市">'
        "<bpmn:flowNodeRef>a</bpmn:flowNodeRef>"
        '<bpmn:flowNodeRef>b</bpmn:flowNodeRef><bpmn:childLaneSet id="cs">'
        '<bpmn:lane id="desk" name="审核"><bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane>'
        "</bpmn:childLaneSet></bpmn:lane></bpmn:laneSet>"
    )
    definition = process(lanes + start() + user("a", "b") + end() + chain("s", "a", "b", "e"))
    assert ("desk", "city") == (definition.nodes["a"].lane, definition.nodes["b"].lane)


@proof("textAnnotation")
def notes_are_only_shown() -> None:
    notes = (
        '<bpmn:textAnnotation id="ta"><bpmn:text>注</bpmn:text></bpmn:textAnnotation>'
        '<bpmn:association id="as" sourceRef="a" targetRef="ta"/><bpmn:group id="g"/>'
    )
    play(start() + user("a") + end() + chain("s", "a", "e") + notes).expect("a").do("a").expect()


@proof("isExecutable")
def a_foreign_file_need_not_say_so() -> None:
    text = document(start() + end() + chain("s", "e")).replace(b' isExecutable="true"', b"")
    Play(parse_process(text, "x.bpmn", foreign=True)).expect()
