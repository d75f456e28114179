"""What an element means in the file: its loop and its event definitions, free of mere spelling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, TypeAlias

from lxml import etree

from engine.bpmn_names import bpmn, dangwu, local_name
from engine.bpmn_xml import parse_bpmn
from engine.model import ProcessDefinition

Meaning: TypeAlias = tuple[object, ...]

_LOOPS: Final = ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics")
_CONDITIONS: Final = ("completionCondition", "loopCondition")
_NO_MEANING: Final = frozenset({"id", "type", "evaluatesToTypeRef"})
_ITEMS: Final = frozenset({bpmn("inputDataItem"), bpmn("outputDataItem")})
_BEHAVIOUR: Final = ("cancelActivity", "isInterrupting", "parallelMultiple")
"""Attributes of an event that say what happens when it fires."""


def loop_of(process: ProcessDefinition, element_id: str) -> Meaning:
    """Return what a half-done loop depends on; empty when the element is no loop."""
    loop = _loop(process, element_id)
    rules = [] if loop is None else list(_element(process, element_id).iter(dangwu("countersign")))
    return () if loop is None else (_meaning(loop, _CONDITIONS), *map(_meaning, rules))


def loop_condition_of(process: ProcessDefinition, element_id: str) -> Meaning:
    """Return the conditions that end a loop."""
    loop = _loop(process, element_id)
    if loop is None:
        return ()
    return tuple(_meaning(child) for child in loop if local_name(child.tag) in _CONDITIONS)


def trigger_kinds(process: ProcessDefinition, element_id: str) -> tuple[str, ...]:
    """Return the kinds of event definitions of an event, in document order."""
    return tuple(local_name(definition.tag) for definition in _definitions(process, element_id))


def trigger_of(process: ProcessDefinition, element_id: str) -> Meaning:
    """Return what an event waits for and does, names instead of references."""
    root = _element(process, element_id).getroottree().getroot()
    event = _event(process, element_id)
    named = _by_id(root)
    behaviour = tuple(event.get(name) for name in _BEHAVIOUR)
    waits = tuple(_meaning(item, (), named) for item in _definitions(process, element_id))
    message = named.get(event.get("messageRef", ""))
    return (behaviour, waits, None if message is None else message.get("name"))


def _event(process: ProcessDefinition, element_id: str) -> etree._Element:
    """The event itself; the start event of an event sub-process."""
    element = _element(process, element_id)
    if element.get("triggeredByEvent") == "true":
        start = element.find(bpmn("startEvent"))
        return element if start is None else start
    return element


def _definitions(process: ProcessDefinition, element_id: str) -> Iterator[etree._Element]:
    for child in _event(process, element_id):
        if local_name(child.tag).endswith(("EventDefinition", "eventDefinitionRef")):
            yield child


def _loop(process: ProcessDefinition, element_id: str) -> etree._Element | None:
    element = _element(process, element_id)
    return next((child for child in element if local_name(child.tag) in _LOOPS), None)


def _meaning(
    element: etree._Element,
    without: tuple[str, ...] = (),
    named: Mapping[str, etree._Element] | None = None,
) -> Meaning:
    """Return tag, attributes, text and children; what a reference names stands in its place."""
    attributes = tuple(
        sorted(
            (str(name), _resolved(str(name), str(value), named or {}))
            for name, value in element.attrib.items()
            if local_name(str(name)) not in _NO_MEANING
        )
    )
    children = tuple(
        _meaning(child, without, named) for child in element if local_name(child.tag) not in without
    )
    # A variable is called by its name, or by the id of its item.
    item = element.get("name") or element.get("id") if element.tag in _ITEMS else None
    return (element.tag, attributes, item, (element.text or "").strip(), children)


def _resolved(attribute: str, value: str, named: Mapping[str, etree._Element]) -> Meaning:
    target = named.get(value) if attribute.endswith("Ref") else None
    said = [] if target is None else [(k, v) for k, v in target.attrib.items() if k != "id"]
    return tuple(sorted(said)) or (value,)


def _element(process: ProcessDefinition, element_id: str) -> etree._Element:
    return _elements(process.xml)[element_id]


@lru_cache(maxsize=16)
def _elements(xml: bytes) -> dict[str, etree._Element]:
    return _by_id(parse_bpmn(xml, ""))


def _by_id(root: etree._Element) -> dict[str, etree._Element]:
    return {key: element for element in root.iter() if (key := element.get("id")) is not None}
