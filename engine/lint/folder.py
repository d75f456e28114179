"""Rules of our own procedure folders, which files of other tools need not keep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lxml import etree

from engine.bpmn_names import bpmn, dangwu, local_name
from engine.lint.ad_hoc import is_startable
from engine.lint.document import Document, type_of
from engine.model import NodeType

MAX_NAME: Final = 16
_NAMED: Final = frozenset(
    {
        NodeType.USER_TASK,
        NodeType.SERVICE_TASK,
        NodeType.BUSINESS_RULE_TASK,
        NodeType.MANUAL_TASK,
        NodeType.RECEIVE_TASK,
        NodeType.SCRIPT_TASK,
        NodeType.SUB_PROCESS,
        NodeType.AD_HOC_SUB_PROCESS,
        NodeType.CALL_ACTIVITY,
        NodeType.TRANSACTION,
    }
)


def names(document: Document) -> None:
    """Activities have names, and names fit into their shapes."""
    for node in document.nodes:
        name = node.get("name", "").strip()
        if not name and type_of(node) in _NAMED:
            document.report("bpmn-no-name", node)
        if len(name) > MAX_NAME:
            document.report("bpmn-long-name", node, name=name)


def lanes(document: Document) -> None:
    """Every user task stands in a lane, itself or through its sub-process."""
    for node in document.nodes:
        if type_of(node) is NodeType.USER_TASK and not _in_lane(document, node):
            document.report("bpmn-no-lane", node)


def _in_lane(document: Document, node: etree._Element) -> bool:
    """Whether a lane refers to a node or to a sub-process around it."""
    referred = {(item.text or "").strip() for item in document.process.iter(bpmn("flowNodeRef"))}
    around = [node.get("id"), *(parent.get("id") for parent in node.iterancestors())]
    return not referred.isdisjoint(item for item in around if item)


def _text(node: etree._Element, tag: str) -> str:
    return (node.findtext(bpmn(tag)) or "").strip()


def shapes(document: Document) -> None:
    """Everything that runs is drawn, so that the diagram can show where a case stands."""
    drawn = {
        element.get("bpmnElement")
        for element in document.root.iter()
        if local_name(element.tag) in {"BPMNShape", "BPMNEdge"}
    }
    for element in (*document.nodes, *document.flows):
        if element.get("id") and element.get("id") not in drawn:
            document.report("bpmn-no-shape", element)


def plain_tasks(document: Document) -> None:
    """An abstract task would be passed without anybody doing anything."""
    for node in document.nodes:
        if type_of(node) is NodeType.TASK:
            document.report("bpmn-plain-task", node)


def ad_hoc_work(document: Document) -> None:
    """The lanes say who starts the work of an ad-hoc sub-process, and who ends it."""
    for node in document.nodes:
        by_people = is_startable(document, node)
        if type_of(node) is NodeType.AD_HOC_SUB_PROCESS and not _text(node, "completionCondition"):
            by_people = True
        if by_people and not _in_lane(document, node):
            document.report("bpmn-ad-hoc-lane", node)


def bindings(document: Document) -> None:
    """Business rule tasks name their decision, service tasks their operation."""
    for node in document.nodes:
        if (
            type_of(node) is NodeType.BUSINESS_RULE_TASK
            and node.find(f".//{dangwu('decision')}") is None
        ):
            document.report("bpmn-no-decision", node)
        if (
            type_of(node) is NodeType.SERVICE_TASK
            and node.find(f".//{dangwu('operation')}") is None
        ):
            document.report("bpmn-no-operation", node)


def idle_processes(document: Document) -> None:
    """Name the processes of the file that will not run."""
    for process in document.root.iter(bpmn("process")):
        name = process.get("id", "")
        if process.get("isExecutable") != "true":
            document.findings.add("bpmn-idle-process", document.path, name, process=name)


RULES: Final[tuple[Callable[[Document], None], ...]] = (
    names,
    lanes,
    shapes,
    plain_tasks,
    ad_hoc_work,
    bindings,
    idle_processes,
)
