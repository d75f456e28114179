"""From checked BPMN XML to shared, read-only Spiff specifications made of our flow nodes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.exceptions import SpiffWorkflowException

from engine.associations import handlers_of, is_compensation
from engine.bpmn_names import dangwu
from engine.bpmn_xml import parse_bpmn
from engine.countersign import Countersign
from engine.data import loop_variable
from engine.links import link_name, link_targets
from engine.model import NodeType, ProcessDefinition
from engine.spiff.activities import (
    BusinessRuleTask,
    PassThrough,
    ScriptTask,
    ServiceTask,
    SubProcess,
    UserTask,
)
from engine.spiff.ad_hoc import AdHocSpec, AdHocSubProcess
from engine.spiff.call_activity import CallActivity
from engine.spiff.compensation import COMPENSATION_SUFFIX, Compensation
from engine.spiff.complex_gateway import ComplexGateway
from engine.spiff.event_sub_process import EventSubProcess
from engine.spiff.events import (
    BoundaryEvent,
    CatchEvent,
    EndEvent,
    LinkCatchEvent,
    ReceiveTask,
    SendTask,
    StartEvent,
    ThrowEvent,
)
from engine.spiff.flow_node import (
    GATE_SUFFIX,
    GUARD_SUFFIX,
    INSTANCE_SUFFIX,
    BoundaryGuard,
    Handler,
    ProcessSpec,
)
from engine.spiff.gateways import EventBasedGateway, ExclusiveGateway, ParallelGateway
from engine.spiff.inclusive import InclusiveGateway
from engine.spiff.instance_events import read_instance_events
from engine.spiff.loop import Loop, StandardLoop
from engine.spiff.multi_instance import ParallelMultiInstance, SequentialMultiInstance
from engine.spiff.token_gate import TokenGate
from engine.spiff.transaction import CANCELLATION_SUFFIX, Cancellation, Transaction
from engine.spiff.triggers import CompensateTrigger, read_trigger
from engine.starts import entries, is_instantiating, start_nodes
from engine.vocabulary import ACTIVITIES

CACHE_SIZE: Final = 128
AD_HOC: Final = full_tag(NodeType.AD_HOC_SUB_PROCESS)
_ACTIVITY_TAGS: Final = frozenset(map(full_tag, ACTIVITIES))


class FlowNodeParser:
    """Mixed into Spiff's task parsers: our loops, our guard, document order of branches."""

    STANDARD_LOOP_CLASS = StandardLoop
    PARALLEL_MI_CLASS = ParallelMultiInstance
    SEQUENTIAL_MI_CLASS = SequentialMultiInstance

    def get_position(self, _node: Any = None) -> dict[str, float]:
        """Give all nodes one place, so that Spiff's sorting by height keeps document order."""
        return {"x": 0.0, "y": 0.0}

    def parse_node(self) -> Any:
        """Create the node and all that follow; without way on, it ends its path."""
        gate = self._token_gate()  # first, since what follows may lead back here
        first = super().parse_node()  # type: ignore[misc] # of Spiff
        self.connect_rest()
        if gate is None:
            return first
        gate.connect(first)
        return gate

    def _token_gate(self) -> TokenGate | None:
        """Create what gathers the tokens an activity needs to begin, if it needs several."""
        quantity = int(self.node.get("startQuantity", "1"))  # type: ignore[attr-defined] # of Spiff
        if quantity == 1:
            return None
        name = f"{self.bpmn_id}{GATE_SUFFIX}"  # type: ignore[attr-defined] # of Spiff
        return TokenGate(self.spec, name, self.bpmn_id, quantity)  # type: ignore[attr-defined] # of Spiff

    def connect_rest(self) -> None:
        """Connect what has no sequence flow out."""
        if not self.task.outputs:  # type: ignore[attr-defined] # of Spiff
            self.task.connect(self.spec.end)  # type: ignore[attr-defined] # of Spiff

    def handles_multiple_outgoing(self) -> bool:
        """Let every flow node have several outgoing flows."""
        return True

    def connect_outgoing(self, spec: Any, sequence_flow: Any, is_default: bool) -> None:  # noqa: FBT001 - the signature is Spiff's
        """Connect the node by a sequence flow, with its condition."""
        condition = (sequence_flow.findtext(full_tag("conditionExpression")) or "").strip()
        gate = self.spec.task_specs.get(f"{sequence_flow.get('targetRef')}{GATE_SUFFIX}")  # type: ignore[attr-defined] # of Spiff
        self.task.completion_quantity = int(self.node.get("completionQuantity", "1"))  # type: ignore[attr-defined] # of Spiff
        self.task.add_way(gate or spec, condition or None, is_default=is_default)  # type: ignore[attr-defined] # of Spiff

    def _add_boundary_event(self, children: Any) -> Any:
        waiting = [node for node in children if not is_compensation(node)]
        if not waiting:
            return self.task  # type: ignore[attr-defined] # of Spiff
        guard = BoundaryGuard(self.spec, f"{self.bpmn_id}{GUARD_SUFFIX}")  # type: ignore[attr-defined] # of Spiff
        guard.connect(self.task)  # type: ignore[attr-defined] # of Spiff
        self.task.completed_event.connect(guard.disarm)  # type: ignore[attr-defined] # of Spiff
        for node in waiting:
            guard.connect(self.process_parser.parse_node(node))  # type: ignore[attr-defined] # of Spiff
        return guard

    def parse_io_spec(self) -> None:
        """Leave inputs and outputs to the definition, which all activities read them from."""

    def parse_incoming_data_references(self) -> list[Any]:
        """Leave data associations to the definition."""
        return []

    def parse_outgoing_data_references(self) -> list[Any]:
        """Leave data associations to the definition."""
        return []

    def _add_multiinstance_task(self, loop_characteristics: Any) -> None:
        super()._add_multiinstance_task(loop_characteristics)  # type: ignore[misc] # of Spiff
        task = self.task  # type: ignore[attr-defined] # of Spiff
        for reference in (task.data_input, task.data_output):
            if reference is not None:
                reference.bpmn_id = loop_variable(self.node, reference.bpmn_id)  # type: ignore[attr-defined] # of Spiff
        self.task.throws = read_instance_events(loop_characteristics)  # type: ignore[attr-defined] # of Spiff
        rule = self.node.find(f"{full_tag('extensionElements')}/{dangwu('countersign')}")  # type: ignore[attr-defined] # of Spiff
        if rule is not None:
            self.task.countersign = Countersign.from_attributes(rule.attrib)  # type: ignore[attr-defined] # of Spiff

    def create_data_spec(self, item: Any, cls: Any) -> Any:
        """Name the variable of a loop item by its name; ids must be unique in the document."""
        return cls(item.get("name") or item.get("id"))


