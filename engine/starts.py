"""Where a process or sub-process may begin (BPMN 2.0.2 sections 10.5.2, 10.6.6, 13.2 and 13.3).

Start events; without any, all nodes without incoming flow; besides, receive tasks and event-based
gateways that instantiate the process.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree

from engine.bpmn_names import BPMN, bpmn, local_name, namespace
from engine.expressions import feel_text
from engine.links import link_name
from engine.message_names import message_name
from engine.model import NodeType, StartTrigger, TriggerKind
from engine.references import referred
from engine.timers import TimerKind

_FLOW_NODES: Final = frozenset(node_type.value for node_type in NodeType)
_GATEWAY: Final = bpmn("eventBasedGateway")
_KINDS: Final = {
    bpmn("messageEventDefinition"): TriggerKind.MESSAGE,
    bpmn("signalEventDefinition"): TriggerKind.SIGNAL,
    bpmn("timerEventDefinition"): TriggerKind.TIMER,
    bpmn("conditionalEventDefinition"): TriggerKind.CONDITION,
}


def start_events(scope: etree._Element) -> list[etree._Element]:
    """Return the start events directly in a process or sub-process."""
    return scope.findall(bpmn("startEvent"))


def none_starts(scope: etree._Element) -> list[etree._Element]:
    """Return the start events without event definition directly in a process or sub-process."""
    return [event for event in start_events(scope) if not _definitions(event)]


def is_instantiating(node: etree._Element) -> bool:
    """Whether a receive task or event-based gateway creates an instance by its message or event."""
    return node.tag in {bpmn("receiveTask"), _GATEWAY} and node.get("instantiate") == "true"


def open_nodes(scope: etree._Element) -> list[etree._Element]:
    """Return the nodes without incoming flow, which begin a scope that has no start event."""
    targets = {flow.get("targetRef") for flow in scope.findall(bpmn("sequenceFlow"))}
    return [
        node
        for node in scope
        if namespace(node.tag) == BPMN
        and local_name(node.tag) in _FLOW_NODES
        and node.get("id") not in targets
        and not _stands_beside(node)
    ]


def _stands_beside(node: etree._Element) -> bool:
    """Whether something else than a sequence flow leads to a node."""
    return (
        node.tag in {bpmn("startEvent"), bpmn("boundaryEvent")}
        or node.get("triggeredByEvent") == "true"
        or node.get("isForCompensation") == "true"
        or (node.tag == bpmn("intermediateCatchEvent") and link_name(node) is not None)
    )


def entries(scope: etree._Element) -> list[etree._Element]:
    """Return where tokens are put when a scope begins by itself.

    The first none start event, since each start event is a way to begin of its own; without any
    start event all nodes without incoming flow; in an event sub-process its start event.  In an
    ad-hoc sub-process people choose.
    """
    if scope.tag == bpmn("adHocSubProcess"):
        return []
    if scope.get("triggeredByEvent") == "true":
        return start_events(scope)[:1]
    if start_events(scope):
        return none_starts(scope)[:1]
    return [node for node in open_nodes(scope) if not is_instantiating(node)]


def start_nodes(scope: etree._Element) -> list[etree._Element]:
    """Return all nodes where a scope may begin: start events, or else nodes without incoming flow.

    Nodes that instantiate the process stand beside start events; ad-hoc sub-processes have none.
    """
    if scope.tag == bpmn("adHocSubProcess"):
        return []
    if not start_events(scope):
        return open_nodes(scope)
    return [*start_events(scope), *(node for node in open_nodes(scope) if is_instantiating(node))]


def triggered_entries(scope: etree._Element) -> list[etree._Element]:
    """Return the events and receive tasks whose occurrence creates an instance."""
    found = []
    for node in scope:
        if node.tag == bpmn("startEvent") and _definitions(node):
            found.append(node)
        elif node.tag == _GATEWAY and is_instantiating(node):
            found.extend(following(node))
        elif is_instantiating(node):
            found.append(node)
    return found


def following(node: etree._Element) -> list[etree._Element]:
    """Return the nodes the outgoing flows of `node` lead to, in document order of the flows."""
    scope = node.getparent()
    if scope is None:
        return []
    by_id = {child.get("id"): child for child in scope}
    flows = scope.findall(bpmn("sequenceFlow"))
    targets = [flow.get("targetRef") for flow in flows if flow.get("sourceRef") == node.get("id")]
    return [by_id[target] for target in targets if target in by_id]


def start_triggers(process: etree._Element) -> Iterator[StartTrigger]:
    """Yield what may create an instance of a checked process, one per event definition."""
    for node in triggered_entries(process):
        together = node.get("parallelMultiple") == "true"
        if node.tag == bpmn("receiveTask"):
            yield StartTrigger(TriggerKind.MESSAGE, node.get("id", ""), message_name(node))
            continue
        for definition in _definitions(node):
            yield _trigger(node.get("id", ""), definition, together=together)


def _trigger(element_id: str, definition: etree._Element, *, together: bool) -> StartTrigger:
    kind = _KINDS[definition.tag]
    if kind is TriggerKind.MESSAGE:
        return StartTrigger(kind, element_id, message_name(definition), together=together)
    if kind is TriggerKind.SIGNAL:
        return StartTrigger(kind, element_id, signal_name(definition), together=together)
    if kind is TriggerKind.CONDITION:
        text = feel_text(definition.findtext(bpmn("condition")) or "")
        return StartTrigger(kind, element_id, "", text, together=together)
    timer, text = next(
        (timer, feel_text(found))
        for timer in TimerKind
        if (found := definition.findtext(bpmn(timer))) is not None
    )
    return StartTrigger(kind, element_id, "", text, timer, together=together)


def signal_name(definition: etree._Element) -> str:
    """Return the name of the signal a definition refers to; its id when it has no name."""
    signal = referred(definition, "signal")
    name = (signal.get("name") or "").strip() if signal is not None else ""
    return name or definition.get("signalRef", "")


def _definitions(event: etree._Element) -> list[etree._Element]:
    return [child for child in event if "ventDefinition" in local_name(child.tag)]
