"""The names by which messages are known: of the message, else of the message flow it is drawn on.

Other tools leave messages without names and message events without messages, and draw between
which events they pass (BPMN 2.0.2 sections 8.4.11 and 9.4); procedure folders must name them.
"""

from __future__ import annotations

from typing import Final

from lxml import etree

from engine.bpmn_names import bpmn
from engine.references import referred

_TASKS: Final = (bpmn("receiveTask"), bpmn("sendTask"))


def message_holder(node: etree._Element) -> etree._Element | None:
    """Return what refers to the message of an event or task: its definition, or the task itself."""
    return node if node.tag in _TASKS else node.find(bpmn("messageEventDefinition"))


def given_name(holder: etree._Element) -> str | None:
    """Return the name of the message an event definition or task refers to, if it has one.

    A message without name is known by its id.
    """
    message = referred(holder, "message")
    if message is None:
        return None
    return (message.get("name") or "").strip() or message.get("id")


def message_name(holder: etree._Element) -> str:
    """Return the name of the message an event definition or task waits for or throws.

    Without a message of its own it is that of the message flow at this place, or of the event at
    its other end, else the id of the place where it arrives.
    """
    found = given_name(holder)
    if found is not None:
        return found
    node = holder if holder.tag in _TASKS else holder.getparent()
    place = node.get("id", "") if node is not None else ""
    target = place
    for flow in holder.getroottree().getroot().iter(bpmn("messageFlow")):
        if place in {flow.get("sourceRef"), flow.get("targetRef")}:
            named = given_name(flow)
            if named is not None:
                return named
            target = flow.get("targetRef", "")
    return _awaited_at(holder, target) if target != place else place


def _awaited_at(holder: etree._Element, place: str) -> str:
    """Return the name of the message awaited at the other end of a message flow."""
    for node in holder.getroottree().getroot().iter():
        if node.get("id") == place:
            other = message_holder(node)
            name = given_name(other) if other is not None else None
            return name or place
    return place
