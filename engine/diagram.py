"""BPMN XML to `ProcessDefinition`: nodes, flows, lanes and what our extensions say about them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from lxml import etree

from engine.bpmn_names import BPMN as BPMN_NAMESPACE
from engine.bpmn_names import bpmn, dangwu, local_name, namespace
from engine.bpmn_xml import parse_bpmn
from engine.calls import called_id
from engine.correlation import read_keys
from engine.data import data_mappings, declared
from engine.data_stores import store_reads, store_writes
from engine.expressions import feel_text
from engine.links import link_targets
from engine.message_names import message_name
from engine.model import (
    FlowNode,
    Lane,
    NodeType,
    Outcome,
    ProcessDefinition,
    ResubmitPolicy,
    ReturnPolicy,
    SequenceFlow,
    SkipPolicy,
    Tone,
)
from engine.starts import entries, signal_name, start_triggers
from engine.structure import find_regions
from engine.vocabulary import ACTIVITIES, CATCHING, THROWING

_NODE_TYPES: Final = {node_type.value: node_type for node_type in NodeType}


def read_process(
    process: etree._Element, xml: bytes, library: Mapping[str, ProcessDefinition]
) -> ProcessDefinition:
    """Return what a checked process of the file `xml` says.

    `library` is where its call activities will find what they call.
    """
    flows = _flows(process)
    nodes = _nodes(process)
    regions = find_regions(nodes, flows, _containers(process), _side_entries(process))
    return ProcessDefinition(
        id=process.get("id", ""),
        name=process.get("name", process.get("id", "")),
        sha256=hashlib.sha256(xml).hexdigest(),
        xml=xml,
        nodes={key: replace(node, regions=regions[key]) for key, node in nodes.items()},
        flows=flows,
        lanes={lane.get("id", ""): _lane(lane) for lane in process.iter(bpmn("lane"))},
        variables=declared(process),
        library=library,
        entries=tuple(entry.get("id", "") for entry in entries(process)),
        start_triggers=tuple(start_triggers(process)),
        correlation_keys=read_keys(process),
    )


def list_processes(xml: bytes, path: str) -> tuple[str, ...]:
    """Return the ids of all processes of a BPMN file in document order, unchecked."""
    return tuple(process.get("id", "") for process in parse_bpmn(xml, path).iter(bpmn("process")))


def flow_elements(process: etree._Element) -> Iterator[etree._Element]:
    """All flow nodes of a process and its sub-processes, in document order."""
    for element in process.iter():
        if namespace(element.tag) == BPMN_NAMESPACE and local_name(element.tag) in _NODE_TYPES:
            yield element


def _containers(process: etree._Element) -> dict[str, str]:
    return {
        element.get("id", ""): parent.get("id", "")
        for element in flow_elements(process)
        if (parent := element.getparent()) is not None and parent is not process
    }


def _side_entries(process: etree._Element) -> frozenset[str]:
    """Where tokens begin to run beside others that they never meet again.

    Boundary events that do not interrupt their activity, and gateways all of whose events must
    happen.
    """
    return frozenset(
        node.get("id", "")
        for node in process.iter(bpmn("boundaryEvent"), bpmn("eventBasedGateway"))
        if node.get("cancelActivity") == "false" or node.get("eventGatewayType") == "Parallel"
    )


def _nodes(process: etree._Element) -> dict[str, FlowNode]:
    lane_of = {
        (reference.text or "").strip(): lane.get("id")
        for lane in process.iter(bpmn("lane"))
        for reference in lane.findall(bpmn("flowNodeRef"))
    }
    nodes = {}
    for element in flow_elements(process):
        node = _node(element)
        nodes[node.id] = replace(node, lane=_lane_of(element, lane_of))
    return nodes


def _lane_of(element: etree._Element, lane_of: Mapping[str, str | None]) -> str | None:
    """The lane of a node; nested nodes and boundary events inherit it."""
    current: etree._Element | None = element
    while current is not None:
        for key in (current.get("id", ""), current.get("attachedToRef", "")):
            if key in lane_of:
                return lane_of[key]
        current = current.getparent()
    return None


def _node(element: etree._Element) -> FlowNode:
    extensions = element.find(bpmn("extensionElements"))
    node = FlowNode(
        id=element.get("id", ""),
        name=element.get("name", ""),
        type=_NODE_TYPES[local_name(element.tag)],
        documentation=(element.findtext(bpmn("documentation")) or "").strip(),
        attached_to=element.get("attachedToRef"),
        messages=tuple(_messages(element)),
        signals=tuple(_signals(element)),
        called=called_id(element) if element.tag == bpmn("callActivity") else None,
        link=next((catch.get("id") for catch in link_targets(element)), None),
    )
    if node.type is NodeType.USER_TASK:
        node = replace(node, form=node.id)
    loop = element.find(bpmn("multiInstanceLoopCharacteristics"))
    if loop is not None:
        node = replace(node, loop_item=_item(loop), results=tuple(_loop_results(element, loop)))
    if node.type in ACTIVITIES:
        node = _with_data(node, element)
    return node if extensions is None else _extended(node, extensions)


def _item(loop: etree._Element) -> str | None:
    item = loop.find(bpmn("inputDataItem"))
    return None if item is None else item.get("name") or item.get("id")


def _loop_results(element: etree._Element, loop: etree._Element) -> Iterator[str]:
    outputs = loop.findtext(bpmn("loopDataOutputRef"))
    if outputs is not None:
        yield outputs.strip()
    for rule in element.iterfind(f"{bpmn('extensionElements')}/{dangwu('countersign')}"):
        yield rule.get("result", "")


def _with_data(node: FlowNode, element: etree._Element) -> FlowNode:
    calls = node.type is NodeType.CALL_ACTIVITY
    return replace(
        node,
        store_reads=store_reads(element),
        store_writes=store_writes(element),
        start_quantity=int(element.get("startQuantity", "1")),
        script=feel_text(element.findtext(bpmn("script")) or "") or None,
        variables=declared(element),
        data_inputs=data_mappings(element, "dataInputAssociation", "input" if calls else None),
        data_outputs=data_mappings(element, "dataOutputAssociation", "output" if calls else None),
    )


def _extended(node: FlowNode, extensions: etree._Element) -> FlowNode:
    task = extensions.find(dangwu("task"))
    if task is not None:
        node = replace(
            node,
            form=task.get("form", node.form),
            stage=_number(task.get("stage")),
            step=_number(task.get("step")),
            return_policy=ReturnPolicy(task.get("return", ReturnPolicy.EARLIER)),
            resubmit_policy=ResubmitPolicy(task.get("resubmit", ResubmitPolicy.CHOOSE)),
            skip_policy=SkipPolicy(task.get("skip", SkipPolicy.ALLOWED)),
        )
    decision = extensions.find(dangwu("decision"))
    if decision is not None:
        node = replace(node, decision=decision.get("ref"), decision_result=decision.get("result"))
    operation = extensions.find(dangwu("operation"))
    if operation is not None:
        node = replace(node, operation=operation.get("name"))
    return replace(
        node,
        outcomes=tuple(_outcome(item) for item in extensions.findall(dangwu("outcome"))),
        inputs=tuple(
            (item.get("name", ""), feel_text(item.get("value", "")))
            for item in extensions.findall(dangwu("input"))
        ),
    )


def _outcome(element: etree._Element) -> Outcome:
    return Outcome(
        id=element.get("id", ""),
        name=element.get("name", ""),
        tone=Tone(element.get("tone", Tone.NEUTRAL)),
        opinion_required=element.get("opinion") == "required",
    )


def _number(text: str | None) -> int | None:
    return int(text) if text is not None else None


def _messages(element: etree._Element) -> Iterator[str]:
    """The names of the messages an event or task waits for."""
    node_type = _NODE_TYPES[local_name(element.tag)]
    if node_type is NodeType.RECEIVE_TASK:
        yield message_name(element)
    elif node_type in {*CATCHING, NodeType.START_EVENT}:
        yield from map(message_name, element.findall(bpmn("messageEventDefinition")))


def _signals(element: etree._Element) -> Iterator[str]:
    """The names of the signals an event throws."""
    if _NODE_TYPES[local_name(element.tag)] in THROWING:
        yield from map(signal_name, element.findall(bpmn("signalEventDefinition")))


def _flows(process: etree._Element) -> dict[str, SequenceFlow]:
    defaults = {element.get("default") for element in flow_elements(process)}
    return {
        flow.get("id", ""): SequenceFlow(
            id=flow.get("id", ""),
            name=flow.get("name", ""),
            source=flow.get("sourceRef", ""),
            target=flow.get("targetRef", ""),
            condition=_condition(flow),
            is_default=flow.get("id") in defaults,
        )
        for flow in process.iter(bpmn("sequenceFlow"))
    }


def _condition(flow: etree._Element) -> str | None:
    text = flow.findtext(bpmn("conditionExpression"))
    return feel_text(text) if text is not None else None


def _lane(element: etree._Element) -> Lane:
    return Lane(id=element.get("id", ""), name=element.get("name", ""))
