"""Associations that mean something: from a compensation boundary event to its handler."""

from __future__ import annotations

from lxml import etree

from engine.bpmn_names import bpmn


def is_compensation(event: etree._Element) -> bool:
    """Whether an event catches or throws compensation."""
    return event.find(bpmn("compensateEventDefinition")) is not None


def is_for_compensation(activity: etree._Element) -> bool:
    """Whether an activity only undoes another one."""
    return activity.get("isForCompensation") == "true"


def handlers_of(event: etree._Element) -> list[etree._Element]:
    """Return the activities for compensation a boundary event is associated with.

    Exactly one in a checked file; the association may be drawn in either direction.
    """
    scope = event.getparent()
    if scope is None or not is_compensation(event) or event.tag != bpmn("boundaryEvent"):
        return []
    event_id = event.get("id")
    others = set()
    for association in event.getroottree().iter(bpmn("association")):
        ends = [association.get("sourceRef"), association.get("targetRef")]
        if event_id in ends:
            others.update(ends)
    return [
        element for element in scope if element.get("id") in others and is_for_compensation(element)
    ]
