"""Data in a diagram: which variables an element declares, and what is mapped into and out of it.

BPMN 2.0.2 section 10.4.1 gives data objects and properties to a process, a sub-process or an
activity, inputs and outputs to an activity or a process, and lets data associations copy between
them.  Every one of them is a variable of its scope here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from lxml import etree

from engine.bpmn_names import BPMN, bpmn, dangwu, local_name, namespace
from engine.errors import DangwuError
from engine.expressions import compile_text, feel_text
from engine.model import Value

Declared = tuple[tuple[str, Value], ...]
Mappings = tuple[tuple[str, str], ...]

ITEMS: Final = frozenset(
    {"dataObject", "property", "dataInput", "dataOutput", "inputDataItem", "outputDataItem"}
)
"""Elements that are variables."""
STORES: Final = frozenset({"dataStore", "dataStoreReference"})
OF_ACTIVITY: Final = frozenset({"dataInput", "dataOutput"})
_DECLARING: Final = ("dataObject", "property")
_LOOP: Final = "multiInstanceLoopCharacteristics"
_WORD: Final = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Association:
    """A data association as it is drawn: ids of what it reads and writes, and how.

    `assignments` are (to, from) as written.
    """

    element: etree._Element
    sources: tuple[str, ...]
    target: str
    transformation: str | None
    assignments: tuple[tuple[str, str], ...]

    @property
    def is_drawing(self) -> bool:
        """Whether it names one end only, as drawing tools leave it: then nothing is copied."""
        one_end = not self.sources or not self.target
        return one_end and self.transformation is None and not self.assignments


@lru_cache(maxsize=4096)
def is_variable(name: str) -> bool:
    """Whether FEEL takes `name` for a variable: not for a literal, nor for part of an operator."""
    try:
        return (
            _WORD.fullmatch(name) is not None and compile_text(name).evaluate({name: name}) == name
        )
    except DangwuError:
        return False


def item(around: etree._Element, reference: str) -> etree._Element | None:
    """Return the variable element of the process around an element that an id refers to.

    References to data objects are followed; a data store is returned as its reference.
    """
    process = _process(around)
    for element in process.iter() if process is not None and reference else ():
        if element.get("id") != reference or namespace(element.tag) != BPMN:
            continue
        tag = local_name(element.tag)
        if tag == "dataObjectReference":
            return item(around, element.get("dataObjectRef", ""))
        if tag in ITEMS or tag in STORES:
            return element
    return None


def variable_name(element: etree._Element) -> str | None:
    """Return the variable a data element stands for; None when neither name nor id can be one.

    A data object without a name of its own takes that of its first reference.
    """
    names = [element.get("name")]
    process = _process(element)
    if element.tag == bpmn("dataObject") and process is not None:
        names += [
            reference.get("name")
            for reference in process.iter(bpmn("dataObjectReference"))
            if reference.get("dataObjectRef") == element.get("id")
        ]
    names.append(element.get("id"))
    return next((name for name in names if name and is_variable(name)), None)


def declaring(element: etree._Element) -> Iterator[etree._Element]:
    """The data elements a process or activity declares itself."""
    for tag in _DECLARING:
        yield from element.findall(bpmn(tag))
    specification = element.find(bpmn("ioSpecification"))
    if specification is not None:
        yield from specification.findall(bpmn("dataInput"))
        yield from specification.findall(bpmn("dataOutput"))


def declared(element: etree._Element) -> Declared:
    """Return the variables a process or activity declares, with what they begin with."""
    found: dict[str, Value] = {}
    for data in declaring(element):
        name = variable_name(data)
        if name is not None:
            found[name] = [] if data.get("isCollection") == "true" else None
    return tuple(found.items())


def all_associations(activity: etree._Element, tag: str) -> Iterator[Association]:
    """The data associations of an activity as they are drawn.

    `tag` is dataInputAssociation or dataOutputAssociation.
    """
    return map(_association, activity.findall(bpmn(tag)))


def associations(activity: etree._Element, tag: str) -> tuple[Association, ...]:
    """Return the data associations of an activity that copy into variables at entry or completion.

    What a loop takes its items from or collects its results in is the loop's business, and what is
    written to data stores leaves the instance.
    """
    loop = _loop_references(activity)
    return tuple(
        found
        for found in all_associations(activity, tag)
        if not found.is_drawing
        and not loop.intersection((*found.sources, found.target))
        and not _is_store(activity, found.target)
    )


def _is_store(activity: etree._Element, reference: str) -> bool:
    element = item(activity, reference)
    return element is not None and local_name(element.tag) in STORES


def data_mappings(activity: etree._Element, tag: str, extension: str | None) -> Mappings:
    """Return what the data associations of a checked activity and our extension copy.

    Each is (variable written, FEEL text); `extension` is the name of our element, if it applies.
    """
    found = [
        mapping
        for association in associations(activity, tag)
        for mapping in _mapped(activity, association)
    ]
    extensions = activity.find(bpmn("extensionElements"))
    if extensions is not None and extension is not None:
        found += [
            (entry.get("name", ""), feel_text(entry.get("value", "")))
            for entry in extensions.findall(dangwu(extension))
        ]
    return tuple(found)


def written_variable(activity: etree._Element, to: str) -> str | None:
    """Return the variable an assignment writes: named by the id of a data element, or by name."""
    element = item(activity, to)
    if element is not None:
        return variable_name(element)
    return to if is_variable(to) else None


def loop_variable(activity: etree._Element, reference: str) -> str:
    """Return the variable a loop takes its items from or collects its results in.

    The reference is the name of a variable, the id of a data element, or the id of an input or
    output of the activity, which stands for what a data association connects it with.
    """
    element = item(activity, reference.strip())
    if element is None:
        return reference.strip()
    if local_name(element.tag) in OF_ACTIVITY:
        other = connected(activity, element.get("id", ""))
        if other is not None:
            return loop_variable(activity, other)
    return variable_name(element) or reference.strip()


def connected(activity: etree._Element, reference: str) -> str | None:
    """Return what a data association simply copies an input of an activity from or an output to."""
    for tag in ("dataInputAssociation", "dataOutputAssociation"):
        for found in all_associations(activity, tag):
            other = _other_end(found, reference)
            if other:
                return other
    return None


def _other_end(association: Association, reference: str) -> str | None:
    if association.transformation is not None or association.assignments:
        return None
    if association.target == reference and len(association.sources) == 1:
        return association.sources[0]
    return association.target if association.sources == (reference,) else None


def _mapped(activity: etree._Element, association: Association) -> Iterator[tuple[str, str]]:
    for to, source in association.assignments:
        yield written_variable(activity, to) or to, feel_text(source)
    target = item(activity, association.target)
    if association.assignments or target is None:
        return
    text = association.transformation
    if text is None:
        source_item = item(activity, association.sources[0])
        text = None if source_item is None else variable_name(source_item)
    yield variable_name(target) or "", feel_text(text or "")


def _association(element: etree._Element) -> Association:
    transformation = element.findtext(bpmn("transformation"))
    return Association(
        element,
        sources=tuple((e.text or "").strip() for e in element.findall(bpmn("sourceRef"))),
        target=(element.findtext(bpmn("targetRef")) or "").strip(),
        transformation=transformation,
        assignments=tuple(
            ((part.findtext(bpmn("to")) or "").strip(), (part.findtext(bpmn("from")) or "").strip())
            for part in element.findall(bpmn("assignment"))
        ),
    )


def _loop_references(activity: etree._Element) -> frozenset[str]:
    loop = activity.find(bpmn(_LOOP))
    if loop is None:
        return frozenset()
    tags = ("loopDataInputRef", "loopDataOutputRef")
    return frozenset((loop.findtext(bpmn(tag)) or "").strip() for tag in tags) - {""}


def _process(element: etree._Element) -> etree._Element | None:
    if element.tag == bpmn("process"):
        return element
    return next(element.iterancestors(bpmn("process")), None)
