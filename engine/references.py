"""What a BPMN file refers to: qualified names without prefix, shared event definitions in place.

References between elements are qualified names (BPMN 2.0.2 section 15.3.2); ids are unique over the
files of one deployment, so the local part decides.  An event may own its event definitions or refer
to definitions at the root of the file by `eventDefinitionRef` (section 10.5.1); after `resolve`
every event owns them.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Final

from lxml import etree

from engine.bpmn_names import BPMN, bpmn, local_name, namespace

_REFERENCES: Final = frozenset(
    {
        "activityRef",
        "attachedToRef",
        "correlationKeyRef",
        "correlationPropertyRef",
        "errorRef",
        "escalationRef",
        "messageRef",
        "operationRef",
        "processRef",
        "signalRef",
    }
)
_REFERRING: Final = ("correlationPropertyRef", "eventDefinitionRef")
"""Elements whose text is a reference."""
_CONNECTIONS: Final = ("messageFlow", "association")
_ENDS: Final = ("sourceRef", "targetRef", "messageRef")


def resolve(root: etree._Element) -> etree._Element:
    """Drop the prefixes of references and put shared event definitions where they are used.

    Changes `root` and returns it.  References to event definitions that do not exist stay, to be
    refused by the checks.
    """
    for element in root.iter():
        if namespace(element.tag) == BPMN:
            _drop_prefixes(element)
    shared = {item.get("id"): item for item in root if item.tag.endswith("EventDefinition")}
    for reference in list(root.iter(bpmn("eventDefinitionRef"))):
        event, definition = reference.getparent(), shared.get((reference.text or "").strip())
        if event is not None and definition is not None:
            own = deepcopy(definition)
            del own.attrib["id"]
            event.replace(reference, own)
    return root


def _drop_prefixes(element: etree._Element) -> None:
    tag = local_name(element.tag)
    names = _ENDS if tag in _CONNECTIONS else _REFERENCES
    for name in element.attrib:
        if name in names:
            element.set(name, _local_part(element, element.get(name, "")))
    if tag in _REFERRING:
        element.text = _local_part(element, element.text or "")


def _local_part(element: etree._Element, reference: str) -> str:
    """Return a reference without its prefix, if that is one the file declares."""
    prefix, colon, name = reference.strip().partition(":")
    return name if colon and prefix in element.nsmap else reference.strip()


def referred(holder: etree._Element, kind: str) -> etree._Element | None:
    """Return the message, signal, error or escalation (`kind`) an element refers to."""
    reference = holder.get(f"{kind}Ref")
    if reference is None:
        return None
    candidates = holder.getroottree().getroot().iter(bpmn(kind))
    return next((item for item in candidates if item.get("id") == reference), None)
