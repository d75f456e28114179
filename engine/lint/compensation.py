"""Rules about compensation and transactions (BPMN 2.0.2, 10.3.5, 10.5 and 10.7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from lxml import etree

from engine.associations import handlers_of, is_compensation, is_for_compensation
from engine.bpmn_names import bpmn
from engine.lint.document import Document, is_event_sub_process, type_of
from engine.model import NodeType
from engine.vocabulary import SUB_PROCESSES

_CANCEL: Final = bpmn("cancelEventDefinition")
_COMPENSATE: Final = bpmn("compensateEventDefinition")


def handlers(document: Document) -> None:
    """An activity for compensation stands aside and belongs to a boundary event."""
    events = _boundary_events(document, _COMPENSATE)
    associated = {handler.get("id") for event in events for handler in handlers_of(event)}
    hosts = {node.get("attachedToRef") for node in document.nodes}
    for node in document.nodes:
        node_id = node.get("id", "")
        if not is_for_compensation(node):
            continue
        if node_id not in associated:
            document.report("bpmn-compensation-orphan", node)
        if (
            document.incoming[node_id]
            or document.outgoing[node_id]
            or node_id in hosts
            or is_event_sub_process(node)
        ):
            document.report("bpmn-compensation-handler", node)


def boundary_events(document: Document) -> None:
    """A compensation event on a boundary has one handler, an activity one such event."""
    events = _boundary_events(document, _COMPENSATE)
    counts = Counter(event.get("attachedToRef") for event in events)
    for event in events:
        if len(handlers_of(event)) != 1:
            document.report("bpmn-compensation-association", event)
        host = document.by_id.get(event.get("attachedToRef", ""))
        inside = [] if host is None else _compensation_sub_processes(document, host)
        if counts[event.get("attachedToRef")] + len(inside) > 1:
            document.report("bpmn-compensation-twice", event)


def start_events(document: Document) -> None:
    """A compensation event sub-process stands in an activity, which has no other one."""
    for scope in document.scopes:
        found = _compensation_sub_processes(document, scope)
        for node in found:
            if type_of(scope) not in SUB_PROCESSES or is_event_sub_process(scope):
                document.report("bpmn-compensation-start", node)
            if len(found) > 1:
                document.report("bpmn-compensation-twice", node)


def references(document: Document) -> None:
    """What is thrown names an activity that it can see and that can be compensated."""
    for node in document.nodes:
        definition = node.find(_COMPENSATE)
        reference = None if definition is None else definition.get("activityRef")
        if reference is None:
            continue
        if type_of(node) in {NodeType.BOUNDARY_EVENT, NodeType.START_EVENT}:
            document.report("bpmn-unsupported-attribute", node, attribute="activityRef")
            continue
        activity = document.by_id.get(reference)
        if (
            activity is None
            or activity.getparent() not in list(_visible_scopes(node))
            or not _is_compensable(document, activity)
        ):
            document.report("bpmn-compensation-reference", node, reference=reference)


def cancel_events(document: Document) -> None:
    """Transactions are cancelled from inside and left by one cancel event on their boundary."""
    events = _boundary_events(document, _CANCEL)
    counts = Counter(event.get("attachedToRef") for event in events)
    for event in events:
        host = document.by_id.get(event.get("attachedToRef", ""))
        if host is None or type_of(host) is not NodeType.TRANSACTION:
            document.report("bpmn-cancel-place", event)
        elif counts[host.get("id")] > 1:
            document.report("bpmn-cancel-exit", host)
    for node in document.nodes:
        if type_of(node) is NodeType.END_EVENT and node.find(_CANCEL) is not None:
            around = next(node.iterancestors(bpmn(NodeType.TRANSACTION)), None)
            if around is None:
                document.report("bpmn-cancel-place", node)
                continue
            if not counts[around.get("id")]:
                document.report("bpmn-cancel-exit", around)
            instances = around.find(bpmn("multiInstanceLoopCharacteristics"))
            if instances is not None and instances.get("isSequential") != "true":
                document.report("bpmn-cancel-loop", around)


def values(document: Document) -> None:
    """Refuse what would have to change the meaning of compensation, cancelling or transactions."""
    for node in document.nodes:
        if type_of(node) is NodeType.TRANSACTION and node.get("triggeredByEvent") == "true":
            _only(document, node, "triggeredByEvent", "true", "false")
        if node.find(_CANCEL) is not None and node.get("cancelActivity") == "false":
            _only(document, node, "cancelActivity", "false", "true")
        if node.find(_COMPENSATE) is not None and node.get("isInterrupting") == "false":
            _only(document, node, "isInterrupting", "false", "true")


def _only(
    document: Document, node: etree._Element, attribute: str, value: str, allowed: str
) -> None:
    document.report(
        "bpmn-unsupported-value", node, attribute=attribute, value=value, allowed=allowed
    )


def _boundary_events(document: Document, definition: str) -> list[etree._Element]:
    return [
        node
        for node in document.nodes
        if type_of(node) is NodeType.BOUNDARY_EVENT and node.find(definition) is not None
    ]


def _compensation_sub_processes(document: Document, scope: etree._Element) -> list[etree._Element]:
    return [
        node
        for node in document.nodes_in(scope)
        if is_event_sub_process(node)
        and any(is_compensation(start) for start in node.findall(bpmn(NodeType.START_EVENT)))
    ]


def _visible_scopes(node: etree._Element) -> Iterator[etree._Element]:
    scope = node.getparent()
    while scope is not None:
        yield scope
        if not is_event_sub_process(scope):
            return
        scope = scope.getparent()


def _is_compensable(document: Document, activity: etree._Element) -> bool:
    """Whether an activity, or an activity inside of it, has a handler."""
    if is_for_compensation(activity):
        return False
    if any(
        event.get("attachedToRef") == activity.get("id")
        for event in _boundary_events(document, _COMPENSATE)
    ):
        return True
    if type_of(activity) is NodeType.CALL_ACTIVITY:
        return True  # what the called process has completed
    if type_of(activity) not in SUB_PROCESSES:
        return False
    return bool(_compensation_sub_processes(document, activity)) or any(
        _is_compensable(document, inner) for inner in document.nodes_in(activity)
    )


RULES: Final[tuple[Callable[[Document], None], ...]] = (
    handlers,
    boundary_events,
    start_events,
    references,
    cancel_events,
    values,
)
