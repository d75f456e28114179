"""Rules about what stands in the file: elements, attributes, extensions, ids."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from lxml import etree

from engine.bpmn_names import BPMN, DANGWU, XSI, bpmn, local_name, namespace
from engine.countersign import CountersignRule
from engine.global_tasks import global_tag
from engine.lint.document import Document, type_of
from engine.model import NodeType, ResubmitPolicy, ReturnPolicy, SkipPolicy, Tone
from engine.vocabulary import BOOLEAN, CHOICES, DRAWING, FIXED, NOT_YET, attributes_of, parts_of

_ID: Final = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)
_RESERVED_ENDINGS: Final = (
    ".BoundaryEventSplit",
    ".StartQuantity",
    ".Compensation",
    ".Cancellation",
    " [child]",
)
"""Names of what stands around an activity in the specifications."""
_ALLOWED: Final[Mapping[str, tuple[str, ...]]] = {
    **{name: (value,) for name, value in FIXED.items()},
    **CHOICES,
    **dict.fromkeys(BOOLEAN, ("true", "false")),
    **CHOICES,
}
_DIAGRAM: Final = "BPMNDiagram"

_ANY: Final = re.compile(r".+", re.DOTALL)
_TRUTH: Final = re.compile("true|false")
_NUMBER: Final = re.compile(r"\d{1,3}")
_NAME: Final = re.compile(r"[^\W\d]\w*")
_TASK: Final = frozenset({NodeType.USER_TASK})
_CALLS: Final = frozenset(
    {
        NodeType.BUSINESS_RULE_TASK,
        NodeType.SERVICE_TASK,
        NodeType.CALL_ACTIVITY,
        NodeType.SEND_TASK,
        NodeType.INTERMEDIATE_THROW_EVENT,
        NodeType.END_EVENT,
    }
)

EXTENSIONS: Final[Mapping[str, tuple[frozenset[NodeType], Mapping[str, re.Pattern[str]]]]] = {
    "task": (
        _TASK,
        {
            "form": re.compile(r"[\w-]+"),
            "step": _NUMBER,
            "stage": _NUMBER,
            "return": re.compile("|".join(ReturnPolicy)),
            "resubmit": re.compile("|".join(ResubmitPolicy)),
            "skip": re.compile("|".join(SkipPolicy)),
        },
    ),
    "outcome": (
        _TASK,
        {
            "id": _ID,
            "name": _ANY,
            "tone": re.compile("|".join(Tone)),
            "opinion": re.compile("optional|required"),
        },
    ),
    "decision": (frozenset({NodeType.BUSINESS_RULE_TASK}), {"ref": _ANY, "result": _NAME}),
    "operation": (frozenset({NodeType.SERVICE_TASK}), {"name": _ANY}),
    "countersign": (
        _TASK,
        {
            "rule": re.compile("|".join(CountersignRule)),
            "agrees": _ANY,
            "result": _NAME,
            "value": _ANY,
            "weight": _ANY,
            "strict": _TRUTH,
            "waitForAll": _TRUTH,
        },
    ),
    "output": (frozenset({NodeType.CALL_ACTIVITY}), {"name": _NAME, "value": _ANY}),
    "input": (_CALLS, {"name": _NAME, "value": _ANY}),
    "process": (frozenset(), {}),
}
_REQUIRED: Final[Mapping[str, frozenset[str]]] = {
    "outcome": frozenset({"id", "name"}),
    "decision": frozenset({"ref", "result"}),
    "operation": frozenset({"name"}),
    "countersign": frozenset({"rule", "agrees", "result"}),
    "input": frozenset({"name", "value"}),
    "output": frozenset({"name", "value"}),
}


def _walk(document: Document) -> Iterator[etree._Element]:
    """All BPMN elements that matter, without the drawing and without refused subtrees."""
    pending = [document.root]
    while pending:
        element = pending.pop(0)
        yield element
        parts = parts_of(local_name(element.tag)) or frozenset()
        pending.extend(
            child
            for child in element
            if namespace(child.tag) == BPMN
            and local_name(child.tag) in parts
            and not (child.tag == bpmn("process") and child is not document.process)
        )


def _attributes(element: etree._Element) -> list[tuple[str, str]]:
    return [(str(name), str(value)) for name, value in element.attrib.items()]


def elements(document: Document) -> None:
    """Refuse every element whose meaning we would lose; name those that mean nothing."""
    for element in _walk(document):
        tag = local_name(element.tag)
        if tag in DRAWING:
            document.report("bpmn-drawing-only", element, tag=tag)
        if tag == "extensionElements":
            continue
        allowed = parts_of(tag) or frozenset()
        for child in element:
            name = local_name(child.tag)
            known = namespace(child.tag) == BPMN and name in allowed
            if not known and name != _DIAGRAM:
                words = NOT_YET.get(name, "该元素")
                document.report("bpmn-unsupported-element", child, tag=name, name=words)


def attributes(document: Document) -> None:
    """Refuse attributes we would ignore, and values we do not run."""
    for element in _walk(document):
        tag = local_name(element.tag)
        allowed = attributes_of(tag)
        for full_name, value in _attributes(element):
            name = local_name(full_name)
            if namespace(full_name) is not None:
                continue
            if name not in allowed:
                document.report("bpmn-unsupported-attribute", element, attribute=name)
            elif value not in _ALLOWED.get(name, {value}):
                document.report(
                    "bpmn-unsupported-value",
                    element,
                    attribute=name,
                    value=value,
                    allowed=" / ".join(_ALLOWED[name]),
                )


def foreign_extensions(document: Document) -> None:
    """Name the extensions of other tools, once per element and namespace."""
    for element in _walk(document):
        if element.tag == bpmn("extensionElements"):
            names = [child.tag for child in element]
        else:
            names = [str(name) for name in element.attrib]
        others = {namespace(name) for name in names} - {None, BPMN, DANGWU, XSI}
        for uri in sorted(uri for uri in others if uri is not None):
            document.report("bpmn-foreign-extension", element, namespace=uri)


def our_extensions(document: Document) -> None:
    """Hold our own extensions to their contract."""
    for element in _walk(document):
        owner = element.getparent()
        if element.tag != bpmn("extensionElements") or owner is None:
            continue
        for child in element:
            if namespace(child.tag) == DANGWU:
                _our_extension(document, owner, child)


def _our_extension(document: Document, owner: etree._Element, child: etree._Element) -> None:
    tag = local_name(child.tag)
    places, allowed = EXTENSIONS.get(tag, (frozenset(), {}))
    on_process = tag == "process" and owner.tag == bpmn("process")
    if not on_process and type_of(owner) not in places:
        document.report("bpmn-extension", owner, tag=tag)
        return
    wrong = {
        local_name(name)
        for name, value in _attributes(child)
        if name not in allowed or allowed[name].fullmatch(value) is None
    }
    missing = _REQUIRED.get(tag, frozenset()) - set(map(str, child.attrib))
    for attribute in sorted(wrong | missing):
        document.report("bpmn-extension-attribute", owner, tag=tag, attribute=attribute)


def ids(document: Document) -> None:
    """Demand ids that are present, unique, free and, in our folders, ASCII."""
    for element in (document.process, *document.nodes):
        element_id = element.get("id")
        if not element_id:
            document.report("bpmn-no-id", element, tag=local_name(element.tag))
            continue
        if element_id.endswith(_RESERVED_ENDINGS):
            document.report("bpmn-id-reserved", element, id=element_id)
        elif not document.foreign and _ID.fullmatch(element_id) is None:
            document.report("bpmn-id-characters", element, id=element_id)
    for element_id, count in Counter(e.get("id") for e in _all_with_id(document)).items():
        if count > 1:
            document.findings.add("bpmn-duplicate-id", document.path, element_id, id=element_id)


def _all_with_id(document: Document) -> Iterator[etree._Element]:
    for element in document.root.iter():
        owner = element.getparent()
        is_shared = owner is not None and global_tag(owner) is not None
        if namespace(element.tag) == BPMN and element.get("id") and not is_shared:
            yield element


RULES: Final[tuple[Callable[[Document], None], ...]] = (
    elements,
    attributes,
    foreign_extensions,
    our_extensions,
    ids,
)
