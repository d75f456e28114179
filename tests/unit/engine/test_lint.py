"""Every construct is right or refused: one case per refusal, and all obstacles are listed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.bpmn_problems import PROBLEMS
from engine.bpmn_xml import parse_bpmn
from engine.diagram import list_processes
from engine.errors import DefinitionError, Finding, Severity
from engine.library import parse_process
from engine.lint import lint_process
from tests.unit.engine import misdrawn_compensation
from tests.unit.engine.builder import (
    HEAD,
    boundary,
    catch,
    chain,
    document,
    end,
    flow,
    gateway,
    message,
    node,
    start,
    timer,
    user,
)

MEMBER_DEVELOPMENT = Path(__file__).parents[3] / "bpmn/member_development/process.bpmn"


def findings(xml: bytes, *, foreign: bool = True) -> tuple[Finding, ...]:
    return lint_process(parse_bpmn(xml, "x.bpmn"), "x.bpmn", foreign=foreign)


def codes(body: str, root: str = "", *, foreign: bool = True) -> set[tuple[str, str | None]]:
    found = findings(document(body, '<bpmn:message id="m1" name="hello"/>' + root), foreign=foreign)
    return {(finding.code, finding.element_id) for finding in found}


def around(inner: str, *ids: str) -> str:
    """A sound line with `inner` in the middle, entered and left through `ids`."""
    return start() + inner + end() + chain("s", *ids, "e")


def task(inner: str = "", **attributes: str) -> str:
    return around(node("userTask", "a", inner, **attributes), "a")


def event(definition: str, tag: str = "intermediateCatchEvent", **attributes: str) -> str:
    return around(node(tag, "x", definition, **attributes), "x")


def fork(kind: str, conditions: tuple[str | None, str | None], **attributes: str) -> str:
    return (
        start()
        + gateway(kind, "g", **attributes)
        + end("e1")
        + end("e2")
        + chain("s", "g")
        + flow("g", "e1", conditions[0], "f1")
        + flow("g", "e2", conditions[1], "f2")
    )


def loop(inner: str) -> str:
    tag = "multiInstanceLoopCharacteristics"
    return task(f"<bpmn:{tag}>{inner}</bpmn:{tag}>")


def ext(inner: str) -> str:
    return f"<bpmn:extensionElements>{inner}</bpmn:extensionElements>"


def labels(cases: list[tuple[str, Any, str]]) -> list[str]:
    return [f"{code}-{number}" for number, (code, _, _) in enumerate(cases)]


def link(name: str) -> str:
    return f'<bpmn:linkEventDefinition name="{name}"/>'


def chain_link(node_id: str, name: str) -> str:
    return node("intermediateThrowEvent", node_id, link(name))


def handler(definition: str, **attributes: str) -> str:
    begin = node("startEvent", "s2", definition, **attributes)
    return node("subProcess", "sub", begin + end("e2") + chain("s2", "e2"), triggeredByEvent="true")


def aside(inner: str) -> str:
    return task() + inner + end("e2") + chain("x", "e2")


def embedded(inner: str) -> str:
    body = inner + user("x") + end("e2") + chain("s2", "x", "e2")
    return around(node("subProcess", "sub", body), "sub")


def nested(levels: int) -> str:
    body = ""
    for level in reversed(range(levels)):
        body = node("subProcess", f"sub{level}", body)
    return body


def receiving(inner: str = "") -> str:
    task = node("receiveTask", "r", inner, messageRef="m1", instantiate="true")
    return task + end("e3") + chain("r", "e3")


def raced(inner: str) -> str:
    gateways = gateway("eventBased", "g") + catch("y", message()) + inner
    return start() + gateways + end() + chain("s", "g", "x", "e") + chain("g", "y", "e")


def condition(text: str, **attributes: str) -> str:
    language = "".join(f' {name}="{value}"' for name, value in attributes.items())
    inner = f"<bpmn:condition{language}>{text}</bpmn:condition>"
    return f"<bpmn:conditionalEventDefinition>{inner}</bpmn:conditionalEventDefinition>"


ERROR = "<bpmn:errorEventDefinition/>"
CANCEL = "<bpmn:cancelEventDefinition/>"
COMPENSATE = "<bpmn:compensateEventDefinition/>"
COLLECTION = "<bpmn:loopDataInputRef>people</bpmn:loopDataInputRef>"
ITEM = '<bpmn:inputDataItem name="person"/>'
ELEMENT, ATTRIBUTE, VALUE = (
    "bpmn-unsupported-element",
    "bpmn-unsupported-attribute",
    "bpmn-unsupported-value",
)


def meeting(condition: str) -> str:
    when = f"<bpmn:activationCondition>{condition}</bpmn:activationCondition>"
    inner = gateway("parallel", "f") + user("x", "y") + node("complexGateway", "k", when)
    return around(inner, "f", "x", "k") + chain("f", "y", "k")


def behaves(attributes: str, inner: str = "") -> str:
    tag = "multiInstanceLoopCharacteristics"
    return task(f"<bpmn:{tag} {attributes}>{COLLECTION}{ITEM}{inner}</bpmn:{tag}>")


def countersigned(attributes: str) -> str:
    rule = ext(f'<dw:countersign agrees="x" result="r" {attributes}/>')
    tag = "multiInstanceLoopCharacteristics"
    return task(f"{rule}<bpmn:{tag}>{COLLECTION}{ITEM}</bpmn:{tag}>")


def thrown(condition: str, definition: str) -> str:
    return (
        f"<bpmn:complexBehaviorDefinition><bpmn:condition>{condition}</bpmn:condition>"
        f"<bpmn:event>{definition}</bpmn:event></bpmn:complexBehaviorDefinition>"
    )


def ad_hoc(inner: str, **attributes: str) -> str:
    return around(node("adHocSubProcess", "b", inner, **attributes), "b")


DONE = "bpmn:completionCondition"
AD_HOC = [
    ("b", ""),
    ("s2", user("x") + start("s2")),
    ("e2", user("x") + end("e2") + chain("x", "e2")),
    ("g", user("x") + gateway("exclusive", "g") + chain("g", "x") + user("y")),
    ("i", user("x") + catch("i", message())),
    ("b", chain("x", "y", "x") + user("x", "y")),
]
BEHAVIORS = [
    ('behavior="None"',),
    ('behavior="One" noneBehaviorEventRef="none"',),
    ('behavior="One" oneBehaviorEventRef="nowhere"',),
    ('behavior="All" oneBehaviorEventRef="nowhere"',),
    ('behavior="Complex"',),
    ('behavior="All"', thrown("true", message())),
    ('behavior="Complex"', thrown("", message())),
    ('behavior="Complex"', thrown("true", "")),
    ('behavior="Complex"', thrown("true", message("m9"))),
    ('behavior="Complex"', thrown("true", message() + ERROR)),
    ('behavior="Complex"', thrown("true", ERROR)),
]
COUNTERSIGNS = [
    'rule="count"',
    'rule="all" value="1"',
    'rule="any" strict="true"',
    'rule="weight" value="1"',
    'rule="count" value="1" weight="1"',
    'rule="ratio" value="3/2"',
    'rule="ratio" value="0%"',
]
IO = (
    '<bpmn:ioSpecification><bpmn:dataInput id="i" name="given"/><bpmn:inputSet>'
    "<bpmn:dataInputRefs>i</bpmn:dataInputRefs></bpmn:inputSet></bpmn:ioSpecification>"
)
OBJECT = '<bpmn:dataObject id="o" name="金额"/>'
OBJECT2 = '<bpmn:dataObject id="o2"/>'
STORE = '<bpmn:dataStoreReference id="store"/>'
INNER = node("subProcess", "u", OBJECT2 + start("s2") + end("e2") + chain("s2", "e2"))


def copied(target: str, *sources: str) -> str:
    """A task's input filled from data objects."""
    references = "".join(f"<bpmn:sourceRef>{source}</bpmn:sourceRef>" for source in sources)
    return (
        f"{IO}<bpmn:dataInputAssociation>{references}<bpmn:targetRef>{target}</bpmn:targetRef>"
        "</bpmn:dataInputAssociation>"
    )


