"""Rules about ad-hoc sub-processes (BPMN 2.0.2 section 10.3.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lxml import etree

from engine.bpmn_names import bpmn
from engine.links import link_name
from engine.lint.document import Document, is_event_sub_process, type_of
from engine.model import NodeType
from engine.vocabulary import ACTIVITIES

_EVENTS: Final = frozenset({NodeType.START_EVENT, NodeType.END_EVENT})


def ad_hoc_scopes(document: Document) -> None:
    """No start and no end; something to choose; nothing that nobody could ever start."""
    for scope in document.process.iter(bpmn("adHocSubProcess")):
        nodes = document.nodes_in(scope)
        for node in nodes:
            if type_of(node) in _EVENTS:
                document.report("bpmn-ad-hoc", node, what="中不能有开始事件和结束事件")
            elif _is_stranded(document, node):
                document.report("bpmn-ad-hoc", node, what="中，没有进入的连线的只能是任务")
        if not any(is_startable(document, node) for node in nodes):
            document.report("bpmn-ad-hoc", scope, what="中没有可供选择的任务")


def in_ad_hoc(node: etree._Element) -> bool:
    """Whether a node stands directly in an ad-hoc sub-process."""
    parent = node.getparent()
    return parent is not None and parent.tag == bpmn("adHocSubProcess")


def is_startable(document: Document, node: etree._Element) -> bool:
    """Whether people may start a node of an ad-hoc sub-process."""
    return (
        in_ad_hoc(node)
        and type_of(node) in ACTIVITIES
        and not document.incoming[node.get("id", "")]
        and not is_event_sub_process(node)
        and node.get("isForCompensation") != "true"
    )


def _is_stranded(document: Document, node: etree._Element) -> bool:
    return not (
        document.incoming[node.get("id", "")]
        or type_of(node) in ACTIVITIES
        or type_of(node) is NodeType.BOUNDARY_EVENT
        or (type_of(node) is NodeType.INTERMEDIATE_CATCH_EVENT and link_name(node) is not None)
    )


RULES: Final[tuple[Callable[[Document], None], ...]] = (ad_hoc_scopes,)
