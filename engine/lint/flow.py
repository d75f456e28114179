"""Rules about the way of the token: flows, gateways, starts and ends."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from lxml import etree

from engine.associations import handlers_of, is_compensation, is_for_compensation
from engine.bpmn_names import bpmn
from engine.links import link_name, link_targets
from engine.lint.ad_hoc import in_ad_hoc, is_startable
from engine.lint.document import Document, has_loop, is_event_sub_process, type_of
from engine.model import NodeType
from engine.starts import entries, is_instantiating, none_starts, start_events
from engine.vocabulary import ACTIVITIES, CHOOSING, CONDITIONAL, GATEWAYS

MAX_DEPTH: Final = 40
"""How deep sub-processes may stand in each other; tokens enter them recursively."""
MAX_NODES: Final = 300
"""Spiff's parser follows the flows recursively and gives up near 450 nodes in a row."""
MAX_QUANTITY: Final = 999
_QUANTITY: Final = re.compile(r"[1-9]\d{0,2}")


def flow_ends(document: Document) -> None:
    """Both ends of a flow are nodes of its own scope."""
    for flow in document.flows:
        for end in ("sourceRef", "targetRef"):
            if document.scope_of.get(flow.get(end)) is not flow.getparent():
                document.report("bpmn-flow-end", flow, reference=flow.get(end, ""))


def conditions(document: Document) -> None:
    """Conditions stand on all non-default flows of choosing forks, perhaps behind activities."""
    for flow in document.flows:
        source = document.by_id.get(flow.get("sourceRef", ""))
        if source is None:
            continue
        condition = flow.find(bpmn("conditionExpression"))
        conditional = condition is not None and bool((condition.text or "").strip())
        is_default = flow.get("id") is not None and source.get("default") == flow.get("id")
        choosing = type_of(source) in CHOOSING
        if condition is not None and (is_default or type_of(source) not in CONDITIONAL):
            document.report("bpmn-condition-place", flow)
        forks = len(document.outgoing[source.get("id", "")]) > 1
        needed = condition is not None or (choosing and forks)
        if needed and not is_default and not conditional:
            document.report("bpmn-no-condition", flow)


def defaults(document: Document) -> None:
    """A default flow leaves its node; in our folders every choice has one, unless it is free."""
    for node in document.nodes:
        outgoing = document.outgoing[node.get("id", "")]
        default = node.get("default")
        if default is not None and default not in {flow.get("id") for flow in outgoing}:
            document.report("bpmn-default-flow", node, flow=default)
        conditions = [flow.find(bpmn("conditionExpression")) is not None for flow in outgoing]
        may_fail = any(conditions) if type_of(node) in CHOOSING else all(conditions)
        if default is None and outgoing and may_fail and not document.foreign:
            document.report("bpmn-no-default", node)


def degrees(document: Document) -> None:
    """Starts have no way in, ends no way on.

    BPMN allows what else flows may do without gateways and ends; in our folders it is pointed out.
    """
    for node in document.nodes:
        node_type = type_of(node)
        incoming = len(document.incoming[node.get("id", "")])
        outgoing = len(document.outgoing[node.get("id", "")])
        link = link_name(node) is not None
        entry = node_type in {NodeType.START_EVENT, NodeType.BOUNDARY_EVENT} or (
            link and node_type is NodeType.INTERMEDIATE_CATCH_EVENT
        )
        if is_event_sub_process(node) or is_for_compensation(node):
            continue
        undo = node_type is NodeType.BOUNDARY_EVENT and is_compensation(node)
        if (
            node_type is NodeType.END_EVENT
            or undo
            or (link and node_type is NodeType.INTERMEDIATE_THROW_EVENT)
        ):
            if outgoing or (undo and incoming):
                document.report("bpmn-outgoing" if outgoing else "bpmn-incoming", node)
            continue
        if entry and incoming:
            document.report("bpmn-incoming", node)
        strict = not (document.foreign or in_ad_hoc(node))
        if not outgoing and (strict or node_type is NodeType.EVENT_BASED_GATEWAY):
            document.report("bpmn-dead-end", node)
        if node_type not in GATEWAYS and not document.foreign:
            if outgoing > 1:
                document.report("bpmn-implicit-split", node)
            if incoming > 1 and not entry:
                document.report("bpmn-implicit-merge", node)


def starts_and_ends(document: Document) -> None:
    """An event sub-process has one start event, an embedded one at most one.

    In our folders every process and sub-process begins at one none start event and has an end;
    messages and the like may create instances besides.  Ad-hoc sub-processes have neither.
    """
    for scope in document.scopes:
        nodes = document.nodes_in(scope)
        if len(nodes) > MAX_NODES:
            document.report("bpmn-too-many-nodes", scope, limit=MAX_NODES)
        if sum(1 for _ in scope.iterancestors()) > MAX_DEPTH:
            document.report("bpmn-too-deep", scope, limit=MAX_DEPTH)
        if scope.tag == bpmn("adHocSubProcess"):
            continue
        if is_event_sub_process(scope):
            count, right = len(start_events(scope)), frozenset({1})
        else:
            count = len(none_starts(scope))
            any_number = document.foreign and scope is document.process
            right = frozenset({0, 1} if document.foreign else {1})
            right |= frozenset({count} if any_number else ())
        if count not in right:
            document.report("bpmn-start-count", scope, count=count)
        if not document.foreign and not any(type_of(n) is NodeType.END_EVENT for n in nodes):
            document.report("bpmn-no-end", scope)