REFUSED: list[tuple[str, str | None, str]] = [
    *[
        (ELEMENT, "x", event(f"<bpmn:{kind}EventDefinition/>"))
        for kind in ("error", "escalation", "compensate", "cancel")
    ],
    *[
        (ELEMENT, "e", start() + end("e", f"<bpmn:{kind}EventDefinition/>") + chain("s", "e"))
        for kind in ("link", "timer")
    ],
    *[
        (
            ELEMENT,
            "s",
            node("startEvent", "s", f"<bpmn:{kind}EventDefinition/>") + end() + chain("s", "e"),
        )
        for kind in ("error", "escalation", "compensate", "cancel")
    ],
    (ELEMENT, "s2", embedded(node("startEvent", "s2", message()))),
    (ELEMENT, "x", event(timer("timeDate", "2026-06-01"), "intermediateThrowEvent")),
    ("bpmn-event-reference", "x", event("<bpmn:eventDefinitionRef>d1</bpmn:eventDefinitionRef>")),
    (ELEMENT, "x", event(message() + "<bpmn:dataOutputAssociation/>")),
    (ELEMENT, "x", event(message() + "<bpmn:property/>")),
    (ELEMENT, "a", task("<bpmn:potentialOwner/>")),
    ("bpmn-called-element", "a", around(node("callActivity", "a"), "a")),
    ("bpmn-script-format", "a", around(node("scriptTask", "a", scriptFormat="python"), "a")),
    (
        "bpmn-expression",
        "a",
        around(node("scriptTask", "a", "<bpmn:script>{</bpmn:script>"), "a"),
    ),
    ("bpmn-data-name", "p", task() + "<bpmn:property/>"),
    ("bpmn-data-name", "o-1", task() + '<bpmn:dataObject id="o-1" name="1 份"/>'),
    ("bpmn-data-reference", "a", task(copied("i", "nothing"))),
    ("bpmn-data-reference", "a", task(copied("o", "o")) + OBJECT),
    ("bpmn-data-reference", "a", task(copied("i", "o2")) + INNER),
    ("bpmn-data-association", "a", task(copied("i", "o", "o2")) + OBJECT + OBJECT2),
    (
        "bpmn-data-association",
        "a",
        task(
            IO
            + "<bpmn:dataInputAssociation><bpmn:assignment><bpmn:from>1</bpmn:from>"
            + "<bpmn:to>a.b</bpmn:to></bpmn:assignment></bpmn:dataInputAssociation>"
        ),
    ),
    (
        "bpmn-data-association",
        "a",
        task(
            IO + "<bpmn:multiInstanceLoopCharacteristics>"
            "<bpmn:loopDataInputRef>i</bpmn:loopDataInputRef><bpmn:inputDataItem name='x'/>"
            "</bpmn:multiInstanceLoopCharacteristics>"
        ),
    ),
    (
        "bpmn-data-store",
        "a",
        task(
            "<bpmn:multiInstanceLoopCharacteristics>"
            "<bpmn:loopDataInputRef>store</bpmn:loopDataInputRef><bpmn:inputDataItem name='x'/>"
            "</bpmn:multiInstanceLoopCharacteristics>"
        )
        + STORE,
    ),
    (
        "bpmn-data-sets",
        "a",
        task("<bpmn:ioSpecification><bpmn:inputSet/><bpmn:inputSet/></bpmn:ioSpecification>"),
    ),
    (ELEMENT, "p", task() + '<dw:task xmlns:dw="urn:dangwu:bpmn:1"/>'),
    (ATTRIBUTE, "a", task(priority="1")),
    (ATTRIBUTE, "a", task(triggeredByEvent="true")),
    ("bpmn-quantity", "a", task(startQuantity="0")),
    ("bpmn-quantity", "a", task(completionQuantity="1000")),
    ("bpmn-quantity", "a", node("userTask", "a", startQuantity="2") + end() + chain("a", "e")),
    (
        "bpmn-quantity",
        "r",
        start()
        + gateway("eventBased", "g")
        + node("receiveTask", "r", messageRef="m1", startQuantity="2")
        + catch("x", timer("timeDuration", "P1D"))
        + end()
        + chain("s", "g", "r", "e")
        + chain("g", "x", "e"),
    ),
    (VALUE, "x", event(message(), parallelMultiple="1")),
    ("bpmn-multiple-event", "x", event(message(), parallelMultiple="true")),
    ("bpmn-multiple-event", "x", event(message() + link("l"))),
    ("bpmn-multiple-event", "e", start() + end("e", message() + CANCEL) + chain("s", "e")),
    ("bpmn-multiple-event", "e", start() + end("e", COMPENSATE * 2) + chain("s", "e")),
    (
        "bpmn-multiple-event",
        "x",
        aside(boundary("x", "a", message() + COMPENSATE, interrupting=True)),
    ),
    (
        "bpmn-multiple-event",
        "x",
        aside(
            boundary("x", "a", message() + ERROR, interrupting=True).replace(
                "attached", 'parallelMultiple="true" attached'
            )
        ),
    ),
    *[
        ("bpmn-instantiate", node_id, body)
        for node_id, body in (
            ("r", around(node("receiveTask", "r", messageRef="m1", instantiate="true"), "r")),
            ("r", embedded(start("s2") + receiving())),
            ("r", task() + receiving('<bpmn:standardLoopCharacteristics loopMaximum="2"/>')),
            (
                "r",
                task()
                + receiving()
                + boundary("b", "r", timer("timeDuration", "P1D"), interrupting=True)
                + chain("b", "e"),
            ),
            ("g", around(gateway("eventBased", "g", instantiate="true"), "g")),
        )
    ],
    (VALUE, "g", around(gateway("eventBased", "g", eventGatewayType="Parallel"), "g")),
    (VALUE, "g", around(gateway("eventBased", "g", eventGatewayType="Complex"), "g")),
    ("bpmn-event-condition", "x", event("<bpmn:conditionalEventDefinition/>")),
    ("bpmn-expression", "x", event(condition("1 +"))),
    ("bpmn-expression-language", "x", event(condition("true", language="groovy"))),
    ("bpmn-event-gateway", "g", raced(catch("x", link("l")))),
    ("bpmn-event-definition", "s2", task() + handler("")),
    (VALUE, "s2", task() + handler(message(), isInterrupting="1")),
    (VALUE, "sub", task() + handler(message()).replace('ByEvent="true"', 'ByEvent="1"')),
    (VALUE, "s2", task() + handler(ERROR, isInterrupting="false")),
    ("bpmn-event-sub-process", "sub", task() + handler(message()) + chain("a", "sub")),
    (
        "bpmn-event-sub-process",
        "sub",
        task()
        + handler(message()).replace(
            "<bpmn:startEvent",
            '<bpmn:standardLoopCharacteristics loopMaximum="2"/><bpmn:startEvent',
        ),
    ),
    ("bpmn-timer-cycle", "s2", task() + handler(timer("timeCycle", "R/P1D"))),
    (
        VALUE,
        "a",
        task(
            '<bpmn:multiInstanceLoopCharacteristics behavior="Some"><bpmn:loopCardinality>2'
            "</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
        ),
    ),
    ("bpmn-extension", "a", task(ext('<dw:decision ref="x" result="y"/>'))),
    ("bpmn-extension", "a", task(ext("<dw:unknown/>"))),
    ("bpmn-extension-attribute", "a", task(ext('<dw:task step="one"/>'))),
    ("bpmn-extension-attribute", "a", task(ext('<dw:task colour="red"/>'))),
    ("bpmn-extension-attribute", "a", task(ext('<dw:task return="always"/>'))),
    ("bpmn-extension-attribute", "a", task(ext('<dw:outcome id="ok"/>'))),
    ("bpmn-extension-attribute", "a", task(ext('<dw:outcome id="好" name="好"/>'))),
    ("bpmn-no-id", "p", task() + '<bpmn:userTask name="x"/>'),
    ("bpmn-duplicate-id", "a", task() + user("a")),
    ("bpmn-id-reserved", "a [child]", around(user("a [child]"), "a [child]")),
    ("bpmn-id-reserved", "a.BoundaryEventSplit", around(user("a.BoundaryEventSplit"), "a")),
    ("bpmn-flow-end", "f_a_nowhere", task() + flow("a", "nowhere")),
    (
        "bpmn-flow-end",
        "f_a_x",
        around(
            user("a")
            + node(
                "subProcess", "sub", start("s2") + user("x") + end("e2") + chain("s2", "x", "e2")
            ),
            "a",
            "sub",
        )
        + flow("a", "x"),
    ),
    (
        "bpmn-condition-place",
        "f_s_a",
        start() + user("a") + end() + flow("s", "a", "true") + chain("a", "e"),
    ),
    ("bpmn-condition-place", "f2", fork("exclusive", ("x = 1", "true"), default="f2")),
    ("bpmn-condition-place", "f1", fork("parallel", ("x = 1", None))),
    ("bpmn-no-condition", "f1", fork("exclusive", (None, None), default="f2")),
    ("bpmn-no-condition", "f1", fork("inclusive", (None, "x = 1"))),
    ("bpmn-default-flow", "g", fork("exclusive", ("x = 1", "x = 2"), default="f9")),
    (
        "bpmn-no-condition",
        "f_a_e",
        task().replace(
            '<bpmn:sequenceFlow id="f_a_e" sourceRef="a" targetRef="e">',
            '<bpmn:sequenceFlow id="f_a_e" sourceRef="a" targetRef="e"><bpmn:conditionExpression/>',
        ),
    ),
    ("bpmn-incoming", "s", task() + gateway("exclusive", "g") + chain("g", "s")),
    ("bpmn-outgoing", "e", task() + user("b") + chain("e", "b")),
    ("bpmn-dead-end", "g", start() + gateway("eventBased", "g") + end() + chain("s", "g")),
    ("bpmn-unreachable", "b", task() + user("b") + chain("b", "e")),
    ("bpmn-start-count", "sub", embedded(start("s2") + start("s3") + chain("s3", "x"))),
    (
        "bpmn-start-count",
        "sub",
        task() + handler(message()).replace(end("e2"), end("e2") + node("startEvent", "s3")),
    ),
    ("bpmn-too-deep", "sub40", nested(42)),
    ("bpmn-too-many-nodes", "p", start() + user(*(f"t{n}" for n in range(300))) + end()),
    ("bpmn-event-definition", "x", event("")),
    (
        "bpmn-event-definition",
        "x",
        task() + boundary("x", "a", "", interrupting=True) + end("e2") + chain("x", "e2"),
    ),
    (
        "bpmn-attached-to",
        "x",
        task() + boundary("x", "s", message(), interrupting=True) + end("e2") + chain("x", "e2"),
    ),
    (
        "bpmn-attached-to",
        "x",
        task() + boundary("x", "gone", message(), interrupting=True) + end("e2") + chain("x", "e2"),
    ),
    ("bpmn-message", "x", event(message("m9"))),
    ("bpmn-message", "r", around(node("sendTask", "r", messageRef="m9"), "r")),
    ("bpmn-message", "x", event(message() + message("m9"), "intermediateThrowEvent")),
    *[
        ("bpmn-event-reference", "x", event(f"<bpmn:{kind}EventDefinition {given}/>", tag))
        for kind, given, tag in (
            ("signal", "", "intermediateCatchEvent"),
            ("signal", 'signalRef="s9"', "intermediateThrowEvent"),
            ("escalation", 'escalationRef="x9"', "intermediateThrowEvent"),
        )
    ],
    (
        "bpmn-event-reference",
        "x",
        aside(boundary("x", "a", ERROR.replace("/>", ' errorRef="e9"/>'), interrupting=True)),
    ),
    (VALUE, "x", aside(boundary("x", "a", ERROR, interrupting=False))),
    ("bpmn-link", "x", around(catch("y", link("l")), "y") + chain_link("x", "other")),
    ("bpmn-link", "x", event(link("l"))),
    ("bpmn-link", "x", chain_link("x", " ") + around(catch("y", link(" ")), "y")),
    (
        "bpmn-link",
        "x",
        chain_link("x", "l") + catch("y1", link("l")) + catch("y2", link("l")),
    ),
    ("bpmn-incoming", "y", around(catch("y", link("l")), "y")),
    ("bpmn-outgoing", "x", event(link("l"), "intermediateThrowEvent")),
    ("bpmn-timer", "x", event("<bpmn:timerEventDefinition/>")),
    ("bpmn-timer", "x", event(timer("timeDate", " "))),
    ("bpmn-timer-cycle", "x", event(timer("timeCycle", "R/P1D"))),
    (
        "bpmn-timer-months",
        "x",
        task()
        + boundary("x", "a", timer("timeCycle", "R/P1M"), interrupting=False)
        + end("e2")
        + chain("x", "e2"),
    ),
    (
        "bpmn-timer-months",
        "x",
        task()
        + boundary("x", "a", timer("timeCycle", '="R/P1Y"'), interrupting=False)
        + end("e2")
        + chain("x", "e2"),
    ),
    ("bpmn-expression", "f1", fork("exclusive", ("x = = 1", None), default="f2")),
    ("bpmn-expression", "f1", fork("exclusive", ("${x}", None), default="f2")),
    ("bpmn-expression", "x", event(timer("timeDate", "today( +"))),
    (
        "bpmn-expression",
        "n",
        around(
            node(
                "serviceTask", "n", ext('<dw:operation name="o"/><dw:input name="x" value="1 +"/>')
            ),
            "n",
        ),
    ),
    ("bpmn-expression", "a", loop("<bpmn:loopCardinality>1 +</bpmn:loopCardinality>")),
    (
        "bpmn-expression",
        "a",
        loop(COLLECTION + ITEM + "<bpmn:completionCondition>)</bpmn:completionCondition>"),
    ),
    (
        "bpmn-expression-language",
        "f1",
        fork("exclusive", ("x = 1", None), default="f2").replace(
            "<bpmn:conditionExpression>", '<bpmn:conditionExpression language="groovy">'
        ),
    ),
    (
        "bpmn-event-gateway",
        "g",
        start() + gateway("eventBased", "g") + user("a") + end() + chain("s", "g", "a", "e"),
    ),
    (
        "bpmn-event-gateway",
        "g",
        fork("exclusive", ("x = 1", None), default="f2").replace(
            "exclusiveGateway", "eventBasedGateway"
        ),
    ),
    *[("bpmn-ad-hoc", element, ad_hoc(inner)) for element, inner in AD_HOC],
    (VALUE, "b", ad_hoc(user("x"), ordering="Any")),
    ("bpmn-expression", "b", ad_hoc(f"<{DONE}>1 +</{DONE}>" + user("x"))),
    ("bpmn-unsupported-attribute", "b", ad_hoc(user("x"), triggeredByEvent="false")),
    ("bpmn-complex-gateway", "k", meeting("")),
    ("bpmn-complex-gateway", "k", meeting("true") + flow("x", "k", flow_id="twice")),
    ("bpmn-expression", "k", meeting("1 +")),
    ("bpmn-loop", "a", loop("")),
    *[("bpmn-loop-behavior", "a", behaves(*case)) for case in BEHAVIORS],
    *[("bpmn-countersign", "a", countersigned(rule)) for rule in COUNTERSIGNS],
    ("bpmn-countersign", "a", task(ext('<dw:countersign rule="any" agrees="x" result="r"/>'))),
    ("bpmn-expression", "a", countersigned('rule="count" value="1 +"')),
    ("bpmn-extension-attribute", "a", countersigned('rule="most"')),
    ("bpmn-loop", "a", loop(COLLECTION + ITEM + "<bpmn:loopCardinality>2</bpmn:loopCardinality>")),
    ("bpmn-loop-items", "a", loop(COLLECTION)),
    ("bpmn-loop-items", "a", loop(COLLECTION + ITEM + '<bpmn:outputDataItem name="vote"/>')),
    ("bpmn-loop-items", "a", loop(COLLECTION.replace("people", "a.b") + ITEM)),
    ("bpmn-loop-cardinality", "a", loop("<bpmn:loopCardinality>-1</bpmn:loopCardinality>")),
    ("bpmn-loop-cardinality", "a", loop("<bpmn:loopCardinality>1.5</bpmn:loopCardinality>")),
    ("bpmn-loop-cardinality", "a", task('<bpmn:standardLoopCharacteristics loopMaximum="0"/>')),
    ("bpmn-loop-end", "a", task("<bpmn:standardLoopCharacteristics/>")),
    *misdrawn_compensation.REFUSED,
]


