"""Read models of the kernel: what a definition is made of and what a command answers.

Names follow BPMN 2.0 (flow node, sequence flow, lane) and WS-HumanTask (user task, outcome).
Everything is frozen: only `engine.runtime` produces a new state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from engine.ad_hoc import AdHocWork, Available
from engine.timers import TimerKind

Value: TypeAlias = (
    "bool | int | float | str | Decimal | date | datetime | timedelta"
    " | list[Value] | dict[str, Value] | None"
)
Variables: TypeAlias = Mapping[str, Value]


class NodeType(StrEnum):
    """Flow node kinds, spelled as in BPMN 2.0 XML."""

    START_EVENT = "startEvent"
    END_EVENT = "endEvent"
    INTERMEDIATE_CATCH_EVENT = "intermediateCatchEvent"
    INTERMEDIATE_THROW_EVENT = "intermediateThrowEvent"
    BOUNDARY_EVENT = "boundaryEvent"
    USER_TASK = "userTask"
    SERVICE_TASK = "serviceTask"
    BUSINESS_RULE_TASK = "businessRuleTask"
    SEND_TASK = "sendTask"
    RECEIVE_TASK = "receiveTask"
    MANUAL_TASK = "manualTask"
    SCRIPT_TASK = "scriptTask"
    TASK = "task"
    CALL_ACTIVITY = "callActivity"
    SUB_PROCESS = "subProcess"
    AD_HOC_SUB_PROCESS = "adHocSubProcess"
    TRANSACTION = "transaction"
    EXCLUSIVE_GATEWAY = "exclusiveGateway"
    PARALLEL_GATEWAY = "parallelGateway"
    INCLUSIVE_GATEWAY = "inclusiveGateway"
    EVENT_BASED_GATEWAY = "eventBasedGateway"
    COMPLEX_GATEWAY = "complexGateway"


class Tone(StrEnum):
    """How prominent an outcome button is."""

    PRIMARY = "primary"
    NEUTRAL = "neutral"
    DANGER = "danger"


class ReturnPolicy(StrEnum):
    """Whether a user task may be returned (退回) to earlier user tasks."""

    EARLIER = "earlier"
    NONE = "none"


class SkipPolicy(StrEnum):
    """Whether a jump (自由跳转) may pass a user task that has not been done."""

    ALLOWED = "allowed"
    NONE = "none"


class ResubmitPolicy(StrEnum):
    """What follows when a step returned by this user task has been done again."""

    PATH = "path"
    DIRECT = "direct"
    CHOOSE = "choose"


class Resubmission(StrEnum):
    """The way back after a return: along the diagram again, or straight to who returned it."""

    PATH = "path"
    DIRECT = "direct"


class DirectObstacle(StrEnum):
    """Why a returned step cannot go straight back."""

    POLICY = "policy"
    INCIDENT = "incident"
    LOOP = "loop"
    SCOPE = "scope"
    BRANCHES = "branches"


@dataclass(frozen=True, slots=True)
class ReturnOption:
    """A user task another may be returned to, and the ways back from there.

    `obstacle` says why `Resubmission.DIRECT` is not among the ways.
    """

    element_id: str
    ways: tuple[Resubmission, ...]
    obstacle: DirectObstacle | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way to complete a user task: a button."""

    id: str
    name: str
    tone: Tone = Tone.NEUTRAL
    opinion_required: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane of the diagram; `id` is the key of `[lanes.*]` in procedure.toml."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class FlowNode:
    """One flow node with what our extensions say about it.

    `regions` is the path of parallel regions around the node, outermost first, each as
    (id of the forking node, id of the sequence flow that starts the branch).  `messages` are what
    the node waits for, `signals` what it throws; `link` is the id of the event a link throw event
    leads to; `called` is the id of the process a call activity calls; `script` is FEEL text.
    `variables` are the variables the node declares (data objects, properties, inputs and outputs)
    with what they begin with, `data_inputs` and `data_outputs` the mappings into and out of it as
    (variable, FEEL text).  `loop_item` is the name of the item of a multi-instance activity,
    `results` the variables its loop writes; `store_reads` are names in the data
    inputs that stand for data stores, as (name, id of the store), `store_writes` what it writes
    there, as (id, FEEL text); `start_quantity` is the number of tokens an activity needs to begin.
    """

    id: str
    name: str
    type: NodeType
    lane: str | None = None
    documentation: str = ""
    form: str | None = None
    stage: int | None = None
    step: int | None = None
    outcomes: tuple[Outcome, ...] = ()
    return_policy: ReturnPolicy = ReturnPolicy.EARLIER
    resubmit_policy: ResubmitPolicy = ResubmitPolicy.CHOOSE
    skip_policy: SkipPolicy = SkipPolicy.ALLOWED
    decision: str | None = None
    decision_result: str | None = None
    operation: str | None = None
    inputs: tuple[tuple[str, str], ...] = ()
    attached_to: str | None = None
    messages: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    link: str | None = None
    called: str | None = None
    loop_item: str | None = None
    results: tuple[str, ...] = ()
    script: str | None = None
    variables: tuple[tuple[str, Value], ...] = ()
    data_inputs: tuple[tuple[str, str], ...] = ()
    data_outputs: tuple[tuple[str, str], ...] = ()
    store_reads: tuple[tuple[str, str], ...] = ()
    store_writes: tuple[tuple[str, str], ...] = ()
    start_quantity: int = 1
    regions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SequenceFlow:
    """One sequence flow; `condition` is FEEL text."""

    id: str
    name: str
    source: str
    target: str
    condition: str | None = None
    is_default: bool = False


