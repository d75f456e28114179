"""Rules about calls, scripts and data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from lxml import etree

from engine.bpmn_names import bpmn, local_name
from engine.calls import called_id
from engine.data import (
    OF_ACTIVITY,
    STORES,
    Association,
    all_associations,
    connected,
    declaring,
    is_variable,
    item,
    variable_name,
    written_variable,
)
from engine.data_stores import idle_stores, written_text
from engine.expressions import feel_text
from engine.lint.document import Document, type_of
from engine.model import NodeType
from engine.vocabulary import ACTIVITIES

_ASSOCIATIONS: Final = ("dataInputAssociation", "dataOutputAssociation")
_SETS: Final = ("inputSet", "outputSet")
_LOOP_REFERENCES: Final = ("loopDataInputRef", "loopDataOutputRef")
FEEL: Final = "feel"


def calls(document: Document) -> None:
    """A call activity calls a process deployed with it; in files of others also a global task."""
    for node in document.nodes:
        called, known = called_id(node), document.known
        if type_of(node) is not NodeType.CALL_ACTIVITY:
            continue
        if called in known.processes - known.triggered:
            continue
        tag = known.global_tasks.get(called)
        what = "没有这个可执行的流程"
        if tag is not None:
            what = f"流程文件夹中不能调用 {tag}，请改为 called/ 中的流程"
        if called in known.triggered:
            what = "它只能由消息等启动，没有普通的开始事件"
        document.report("bpmn-called-element", node, called=called, what=what)


def scripts(document: Document) -> None:
    """Scripts are FEEL, said or unsaid."""
    for node in document.nodes:
        script_format = node.get("scriptFormat", "").strip() or FEEL
        if type_of(node) is NodeType.SCRIPT_TASK and FEEL not in script_format.lower():
            document.report("bpmn-script-format", node, format=script_format)


def names(document: Document) -> None:
    """Every data element can be a variable, and within its scope it is one of its own."""
    for owner in (document.process, *document.nodes):
        found = [(element, variable_name(element)) for element in declaring(owner)]
        for element, name in found:
            if name is None:
                document.report("bpmn-data-name", element, tag=local_name(element.tag))
        for name, count in Counter(name for _, name in found if name is not None).items():
            if count > 1:
                document.report("bpmn-data-repeated", owner, name=name)


def associations(document: Document) -> None:
    """Data associations say completely what they copy, between variables that can be seen."""
    for node in document.nodes:
        if type_of(node) not in ACTIVITIES:
            continue
        own = list(declaring(node))
        for tag in _ASSOCIATIONS:
            for association in all_associations(node, tag):
                if _touches_store(document, node, association):
                    continue
                if association.is_drawing:
                    document.report("bpmn-drawing-only", association.element, tag=tag)
                    continue
                inner = (association.target,) if tag == _ASSOCIATIONS[0] else association.sources
                outer = association.sources if tag == _ASSOCIATIONS[0] else (association.target,)
                _ends(document, node, inner, own)
                _ends(document, node, outer, None)
                if not _is_complete(node, association):
                    document.report("bpmn-data-association", association.element)


def sets(document: Document) -> None:
    """Inputs and outputs come in one set: alternatives would be passed over."""
    for specification in document.process.iter(bpmn("ioSpecification")):
        for tag in _SETS:
            if len(specification.findall(bpmn(tag))) > 1:
                document.report("bpmn-data-sets", specification, tag=tag)


def loops(document: Document) -> None:
    """Loops take their items from variables: an input stands for what is simply copied into it."""
    for tag in _LOOP_REFERENCES:
        for reference in document.process.iter(bpmn(tag)):
            text = (reference.text or "").strip()
            element = item(reference, text)
            if element is None:
                continue
            if local_name(element.tag) in STORES:
                document.report("bpmn-data-store", reference)
            loop = reference.getparent()
            activity = None if loop is None else loop.getparent()
            if local_name(element.tag) in OF_ACTIVITY and not _fed(activity, element):
                document.report("bpmn-data-association", reference)


def _fed(activity: etree._Element | None, element: etree._Element) -> bool:
    """Whether an input or output of the looping activity is simply copied from or to a variable."""
    return (
        activity is not None
        and element in list(declaring(activity))
        and connected(activity, element.get("id", "")) is not None
    )


def _touches_store(document: Document, node: etree._Element, association: Association) -> bool:
    """Whether an association has a data store at its end and nothing more is to be checked."""
    written = _is_store(node, association.target)
    if not written and not any(_is_store(node, source) for source in association.sources):
        return False
    if association.is_drawing:
        document.report("bpmn-drawing-only", association.element, tag="dataStoreReference")
    elif written and written_text(node, association) is None:
        document.report("bpmn-data-association", association.element)
    elif written:
        _ends(document, node, association.sources, list(declaring(node)))
    return written or association.is_drawing


def _is_store(node: etree._Element, reference: str) -> bool:
    element = item(node, reference)
    return element is not None and local_name(element.tag) in STORES


def drawn_stores(document: Document) -> None:
    """Data stores that nothing reads or writes are only shown."""
    for element in idle_stores(document.root):
        document.report("bpmn-drawing-only", element, tag=local_name(element.tag))


def _ends(
    document: Document,
    node: etree._Element,
    references: tuple[str, ...],
    own: list[etree._Element] | None,
) -> None:
    """One side of an association: what the activity declares, or what is visible around it."""
    for reference in references:
        if not reference:
            continue
        element = item(node, reference)
        seen = element is not None and (
            element in own if own is not None else node in _scope(element) or _sees(node, element)
        )
        if not seen:
            document.report("bpmn-data-reference", node, reference=reference)


def _scope(element: etree._Element) -> Iterator[etree._Element]:
    """The element that declares a data element, with what lies between."""
    parent = element.getparent()
    while parent is not None and local_name(parent.tag) in {
        "ioSpecification",
        "multiInstanceLoopCharacteristics",
    }:
        parent = parent.getparent()
    if parent is not None:
        yield parent


def _sees(node: etree._Element, element: etree._Element) -> bool:
    return any(owner in list(node.iterancestors()) for owner in _scope(element))


def _is_complete(node: etree._Element, association: Association) -> bool:
    if association.assignments:
        return association.transformation is None and all(
            written_variable(node, to) is not None and feel_text(source)
            for to, source in association.assignments
        )
    target = item(node, association.target)
    if target is None or not is_variable(variable_name(target) or ""):
        return False
    if association.transformation is not None:
        return bool(feel_text(association.transformation))
    return len(association.sources) == 1


RULES: Final[tuple[Callable[[Document], None], ...]] = (
    calls,
    scripts,
    names,
    associations,
    sets,
    loops,
    drawn_stores,
)