@pytest.mark.parametrize(("code", "element_id", "body"), REFUSED, ids=labels(REFUSED))
def test_refused(code: str, element_id: str | None, body: str) -> None:
    assert (code, element_id) in codes(body)
    assert Severity.ERROR is PROBLEMS[code].severity


WARNED = [
    ("bpmn-foreign-extension", "a", task(ext("<camunda:properties/>"))),
    (
        "bpmn-foreign-extension",
        "a",
        task().replace("<bpmn:userTask", '<bpmn:userTask camunda:x="1"'),
    ),
    ("bpmn-drawing-only", "store", task() + STORE),
    (
        "bpmn-drawing-only",
        "a",
        task(
            "<bpmn:dataOutputAssociation><bpmn:targetRef>o</bpmn:targetRef>"
            "</bpmn:dataOutputAssociation>"
        )
        + OBJECT,
    ),
    ("bpmn-data-repeated", "p", task() + OBJECT + OBJECT.replace('id="o"', 'id="o3"')),
]


@pytest.mark.parametrize(("code", "element_id", "body"), WARNED, ids=labels(WARNED))
def test_warned(code: str, element_id: str, body: str) -> None:
    assert {(code, element_id)} == codes(body)
    assert Severity.WARNING is PROBLEMS[code].severity


