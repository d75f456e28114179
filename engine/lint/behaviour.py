"""Rules about events, loops and expressions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Final

from lxml import etree

from engine import countersign, timers
from engine.bpmn_names import bpmn, dangwu, local_name
from engine.data import loop_variable
from engine.errors import DangwuError
from engine.expressions import compile_text, feel_text
from engine.links import link_name
from engine.lint.document import Document, event_definitions, is_event_sub_process, type_of
from engine.model import NodeType
from engine.references import referred
from engine.starts import triggered_entries
from engine.timers import TimerKind
from engine.vocabulary import CATCHING, EVENT_DEFINITIONS, NOT_YET, THROWING

_WHOLE: Final = re.compile(r"\d+")
_NUMERIC: Final = re.compile(r"[-+]?\d+(\.\d+)?")
_VARIABLE: Final = re.compile(r"[^\W\d]\w*")
_EXPRESSIONS: Final = (
    "conditionExpression",
    "loopCondition",
    "loopCardinality",
    "completionCondition",
    "condition",
    "activationCondition",
    "transformation",
    "from",
    "script",
    "condition",
)
_SEVERAL: Final = 2
_COMPENSATE: Final = bpmn("compensateEventDefinition")
_ALONE: Final = frozenset({"linkEventDefinition", "cancelEventDefinition"})
_INNER: Final = frozenset(
    {
        "errorEventDefinition",
        "escalationEventDefinition",
        "compensateEventDefinition",
        "cancelEventDefinition",
    }
)
"""What is thrown inside an instance: it can neither create one nor be one of several needed."""
_REFERENCES: Final = {"signal": "信号", "error": "错误", "escalation": "升级"}
_VALUES: Final = frozenset({dangwu("input"), dangwu("output")})
_TEXTS: Final = (*_EXPRESSIONS, *TimerKind)


def definitions(document: Document) -> None:
    """Catching events have event definitions; links stand alone, and of errors none waits for more.

    Several definitions make a multiple event; `parallelMultiple` needs several.
    """
    for node in document.nodes:
        node_type = type_of(node)
        if node_type not in EVENT_DEFINITIONS:
            continue
        found = event_definitions(node)
        tags = {local_name(definition.tag) for definition in found}
        triggering = node_type is NodeType.START_EVENT and is_event_sub_process(node.getparent())
        together = node.get("parallelMultiple") == "true"
        if node_type is NodeType.START_EVENT and not triggering:
            _start(document, node, found)
        elif not found and (triggering or node_type in CATCHING):
            document.report("bpmn-event-definition", node)
        if len(found) > 1 and (tags & _ALONE or (together and tags & _INNER)):
            document.report("bpmn-multiple-event", node)
        compensating = sum(definition.tag == _COMPENSATE for definition in found)
        if compensating > (1 if node_type in THROWING else 0) and len(found) > 1:
            document.report("bpmn-multiple-event", node)
        if together and len(found) < _SEVERAL:
            document.report("bpmn-multiple-event", node)


def _start(document: Document, node: etree._Element, found: list[etree._Element]) -> None:
    """A process starts by what comes from outside, an embedded sub-process by its token only."""
    embedded = node.getparent() is not document.process
    for definition in found:
        tag = local_name(definition.tag)
        if embedded or tag in _INNER:
            words = NOT_YET.get(tag, "此处的事件定义")
            document.report("bpmn-unsupported-element", definition, tag=tag, name=words)
    if node.get("isInterrupting", "true") != "true" and not document.foreign:
        _only(document, node, "isInterrupting")


def _only(document: Document, node: etree._Element, attribute: str) -> None:
    document.report(
        "bpmn-unsupported-value", node, attribute=attribute, value="false", allowed="true"
    )


def event_sub_processes(document: Document) -> None:
    """An event sub-process stands by itself: no flows, no boundary events, no loop."""
    hosts = {node.get("attachedToRef") for node in document.nodes}
    for node in document.nodes:
        if is_event_sub_process(node) and (
            node.get("id") in hosts
            or document.incoming[node.get("id", "")]
            or document.outgoing[node.get("id", "")]
            or node.find(bpmn("multiInstanceLoopCharacteristics")) is not None
            or node.find(bpmn("standardLoopCharacteristics")) is not None
        ):
            document.report("bpmn-event-sub-process", node)


def messages(document: Document) -> None:
    """Everything that waits for or throws a message names it, at least by a message flow."""
    for node in document.nodes:
        task = type_of(node) in {NodeType.RECEIVE_TASK, NodeType.SEND_TASK}
        for holder in [node] if task else node.findall(bpmn("messageEventDefinition")):
            message = referred(holder, "message")
            named = message is not None and bool((message.get("name") or "").strip())
            unknown = message is None and holder.get("messageRef") is not None
            if unknown or not (named or document.foreign):
                document.report("bpmn-message", node)


def references(document: Document) -> None:
    """Signals, errors and escalations exist; errors and escalations need no code to be caught.

    In our folders what is thrown has one.
    """
    for node in document.nodes:
        for tag, words in _REFERENCES.items():
            catches = type_of(node) in {NodeType.BOUNDARY_EVENT, NodeType.START_EVENT}
            may_be_open = tag != "signal" and (catches or document.foreign)
            for definition in node.findall(bpmn(f"{tag}EventDefinition")):
                absent = definition.get(f"{tag}Ref") is None
                if referred(definition, tag) is None and not (absent and may_be_open):
                    document.report("bpmn-event-reference", node, what=words, tag=tag)
        if node.find(bpmn("eventDefinitionRef")) is not None:  # those that exist are in place
            tag, words = "eventDefinition", "事件定义"
            document.report("bpmn-event-reference", node, what=words, tag=tag)
        for attribute in ("cancelActivity", "isInterrupting"):
            interrupts = node.get(attribute, "true") == "true"
            if node.find(bpmn("errorEventDefinition")) is not None and not interrupts:
                _only(document, node, attribute)


def conditional_events(document: Document) -> None:
    """A conditional event has a condition."""
    for node in document.nodes:
        for definition in node.findall(bpmn("conditionalEventDefinition")):
            if not feel_text(definition.findtext(bpmn("condition")) or ""):
                document.report("bpmn-event-condition", node)


def links(document: Document) -> None:
    """Each link of a scope has a name, throw events, and one catch event."""
    for scope in document.scopes:
        events = [node for node in document.nodes_in(scope) if link_name(node) is not None]
        thrown = {link_name(e) for e in events if e.tag == bpmn("intermediateThrowEvent")}
        caught = Counter(link_name(e) for e in events if e.tag != bpmn("intermediateThrowEvent"))
        for event in events:
            name = link_name(event)
            if not name or name not in thrown or caught[name] != 1:
                document.report("bpmn-link", event)


def timer_events(document: Document) -> None:
    """A timer has one expression; cycles of constant length repeat what does not interrupt."""
    for node in document.nodes:
        for definition in node.findall(bpmn("timerEventDefinition")):
            _timer(document, node, definition)


def _timer(document: Document, node: etree._Element, definition: etree._Element) -> None:
    given = [item for kind in TimerKind for item in definition.findall(bpmn(kind))]
    texts = [feel_text(item.text or "") for item in given]
    if len(given) != 1 or not texts[0]:
        document.report("bpmn-timer", node)
    elif given[0].tag == bpmn(TimerKind.CYCLE):
        creates = node in triggered_entries(document.process)
        beside = "false" in {node.get("cancelActivity"), node.get("isInterrupting")}
        if not (creates or beside):
            document.report("bpmn-timer-cycle", node)
        if timers.has_calendar_cycle(texts[0].strip('"')):
            document.report("bpmn-timer-months", node)


def loops(document: Document) -> None:
    """A loop knows how often and over what it runs."""
    for node in document.nodes:
        instances = node.find(bpmn("multiInstanceLoopCharacteristics"))
        if instances is not None:
            _multi_instance(document, node, instances)
        repeated = node.find(bpmn("standardLoopCharacteristics"))
        if repeated is not None:
            maximum = repeated.get("loopMaximum")
            if maximum is None and repeated.find(bpmn("loopCondition")) is None:
                document.report("bpmn-loop-end", node)
            if maximum is not None and (_WHOLE.fullmatch(maximum) is None or int(maximum) < 1):
                document.report("bpmn-loop-cardinality", node, value=maximum)
        if instances is not None and repeated is not None:
            document.report("bpmn-loop", node)


def _multi_instance(document: Document, node: etree._Element, loop: etree._Element) -> None:
    cardinality = loop.find(bpmn("loopCardinality"))
    collection = _text(loop, "loopDataInputRef")
    item = loop.find(bpmn("inputDataItem"))
    outputs = _text(loop, "loopDataOutputRef")
    output_item = loop.find(bpmn("outputDataItem"))
    if (cardinality is None) == (collection is None):
        document.report("bpmn-loop", node)
    if cardinality is not None:
        text = feel_text(cardinality.text or "")
        if _NUMERIC.fullmatch(text) and _WHOLE.fullmatch(text) is None:
            document.report("bpmn-loop-cardinality", node, value=text)
    if collection is not None and not (_is_variable(node, collection) and _names(item)):
        document.report("bpmn-loop-items", node, what="输入名单")
    if (outputs is None) != (output_item is None) or (
        outputs is not None and not (_is_variable(node, outputs) and _names(output_item))
    ):
        document.report("bpmn-loop-items", node, what="输出名单")


def _is_variable(node: etree._Element, reference: str) -> bool:
    return _VARIABLE.fullmatch(loop_variable(node, reference)) is not None


def _names(item: etree._Element | None) -> bool:
    if item is None:
        return False
    return _VARIABLE.fullmatch(item.get("name") or item.get("id") or "") is not None


def _text(parent: etree._Element, tag: str) -> str | None:
    found = parent.find(bpmn(tag))
    return None if found is None else (found.text or "").strip()


def expressions(document: Document) -> None:
    """Every expression compiles and is FEEL."""
    for element in document.process.iter():
        tag = local_name(element.tag)
        if element.tag == bpmn(tag) and tag in _TEXTS:
            _expression(document, element, element.text or "", literal=tag not in _EXPRESSIONS)
            language = element.get("language", "feel")
            if "feel" not in language.lower():
                document.report("bpmn-expression-language", element, language=language)
        elif element.tag in _VALUES:
            _expression(document, element, element.get("value", ""), literal=False)
        elif element.tag == dangwu("countersign"):
            for name in ("agrees", "value", "weight"):
                _expression(document, element, element.get(name, ""), literal=False)


def _expression(document: Document, element: etree._Element, text: str, *, literal: bool) -> None:
    text = feel_text(text)
    if not text or countersign.literal(text) is not None or (literal and timers.is_literal(text)):
        return
    try:
        compile_text(text)
    except DangwuError as error:
        document.report("bpmn-expression", element, text=text, error=error.message)


RULES: Final[tuple[Callable[[Document], None], ...]] = (
    definitions,
    messages,
    references,
    conditional_events,
    event_sub_processes,
    links,
    timer_events,
    loops,
    expressions,
)