class PlainParser(FlowNodeParser, TaskParser):
    """Activities and gateways without particulars."""


class SubProcessParser(FlowNodeParser, TaskParser):
    """Embedded and event sub-processes, transactions."""

    def create_task(self) -> Any:
        """Create the activity; what is inside is parsed as a process of its own."""
        parser = self.process_parser.parser
        parser.create_parser(self.node, filename=self.filename, lane=self.lane)
        parser.process_parsers[self.bpmn_id].parent = self.process_parser
        particulars = {"subworkflow_spec": self.bpmn_id, **self.bpmn_attributes}
        if self.node.tag == AD_HOC:
            return AdHocSubProcess(
                self.spec,
                self.bpmn_id,
                condition=(self.node.findtext(full_tag("completionCondition")) or "").strip()
                or None,
                sequential=self.node.get("ordering") == "Sequential",
                cancels_remaining=self.node.get("cancelRemainingInstances", "true") == "true",
                **particulars,
            )
        if self.node.get("triggeredByEvent") != "true":
            return self.spec_class(self.spec, self.bpmn_id, **particulars)
        event = self.node.find(full_tag("startEvent"))
        return EventSubProcess(
            self.spec,
            self.bpmn_id,
            read_trigger(event),
            interrupting=event.get("isInterrupting", "true") == "true",
            **particulars,
        )