FOLDER = [
    ("bpmn-event-reference", "e", start() + end("e", ERROR) + chain("s", "e")),
    (
        "bpmn-event-reference",
        "x",
        event("<bpmn:escalationEventDefinition/>", "intermediateThrowEvent"),
    ),
    (VALUE, "s", node("startEvent", "s", isInterrupting="false") + end() + chain("s", "e")),
    ("bpmn-start-count", "p", task() + start("s2") + chain("s2", "e")),
    ("bpmn-start-count", "p", user("a") + end() + chain("a", "e")),
    ("bpmn-start-count", "p", node("startEvent", "s", message()) + end() + chain("s", "e")),
    (
        "bpmn-start-count",
        "sub",
        around(node("subProcess", "sub", user("x") + end("e2") + chain("x", "e2")), "sub"),
    ),
    ("bpmn-message", "x", event("<bpmn:messageEventDefinition/>")),
    ("bpmn-message", "r", around(node("receiveTask", "r"), "r")),
    ("bpmn-message", "x", event("<bpmn:messageEventDefinition/>", "intermediateThrowEvent")),
    ("bpmn-no-lane", "a", task()),
    ("bpmn-quantity", "a", task(startQuantity="2")),
    ("bpmn-quantity", "a", task(completionQuantity="2")),
    ("bpmn-no-shape", "f_s_a", task()),
    ("bpmn-plain-task", "x", around(node("task", "x"), "x")),
    ("bpmn-ad-hoc-lane", "b", ad_hoc(user("x"))),
    ("bpmn-ad-hoc-lane", "x", ad_hoc(user("x"))),
    ("bpmn-no-decision", "x", around(node("businessRuleTask", "x"), "x")),
    ("bpmn-no-operation", "x", around(node("serviceTask", "x"), "x")),
    ("bpmn-no-default", "g", fork("exclusive", ("x = 1", "x = 2"))),
    ("bpmn-no-default", "g", fork("inclusive", ("x = 1", "x = 2"))),
    ("bpmn-no-default", "a", start() + user("a") + end() + chain("s", "a") + flow("a", "e", "x")),
    ("bpmn-implicit-split", "a", task() + end("e2") + chain("a", "e2")),
    (
        "bpmn-implicit-merge",
        "a",
        fork("parallel", (None, None))
        + user("a")
        + chain("a", "e1")
        + flow("g", "a", None, "f3")
        + flow("g", "a", None, "f4"),
    ),
    ("bpmn-dead-end", "b", around(gateway("parallel", "a") + user("b"), "a") + chain("a", "b")),
    ("bpmn-no-end", "p", start() + user("a") + chain("s", "a")),
    ("bpmn-id-characters", "审查", around(user("审查"), "审查")),
    ("bpmn-no-name", "a", task().replace(' name="a"', "")),
    ("bpmn-long-name", "a", task().replace('name="a"', f'name="{"长" * 17}"')),
]


