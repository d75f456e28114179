"""A BPMN document as the rules look at it."""

from __future__ import annotations

from collections import defaultdict

from lxml import etree

from engine.bpmn_names import BPMN, bpmn, local_name, namespace
from engine.calls import Callables
from engine.findings import Findings
from engine.model import NodeType
from engine.vocabulary import NODE_VALUES, SUB_PROCESSES

_ALL_NODES = frozenset(node_type.value for node_type in NodeType)


class Document:
    """One process of a file with its indexes, and where the findings go.

    `known` is what its call activities may call.
    """

    def __init__(
        self,
        root: etree._Element,
        process: etree._Element,
        path: str,
        findings: Findings,
        known: Callables,
        *,
        foreign: bool,
    ) -> None:
        self.root = root
        self.process = process
        self.path = path
        self.findings = findings
        self.known = known
        self.foreign = foreign
        self.nodes = [element for element in process.iter() if type_of(element) is not None]
        self.scope_of = {
            element.get("id"): element.getparent()
            for element in process.iter()
            if namespace(element.tag) == BPMN and local_name(element.tag) in _ALL_NODES
        }
        self.flows = list(process.iter(bpmn("sequenceFlow")))
        self.by_id = {node.get("id"): node for node in self.nodes if node.get("id")}
        self.incoming: dict[str, list[etree._Element]] = defaultdict(list)
        self.outgoing: dict[str, list[etree._Element]] = defaultdict(list)
        for flow in self.flows:
            self.outgoing[flow.get("sourceRef", "")].append(flow)
            self.incoming[flow.get("targetRef", "")].append(flow)

    @property
    def scopes(self) -> list[etree._Element]:
        """The process and its sub-processes."""
        return [self.process, *self.process.iter(*(bpmn(kind) for kind in SUB_PROCESSES))]

    def nodes_in(self, scope: etree._Element) -> list[etree._Element]:
        """The flow nodes directly inside a scope."""
        return [node for node in self.nodes if node.getparent() is scope]

    def report(self, code: str, element: etree._Element | None, **details: object) -> None:
        """Add a finding about `element`, or about the nearest element around it that has an id."""
        while element is not None and not element.get("id"):
            element = element.getparent()
        element_id = element.get("id") if element is not None else None
        self.findings.add(code, self.path, element_id, **details)


def type_of(element: etree._Element) -> NodeType | None:
    """Return the kind of flow node an element is, if the kernel runs it."""
    name = local_name(element.tag)
    if namespace(element.tag) == BPMN and name in NODE_VALUES:
        return NodeType(name)
    return None


def is_event_sub_process(element: etree._Element | None) -> bool:
    """Whether an element is a sub-process started by an event."""
    return (
        element is not None
        and element.tag == bpmn("subProcess")
        and element.get("triggeredByEvent") == "true"
    )


def event_definitions(element: etree._Element) -> list[etree._Element]:
    """Return the event definitions of an event."""
    return [child for child in element if "ventDefinition" in local_name(child.tag)]