def instantiating(document: Document) -> None:
    """What creates instances stands in the process itself, alone; all events only wait together so.

    BPMN 2.0.2 sections 10.3.3 and 10.6.6.
    """
    hosts = {node.get("attachedToRef") for node in document.nodes}
    for node in document.nodes:
        if is_instantiating(node):
            if (
                node.getparent() is not document.process
                or document.incoming[node.get("id", "")]
                or node.get("id") in hosts
                or has_loop(node)
            ):
                document.report("bpmn-instantiate", node)
        elif node.get("eventGatewayType") == "Parallel":
            document.report(
                "bpmn-unsupported-value",
                node,
                attribute="eventGatewayType",
                value="Parallel",
                allowed="Exclusive",
            )


def reachability(document: Document) -> None:
    """Every node can be reached from a start of its scope."""
    reached: set[str] = set()
    ways = {n.get("id"): [*link_targets(n), *handlers_of(n)] for n in document.nodes}
    pending = [
        node.get("id", "")
        for node in document.nodes
        if type_of(node) is NodeType.START_EVENT
        or is_event_sub_process(node)
        or is_instantiating(node)
        or is_startable(document, node)
    ]
    for scope in document.scopes:
        pending.extend(node.get("id", "") for node in entries(scope))
    while pending:
        node_id = pending.pop()
        if node_id not in reached:
            reached.add(node_id)
            pending.extend(flow.get("targetRef", "") for flow in document.outgoing[node_id])
            pending.extend(node.get("id", "") for node in ways.get(node_id, ()))
            pending.extend(
                node.get("id", "")
                for node in document.nodes
                if node.get("attachedToRef") == node_id
            )
    for node in document.nodes:
        if node.get("id") and node.get("id") not in reached:
            document.report("bpmn-unreachable", node)


def boundary_hosts(document: Document) -> None:
    """A boundary event sits on an activity of its own scope."""
    for node in document.nodes:
        if type_of(node) is not NodeType.BOUNDARY_EVENT:
            continue
        host = document.by_id.get(node.get("attachedToRef", ""))
        if (
            host is None
            or type_of(host) not in ACTIVITIES
            or host.getparent() is not node.getparent()
        ):
            document.report("bpmn-attached-to", node)


def event_gateways(document: Document) -> None:
    """An event-based gateway leads to catch events that nothing else leads to."""
    allowed = {NodeType.INTERMEDIATE_CATCH_EVENT, NodeType.RECEIVE_TASK}
    for node in document.nodes:
        if type_of(node) is not NodeType.EVENT_BASED_GATEWAY:
            continue
        for flow in document.outgoing[node.get("id", "")]:
            target: etree._Element | None = document.by_id.get(flow.get("targetRef", ""))
            if (
                target is None
                or type_of(target) not in allowed
                or len(document.incoming[target.get("id", "")]) > 1
                or any(other.get("attachedToRef") == target.get("id") for other in document.nodes)
                or link_name(target) is not None
                or is_instantiating(target)
                or has_loop(target)
            ):
                document.report("bpmn-event-gateway", node)


def complex_gateways(document: Document) -> None:
    """A complex gateway says when it starts, and tells its incoming flows apart."""
    for node in document.nodes:
        if type_of(node) is not NodeType.COMPLEX_GATEWAY:
            continue
        incoming = document.incoming[node.get("id", "")]
        sources = {flow.get("sourceRef") for flow in incoming}
        condition = (node.findtext(bpmn("activationCondition")) or "").strip()
        if (len(incoming) > 1 and not condition) or len(sources) < len(incoming):
            document.report("bpmn-complex-gateway", node)


def quantities(document: Document) -> None:
    """How many tokens an activity needs and sends is a whole number; in our folders it is one.

    Only flows bring tokens: people, events and compensation start an activity by themselves.
    """
    for node in document.nodes:
        for attribute in ("startQuantity", "completionQuantity"):
            value = node.get(attribute, "1")
            if value == "1" or type_of(node) not in ACTIVITIES:
                continue
            what = ""
            if _QUANTITY.fullmatch(value) is None:
                what = f"应为 1 至 {MAX_QUANTITY} 的整数"
            elif not document.foreign:
                what = "在流程文件夹中只能是 1：几个同样的令牌，退回时分不清是哪一个"
            elif attribute == "startQuantity" and not _is_gathered(document, node):
                what = "不起作用：令牌只能由连线逐个送来，不能由事件网关送来"
            if what:
                document.report("bpmn-quantity", node, attribute=attribute, value=value, what=what)


def _is_gathered(document: Document, node: etree._Element) -> bool:
    """Whether tokens come to an activity by flows, which can be counted before it begins."""
    sources = [flow.get("sourceRef", "") for flow in document.incoming[node.get("id", "")]]
    kinds = [type_of(document.by_id[source]) for source in sources if source in document.by_id]
    return bool(sources) and NodeType.EVENT_BASED_GATEWAY not in kinds


RULES: Final[tuple[Callable[[Document], None], ...]] = (
    flow_ends,
    conditions,
    defaults,
    degrees,
    starts_and_ends,
    instantiating,
    reachability,
    boundary_hosts,
    event_gateways,
    complex_gateways,
    quantities,
)