@pytest.mark.parametrize(("code", "element_id", "body"), FOLDER, ids=labels(FOLDER))
def test_rules_of_our_folders_only(code: str, element_id: str, body: str) -> None:
    assert (code, element_id) in codes(body, foreign=False)
    assert code not in {found for found, _ in codes(body)}


def test_files_without_a_process_to_run() -> None:
    assert [f.code for f in findings(b"<a/>")] == ["bpmn-not-bpmn"]
    assert [f.code for f in findings(f"{HEAD}</bpmn:definitions>".encode())] == ["bpmn-no-process"]
    idle = document(task()).replace(b'"true"', b'"false"')
    assert [f.code for f in findings(idle, foreign=False)] == ["bpmn-no-process"]
    assert [f.code for f in findings(idle)] == []


def two_processes(second: str) -> bytes:
    one = '<bpmn:process id="p1" isExecutable="true">' + start() + end() + chain("s", "e")
    two = f'<bpmn:process id="p2" isExecutable="{second}">' + start("s2") + end("e2")
    closed = "</bpmn:process>"
    return f"{HEAD}{one}{closed}{two}{chain('s2', 'e2')}{closed}</bpmn:definitions>".encode()


def test_several_processes() -> None:
    assert list_processes(two_processes("true"), "x.bpmn") == ("p1", "p2")
    assert [f.code for f in findings(two_processes("true"))] == []
    found = findings(two_processes("true"), foreign=False)
    assert "bpmn-several-processes" in {f.code for f in found}
    found = findings(two_processes("false"), foreign=False)
    assert ("bpmn-idle-process", "p2") in {(f.code, f.element_id) for f in found}