class TriggerKind(StrEnum):
    """What comes from outside a process instance and moves it, or creates one."""

    MESSAGE = "message"
    SIGNAL = "signal"
    TIMER = "timer"
    CONDITION = "condition"


@dataclass(frozen=True, slots=True)
class StartTrigger:
    """Something whose occurrence creates an instance: one event definition of a start.

    `element_id` is what to pass to `runtime.start` as `start_event`: a start event, or the receive
    task or catch event that instantiates the process.  `name` is that of the message or signal;
    `expression` the FEEL of a condition or the FEEL or ISO 8601 text of a timer.  All triggers of
    one element that happen `together` are needed for one instance (parallel multiple).
    """

    kind: TriggerKind
    element_id: str
    name: str
    expression: str | None = None
    timer: TimerKind | None = None
    together: bool = False


@dataclass(frozen=True, slots=True)
class CorrelationKey:
    """A composite key of messages that belong together (BPMN 2.0.2 section 8.4.2).

    `paths` maps names of messages to one FEEL expression over the payload per property;
    `bindings` are FEEL expressions over the variables of the instance, one per property, or none
    when the key is learnt from the first message.
    """

    id: str
    paths: Mapping[str, tuple[str, ...]]
    bindings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcessDefinition:
    """One executable process of a BPMN file, ready for the runtime.

    `sha256` identifies the XML bytes: it is the key of the cache of parsed specs.  `variables` are
    the declared ones with what they begin with.  `library` holds all processes deployed together,
    this one included, by id: what call activities call is bound at deployment.  Processes may call
    each other, so it is filled after they have been read.  `entries` are the ids of the nodes where
    a start without trigger begins, perhaps none; `start_triggers` is what else creates instances;
    `correlation_keys` decide which messages belong to an instance.
    """

    id: str
    name: str
    sha256: str
    xml: bytes = field(repr=False)
    nodes: Mapping[str, FlowNode]
    flows: Mapping[str, SequenceFlow]
    lanes: Mapping[str, Lane]
    variables: tuple[tuple[str, Value], ...] = ()
    library: Mapping[str, ProcessDefinition] = field(
        default_factory=dict, repr=False, compare=False
    )
    entries: tuple[str, ...] = ()
    start_triggers: tuple[StartTrigger, ...] = ()
    correlation_keys: tuple[CorrelationKey, ...] = ()

    @property
    def user_tasks(self) -> tuple[FlowNode, ...]:
        """All user tasks in document order."""
        return tuple(n for n in self.nodes.values() if n.type is NodeType.USER_TASK)

    @property
    def has_scopes(self) -> bool:
        """Whether its tasks may see other variables than those of the instance.

        So they do inside called processes and where activities declare data; the item of a loop
        stands in `OpenTask`.
        """
        return len(self.library) > 1 or any(
            node.variables or node.data_inputs for node in self.nodes.values()
        )

    @property
    def with_called(self) -> tuple[ProcessDefinition, ...]:
        """This process and all it calls, directly or not."""
        found = [self]
        for process in found:
            for node in process.nodes.values():
                called = self.library.get(node.called or "")
                if called is not None and all(called is not known for known in found):
                    found.append(called)
        return tuple(found)

    def owner_of(self, element_id: str) -> ProcessDefinition:
        """Return the process that has a flow node: this one, or one deployed together with it.

        Raises KeyError when none has.
        """
        for process in (self, *self.library.values()):
            if element_id in process.nodes:
                return process
        raise KeyError(element_id)

    @property
    def start_elements(self) -> tuple[str, ...]:
        """What may be passed to `runtime.start`: all start events, and what else instantiates."""
        starts = (n for n in self.nodes.values() if n.type is NodeType.START_EVENT)
        own = [node.id for node in starts if not node.regions]
        return tuple(dict.fromkeys((*own, *(found.element_id for found in self.start_triggers))))

    @property
    def start_event(self) -> FlowNode:
        """Where a start without trigger begins; in our folders exactly one none start event."""
        return self.nodes[self.entries[0]]


