"""Rules about multi-instance activities: what they throw, and when a countersign has decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from lxml import etree

from engine.bpmn_names import bpmn, dangwu, local_name
from engine.countersign import CountersignRule, literal
from engine.lint.document import Document, event_definitions

_LOOP: Final = "multiInstanceLoopCharacteristics"
_REFERENCES: Final[Mapping[str, str]] = {
    "None": "noneBehaviorEventRef",
    "One": "oneBehaviorEventRef",
}
_NAMED: Final[Mapping[str, str]] = {
    "signalEventDefinition": "signal",
    "messageEventDefinition": "message",
    "errorEventDefinition": "error",
    "escalationEventDefinition": "escalation",
}
_WITH_VALUE: Final = frozenset(
    {CountersignRule.COUNT, CountersignRule.RATIO, CountersignRule.WEIGHT}
)
_WITH_WEIGHT: Final = frozenset({CountersignRule.RATIO, CountersignRule.WEIGHT})


def behaviors(document: Document) -> None:
    """A loop that throws events says which; one that throws none names none."""
    for node in document.nodes:
        loop = node.find(bpmn(_LOOP))
        if loop is None:
            continue
        behavior = loop.get("behavior", "All")
        for owner, attribute in _REFERENCES.items():
            reference = loop.get(attribute)
            if (reference is not None) != (behavior == owner):
                document.report("bpmn-loop-behavior", node, behavior=behavior)
            elif reference is not None:
                _definition(document, node, _root_definition(document, reference))
        complex_ones = loop.findall(bpmn("complexBehaviorDefinition"))
        if bool(complex_ones) != (behavior == "Complex"):
            document.report("bpmn-loop-behavior", node, behavior=behavior)
        for definition in complex_ones:
            _complex(document, node, definition)


def _root_definition(document: Document, reference: str) -> etree._Element | None:
    return next((item for item in document.root if item.get("id") == reference), None)


def _complex(document: Document, node: etree._Element, definition: etree._Element) -> None:
    condition = (definition.findtext(bpmn("condition")) or "").strip()
    event = definition.find(bpmn("event"))
    found = event_definitions(event) if event is not None else []
    if not condition or len(found) != 1:
        document.report("bpmn-loop-behavior", node, behavior="Complex")
        return
    _definition(document, node, found[0])


def _definition(
    document: Document, node: etree._Element, definition: etree._Element | None
) -> None:
    """An event to throw is one of four kinds, and what it names exists."""
    tag = local_name(definition.tag) if definition is not None else ""
    kind = _NAMED.get(tag)
    if definition is None or kind is None:
        document.report("bpmn-loop-behavior", node, behavior="event")
        return
    named = {item.get("id"): item for item in document.root.iter(bpmn(kind))}
    found = named.get(definition.get(f"{kind}Ref"))
    if found is None or (kind == "message" and not (found.get("name") or "").strip()):
        document.report("bpmn-loop-behavior", node, behavior="event")


def unused_definitions(document: Document) -> None:
    """An event definition of its own at the top of a file is there for a loop to throw."""
    used = {
        loop.get(attribute)
        for loop in document.root.iter(bpmn(_LOOP))
        for attribute in _REFERENCES.values()
    }
    for definition in event_definitions(document.root):
        if definition.get("id") not in used:
            name = local_name(definition.tag)
            document.report("bpmn-drawing-only", definition, tag=name)


def countersigns(document: Document) -> None:
    """A countersign rule stands on a multi-instance task and has what its kind needs."""
    for node in document.nodes:
        rules = node.findall(f"{bpmn('extensionElements')}/{dangwu('countersign')}")
        if not rules:
            continue
        if len(rules) > 1 or node.find(bpmn(_LOOP)) is None:
            document.report("bpmn-countersign", node, what="只能在多实例用户任务上写一条规则")
        for rule in rules:
            if rule.get("rule") in set(CountersignRule):
                _countersign(document, node, rule, CountersignRule(rule.get("rule", "")))


def _countersign(
    document: Document, node: etree._Element, element: etree._Element, rule: CountersignRule
) -> None:
    value, weight = element.get("value"), element.get("weight")
    if (value is not None) != (rule in _WITH_VALUE):
        what = f"{rule.value} 须写明 value" if value is None else f"{rule.value} 不用 value"
        document.report("bpmn-countersign", node, what=what)
    if rule is CountersignRule.WEIGHT and weight is None:
        document.report("bpmn-countersign", node, what="weight 须写明每人的权重 weight")
    if weight is not None and rule not in _WITH_WEIGHT:
        document.report("bpmn-countersign", node, what=f"{rule.value} 不用 weight")
    if element.get("strict") is not None and rule not in _WITH_VALUE:
        document.report("bpmn-countersign", node, what=f"{rule.value} 不用 strict")
    share = literal(value or "")
    if share is not None and (share <= 0 or (rule is CountersignRule.RATIO and share > 1)):
        document.report("bpmn-countersign", node, what="value 应大于零，比例不超过一")


RULES: Final[tuple[Callable[[Document], None], ...]] = (
    behaviors,
    unused_definitions,
    countersigns,
)