class EventParser(FlowNodeParser, TaskParser):
    """Events and receive tasks."""

    def create_task(self) -> Any:
        """Create the event with its trigger."""
        trigger = read_trigger(self.node)
        return self.spec_class(
            self.spec, self.bpmn_id, event_definition=trigger, **self.particulars()
        )

    def particulars(self) -> dict[str, Any]:
        """Return what else the specification needs to know."""
        return dict(self.bpmn_attributes)


class CatchEventParser(EventParser):
    """Intermediate catch events."""

    def create_task(self) -> Any:
        """Create the event; where a link leads, nothing is waited for."""
        if link_name(self.node) is not None:
            self.spec_class = LinkCatchEvent
        return super().create_task()


class ThrowEventParser(EventParser):
    """Intermediate throw events."""

    def connect_rest(self) -> None:
        """Lead a link to where it is caught."""
        for catch in link_targets(self.node):
            self.task.connect(self.process_parser.parse_node(catch))
        super().connect_rest()


class BoundaryEventParser(EventParser):
    """Boundary events."""

    def particulars(self) -> dict[str, Any]:
        """Say whether the event interrupts its activity."""
        cancels = self.node.get("cancelActivity", "true") == "true"
        return {**super().particulars(), "cancel_activity": cancels}


class EventBasedGatewayParser(FlowNodeParser, TaskParser):
    """Event-based gateways."""

    def create_task(self) -> EventBasedGateway:
        """Create the gateway; its events stay on the catch events behind it."""
        return EventBasedGateway(
            self.spec,
            self.bpmn_id,
            instantiates=is_instantiating(self.node),
            parallel=self.node.get("eventGatewayType") == "Parallel",
            **self.bpmn_attributes,
        )


class ComplexGatewayParser(FlowNodeParser, TaskParser):
    """Complex gateways."""

    def create_task(self) -> ComplexGateway:
        """Create the gateway with its condition and what it calls its incoming flows."""
        flows = self.node.getparent().findall(full_tag("sequenceFlow"))
        return ComplexGateway(
            self.spec,
            self.bpmn_id,
            condition=(self.node.findtext(full_tag("activationCondition")) or "").strip() or None,
            flows={
                flow.get("id"): flow.get("sourceRef")
                for flow in flows
                if flow.get("targetRef") == self.bpmn_id
            },
            **self.bpmn_attributes,
        )