def test_all_obstacles_are_listed_with_words_and_a_way_out() -> None:
    body = (
        start()
        + node("userTask", "i", "<bpmn:callConversation/>")
        + node("userTask", "t", "<bpmn:sound/>")
        + catch("x", "<bpmn:compensateEventDefinition/>")
        + end()
        + chain("s", "i", "t", "x", "e")
    )
    with pytest.raises(DefinitionError) as refused:
        parse_process(document(body), "x.bpmn", foreign=True)
    found = {f.element_id: f for f in refused.value.findings if f.code == ELEMENT}
    assert {"i", "t", "x"} == set(found)
    assert found["i"].reason == "该元素（callConversation）目前不能运行。"
    assert {f.code for f in refused.value.findings} == {ELEMENT}
    assert all(f.remedy and f.reason_en and f.path == "x.bpmn" for f in found.values())
    assert "x.bpmn#i" in str(refused.value)


def test_every_problem_of_the_catalogue_is_tested() -> None:
    tested = {code for code, _, _ in (*REFUSED, *WARNED, *FOLDER)}
    explored = {
        "bpmn-deadlock",
        "bpmn-doubled-token",
        "bpmn-dead-node",
        "bpmn-no-way-out",
        "bpmn-endless-circle",
    }
    elsewhere = {
        "bpmn-correlation",
        "bpmn-not-bpmn",
        "bpmn-repeated-process",
        "bpmn-no-process",
        "bpmn-several-processes",
        "bpmn-idle-process",
        "bpmn-unreadable",
    }
    assert set(PROBLEMS) == tested | elsewhere | explored


def test_a_sound_process_has_no_findings() -> None:
    assert set() == codes(fork("exclusive", ("x = 1", None), default="f2"))


@pytest.mark.parametrize("body", misdrawn_compensation.FINE)
def test_sound_compensation_has_no_findings(body: str) -> None:
    assert set() == codes(body)


def test_member_development_may_run() -> None:
    definition = parse_process(MEMBER_DEVELOPMENT.read_bytes(), "process.bpmn")
    assert definition.id == "member_development"
