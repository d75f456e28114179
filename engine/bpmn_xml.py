"""BPMN files as XML: references resolved, global tasks unfolded, an id on every sequence flow.

The standard lets flows go without (XSD: `id` is optional), but defaults, regions and the library
underneath tell flows apart by their ids.  The same bytes always get the same ids.
"""

from __future__ import annotations

from itertools import count

from lxml import etree

from engine.bpmn_names import bpmn
from engine.global_tasks import unfold
from engine.references import resolve
from engine.xml import parse_xml


def parse_bpmn(data: bytes, path: str) -> etree._Element:
    """Return the root element of a BPMN file; raises DefinitionError as `parse_xml` does."""
    root = unfold(resolve(parse_xml(data, path)))
    taken = {element.get("id") for element in root.iter()}
    names = (name for number in count(1) if (name := f"flow_{number}") not in taken)
    for flow in root.iter(bpmn("sequenceFlow")):
        if not flow.get("id"):
            flow.set("id", next(names))
    return root