class DiagramProcessParser(ProcessParser):
    """Processes and sub-processes in our frame, whether or not marked executable."""

    def add_tasks(self) -> None:
        """Parse where the scope may begin and what follows, then the event sub-processes beside it.

        A scope in which nothing stands ends at once.
        """
        begin = entries(self.node)
        first = {node.get("id"): self.parse_node(node) for node in start_nodes(self.node)}
        for spec in first.values() or [self.spec.end]:
            self.spec.start.connect(spec)
        self.spec.entries = tuple(first[node.get("id")] for node in begin)
        if not first and not isinstance(self.spec, AdHocSpec):
            self.spec.entries = (self.spec.end,)
        handlers = [
            self.parse_node(node)
            for node in self.node.findall(full_tag("subProcess"))
            if node.get("triggeredByEvent") == "true"
        ]
        undoing = [
            spec for spec in handlers if isinstance(spec.event_definition, CompensateTrigger)
        ]
        self.spec.compensation_handler = next(iter(undoing), None)
        self.spec.event_sub_processes = tuple(spec for spec in handlers if spec not in undoing)
        if isinstance(self.spec, AdHocSpec):
            self._add_activities(self.spec)
        for event in self.node.findall(full_tag("boundaryEvent")):
            for activity in handlers_of(event):
                self._handle_compensation(event, activity)

    def _add_activities(self, scope: AdHocSpec) -> None:
        """Parse the activities people may start, and all that follows them."""
        nodes = {node.get("id"): node for node in self.node if node.tag in _ACTIVITY_TAGS}
        entered = {flow.get("targetRef") for flow in self.node.findall(full_tag("sequenceFlow"))}
        scope.startable = tuple(
            node_id
            for node_id, node in nodes.items()
            if node_id not in entered
            and node.get("triggeredByEvent") != "true"
            and node.get("isForCompensation") != "true"
        )
        for node_id in scope.startable:
            self.parse_node(nodes[node_id])
        for node_id in nodes.keys() & scope.task_specs.keys():
            scope.connect_activity(scope.task_specs[node_id])

    def _handle_compensation(self, event: Any, activity: Any) -> None:
        """Tell each instance of an activity what undoes it."""
        self.spec.compensation.connect(self.parse_node(activity))
        host, undoing = event.get("attachedToRef"), activity.get("id")
        self._instance_of(undoing).for_compensation = True
        self._instance_of(host).handler = Handler(event.get("id"), undoing)

    def _instance_of(self, activity: str) -> Any:
        specs = self.spec.task_specs
        return specs.get(f"{activity}{INSTANCE_SUFFIX}") or specs[activity]

    def parse_io_spec(self) -> None:
        """Leave the inputs and outputs of a process to the definition."""

    def create_spec(self) -> ProcessSpec:
        """Create the empty frame."""
        frame = AdHocSpec if self.node.tag == AD_HOC else ProcessSpec
        spec = frame(name=self.bpmn_id, description=self.get_name(), filename=self.filename)
        spec.compensation = Compensation(spec, f"{self.bpmn_id}{COMPENSATION_SUFFIX}")
        if self.node.tag == full_tag(NodeType.TRANSACTION):
            spec.cancellation = Cancellation(spec, f"{self.bpmn_id}{CANCELLATION_SUFFIX}")
        return spec


FLOW_NODES: Final[Mapping[NodeType, tuple[type, type]]] = {
    NodeType.START_EVENT: (EventParser, StartEvent),
    NodeType.END_EVENT: (EventParser, EndEvent),
    NodeType.INTERMEDIATE_CATCH_EVENT: (CatchEventParser, CatchEvent),
    NodeType.INTERMEDIATE_THROW_EVENT: (ThrowEventParser, ThrowEvent),
    NodeType.BOUNDARY_EVENT: (BoundaryEventParser, BoundaryEvent),
    NodeType.USER_TASK: (PlainParser, UserTask),
    NodeType.MANUAL_TASK: (PlainParser, PassThrough),
    NodeType.TASK: (PlainParser, PassThrough),
    NodeType.SERVICE_TASK: (PlainParser, ServiceTask),
    NodeType.BUSINESS_RULE_TASK: (PlainParser, BusinessRuleTask),
    NodeType.SCRIPT_TASK: (PlainParser, ScriptTask),
    NodeType.CALL_ACTIVITY: (PlainParser, CallActivity),
    NodeType.RECEIVE_TASK: (EventParser, ReceiveTask),
    NodeType.SEND_TASK: (EventParser, SendTask),
    NodeType.SUB_PROCESS: (SubProcessParser, SubProcess),
    NodeType.AD_HOC_SUB_PROCESS: (SubProcessParser, AdHocSubProcess),
    NodeType.TRANSACTION: (SubProcessParser, Transaction),
    NodeType.EXCLUSIVE_GATEWAY: (PlainParser, ExclusiveGateway),
    NodeType.PARALLEL_GATEWAY: (PlainParser, ParallelGateway),
    NodeType.INCLUSIVE_GATEWAY: (PlainParser, InclusiveGateway),
    NodeType.COMPLEX_GATEWAY: (ComplexGatewayParser, ComplexGateway),
    NodeType.EVENT_BASED_GATEWAY: (EventBasedGatewayParser, EventBasedGateway),
}
"""The flow nodes the kernel can run; the checks refuse all others."""