class InstanceStatus(StrEnum):
    """States of a process instance; with an incident its other branches go on."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    TERMINATED = "terminated"
    VOIDED = "voided"
    INCIDENT = "incident"

    @property
    def is_running(self) -> bool:
        """Whether tasks may be completed, messages arrive and timers fire."""
        return self in {InstanceStatus.ACTIVE, InstanceStatus.INCIDENT}

    @property
    def has_ended(self) -> bool:
        """Whether nothing can happen any more."""
        return self in {
            InstanceStatus.COMPLETED,
            InstanceStatus.TERMINATED,
            InstanceStatus.VOIDED,
        }


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A user task somebody can complete now; `id` is stable over save and load.

    `variables` are those of the called process it stands in; None stands for the instance's own.
    `resubmits` is the id of the task whose return has come straight back here.
    """

    id: str
    element_id: str
    loop_item: Value = None
    variables: Variables | None = None
    resubmits: str | None = None


@dataclass(frozen=True, slots=True)
class PendingOperation:
    """A service task waits for its operation; answer with `complete_operation`.

    `variables` are as in `OpenTask`.
    """

    id: str
    element_id: str
    operation: str
    inputs: Variables
    variables: Variables | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """A token stands on an element that failed; retry, skip or return it (engine.incidents).

    `message` and `remedy` are Chinese; `expression` is the FEEL text, or the decision or operation;
    `seen` are the variables it read, None for missing ones; `since` is aware.  `flows` are the
    outgoing sequence flows to choose from when it is skipped, empty when nothing is to choose.
    """

    task_id: str
    element_id: str
    code: str
    message: str
    remedy: str
    expression: str
    seen: Variables
    since: datetime
    flows: tuple[str, ...] = ()


class EventType(StrEnum):
    """What the kernel reports; subject, then what happened to it."""

    INSTANCE_STARTED = "instance_started"
    INSTANCE_COMPLETED = "instance_completed"
    INSTANCE_TERMINATED = "instance_terminated"
    INSTANCE_MIGRATED = "instance_migrated"
    INSTANCE_VOIDED = "instance_voided"
    INSTANCE_SUSPENDED = "instance_suspended"
    INSTANCE_RESUMED = "instance_resumed"
    ELEMENT_ENTERED = "element_entered"
    ELEMENT_COMPLETED = "element_completed"
    ELEMENT_CANCELLED = "element_cancelled"
    TIMER_FIRED = "timer_fired"
    MESSAGE_CAUGHT = "message_caught"
    MESSAGE_THROWN = "message_thrown"
    SIGNAL_THROWN = "signal_thrown"
    ERROR_THROWN = "error_thrown"
    ESCALATION_THROWN = "escalation_thrown"
    COMPENSATION_THROWN = "compensation_thrown"
    TRANSACTION_CANCELLED = "transaction_cancelled"
    DECISION_EVALUATED = "decision_evaluated"
    DATA_STORED = "data_stored"
    COUNTERSIGN_DECIDED = "countersign_decided"
    LOOP_EXTENDED = "loop_extended"
    LOOP_REDUCED = "loop_reduced"
    TOKEN_MOVED = "token_moved"  # noqa: S105 - a BPMN token
    INCIDENT_RAISED = "incident_raised"
    INCIDENT_RESOLVED = "incident_resolved"
    TASK_WITHDRAWN = "task_withdrawn"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened inside one command, in order."""

    type: EventType
    element_id: str | None
    name: str = ""
    task_id: str | None = None
    data: Variables = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subscription:
    """Something an instance waits for from outside, besides its timers.

    `name` is that of the message or signal, or the FEEL text of a condition; `keys` are the values
    a message must have by id of the correlation key, one per property, None for any.
    """

    kind: TriggerKind
    element_id: str
    name: str
    keys: Mapping[str, list[Value]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Advance:
    """The answer of every command: the whole truth about the instance after it.

    `state` is opaque bytes for `process_instance.state`; `open_tasks` and `operations` are complete
    lists; `opened` are the open tasks this command opened, `closed` the ids of those it closed (a
    task whose way out failed is closed too), for callers that keep a list of their own; `messages`
    names what could be caught now; `next_due_at` is the earliest timer (aware datetime) or None.
    `ad_hoc` are the running ad-hoc sub-processes; `stored` is what the command has written to data
    stores, for the caller to keep, by the id of the store; `incidents` are all that are open;
    `subscriptions` lists what else is waited for, in order of waiting.
    """

    state: bytes = field(repr=False)
    status: InstanceStatus
    variables: Variables
    open_tasks: Sequence[OpenTask]
    operations: tuple[PendingOperation, ...]
    messages: tuple[str, ...]
    next_due_at: datetime | None
    events: tuple[Event, ...]
    incidents: tuple[Incident, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    opened: tuple[OpenTask, ...] = ()
    closed: tuple[str, ...] = ()
    ad_hoc: tuple[AdHocWork, ...] = ()
    stored: Variables = field(default_factory=dict)

    @property
    def available(self) -> tuple[Available, ...]:
        """What may be started now in ad-hoc sub-processes."""
        return tuple(
            Available(work.scope_id, work.element_id, activity.element_id)
            for work in self.ad_hoc
            for activity in work.activities
            if activity.may_start
        )

    @property
    def finishable(self) -> tuple[str, ...]:
        """The ids of the ad-hoc sub-processes that may be ended now."""
        return tuple(work.scope_id for work in self.ad_hoc if work.may_finish)
