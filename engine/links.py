"""Link events: throw and catch events of one name in one scope are one line cut in two."""

from __future__ import annotations

from lxml import etree

from engine.bpmn_names import bpmn


def link_name(event: etree._Element) -> str | None:
    """Return the name of the link an event throws or catches; None for other events."""
    definition = event.find(bpmn("linkEventDefinition"))
    return None if definition is None else definition.get("name", "").strip()


def link_targets(event: etree._Element) -> list[etree._Element]:
    """Return the catch events a link throw event leads to; exactly one in a checked file."""
    scope = event.getparent()
    name = link_name(event)
    if scope is None or not name or event.tag != bpmn("intermediateThrowEvent"):
        return []
    return [
        catch for catch in scope.findall(bpmn("intermediateCatchEvent")) if link_name(catch) == name
    ]