class DiagramParser(BpmnParser):
    """Spiff's BPMN parser with our flow nodes only."""

    PARSER_CLASSES: Mapping[str, tuple[type, type]] = {}
    OVERRIDE_PARSER_CLASSES: Mapping[str, tuple[type, type]] = {
        full_tag(node_type): classes for node_type, classes in FLOW_NODES.items()
    }
    PROCESS_PARSER_CLASS = DiagramProcessParser

    def add_bpmn_xml(self, bpmn: Any, filename: str | None = None) -> None:
        """Take the processes of a file; our parsers look up messages and the like themselves."""
        for process in bpmn.iter(full_tag("process")):
            self.create_parser(process, filename)


@dataclass(frozen=True, slots=True)
class Executable:
    """The Spiff specifications of one process; shared by instances and threads, never changed."""

    spec: Any
    subprocess_specs: Mapping[str, Any]


_cache: OrderedDict[tuple[str, str], Executable] = OrderedDict()
_lock = Lock()


def executable(process: ProcessDefinition) -> Executable:
    """Return the specifications of a checked process, parsed at most once per process and cache."""
    key = (process.sha256, process.id)
    with _lock:
        found = _cache.get(key)
        if found is None:
            found = _cache[key] = _parse(process)
            if len(_cache) > CACHE_SIZE:
                _cache.popitem(last=False)
        _cache.move_to_end(key)
        return found


def obstacle(process: ProcessDefinition) -> str | None:
    """Return why the library underneath cannot read a checked process; None if it can.

    The checks should have found everything; should they miss something, it must show at
    deployment and not in a running case.
    """
    try:
        executable(process)
    except SpiffWorkflowException as error:
        return str(error)
    return None


def _parse(process: ProcessDefinition) -> Executable:
    parser = DiagramParser()
    parser.add_bpmn_xml(parse_bpmn(process.xml, process.id))
    spec = parser.get_spec(process.id)
    subprocess_specs = parser.get_subprocess_specs(process.id)
    for scope in (spec, *subprocess_specs.values()):
        for task_spec in list(scope.task_specs.values()):
            if isinstance(task_spec, Loop):
                task_spec.connect_instances()
            if isinstance(task_spec, InclusiveGateway):
                task_spec.learn_upstream()
            task_spec.compensable = _is_compensable(task_spec, subprocess_specs)
        for task_spec in scope.task_specs.values():
            if isinstance(task_spec, BoundaryGuard):
                task_spec.marks_start = _is_overtaken(task_spec, scope)
    return Executable(spec, subprocess_specs)


def _is_overtaken(guard: BoundaryGuard, scope: Any) -> bool:
    """Whether what follows from a boundary event may complete before the compensable activity."""
    host, *events = guard.outputs
    instance = scope.task_specs.get(f"{host.name}{INSTANCE_SUFFIX}", host)
    return instance.compensable and not all(event.cancel_activity for event in events)


def _is_compensable(task_spec: Any, subprocess_specs: Mapping[str, Any]) -> bool:
    """Whether completing a node may leave something that could be undone.

    Of a called process it is only known when it ends.
    """
    if task_spec.handler is not None or isinstance(task_spec, CallActivity):
        return True
    if not isinstance(task_spec, SubProcess) or task_spec.for_compensation:
        return False
    scope = subprocess_specs[task_spec.spec]
    return scope.compensation_handler is not None or any(
        _is_compensable(inner, subprocess_specs) for inner in scope.task_specs.values()
    )
