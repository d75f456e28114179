"""The token rules every flow node shares, and the frame of a process made of such nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.control import BpmnStartTask, SimpleBpmnTask, _EndJoin
from SpiffWorkflow.util.task import TaskState

from engine.model import EventType, Value
from engine.spiff.internals import add_token, enter, is_live, set_state
from engine.spiff.parking import INCIDENT, Phase, phase_of
from engine.spiff.records import mark_start
from engine.spiff.scope import assign

START, END = "(start)", "(end)"
TRIGGERED = "triggered"
"""Marks a token that begins an instance; the value is the id of the event that has happened."""
END_JOIN_SUFFIX = " (end join)"
INSTANCE_SUFFIX = " [child]"
SKIPS_TO = "skips_to"
"""Where the token of a skipped node goes, instead of the ways its conditions would choose."""
NOT_DONE = "not_done"
"""The node is skipped without having been done: it has no outputs and nothing to undo."""
GUARD_SUFFIX = ".BoundaryEventSplit"
GATE_SUFFIX = ".StartQuantity"
RESUBMIT = "resubmit"
RESUBMITS = "resubmits"


def cancel(task: Any) -> None:
    """Take back `task` and every token below it, innermost first."""
    for child in task.children:
        if is_live(child):
            cancel(child)
    if is_live(task):
        task.cancel()


def end_scope(workflow: Any, spare: Any = None) -> None:
    """Take back every token of a process or sub-process except `spare`."""
    for task in list(workflow.tasks.values()):
        if is_live(task) and task is not spare:
            cancel(task)


def abort_scope(workflow: Any) -> None:
    """Take back every token of a scope that ends abnormally: nothing of it can be compensated."""
    end_scope(workflow)
    workflow.records.clear()
    workflow.terminated = True


def is_idle(task: Any) -> bool:
    """Whether `task` is an event sub-process that has not started."""
    return bool(task.state == TaskState.WAITING and task.task_spec.handles_events)


@dataclass(frozen=True, slots=True)
class Way:
    """An outgoing sequence flow: the specification it leads to, and its condition in FEEL."""

    target: str
    condition: str | None
    is_default: bool


@dataclass(frozen=True, slots=True)
class Handler:
    """How an activity is compensated: the boundary event and the activity associated with it."""

    event: str
    activity: str


class FlowNode:
    """Mixed into every Spiff specification: no predictions, and a report of what happens.

    `compensable` says that completing the node leaves a record, `compensates` that the tokens
    below it are handlers, which lead nowhere.  `completion_quantity` is how many tokens an activity
    puts on each flow it takes.
    """

    bpmn_id: str | None
    ways: tuple[Way, ...] = ()
    handles_events = False
    handler: Handler | None = None
    compensable = False
    compensates = False
    instantiates = False
    completion_quantity = 1

    def add_way(self, spec: Any, condition: str | None, *, is_default: bool) -> None:
        """Connect the node with `spec` by a sequence flow."""
        self.connect(spec)  # type: ignore[attr-defined] # of the Spiff specification
        self.ways = (*self.ways, Way(spec.name, condition, is_default))

    @property
    def default_target(self) -> str | None:
        """Where the default flow leads."""
        return next((way.target for way in self.ways if way.is_default), None)

    def _predict(self, *_: Any, **__: Any) -> None:
        """Predict nothing: successors are created when a token moves on."""

    def _predict_hook(self, my_task: Any) -> None:
        """Predict nothing, see `_predict`."""

    def test(self) -> None:
        """Demand no neighbours: in an ad-hoc sub-process people choose where to start."""

    def announces_entry(self, _my_task: Any) -> bool:
        """Whether reaching the node is an entry; armed events are entered when they fire."""
        return True

    def _update(self, my_task: Any) -> None:
        execution = my_task.workflow.script_engine
        execution.attempt(my_task, Phase.ENTER, lambda: self.enter(my_task))

    def enter(self, my_task: Any) -> None:
        """Decide whether a token that arrives waits or goes on."""
        if self.announces_entry(my_task):
            my_task.workflow.script_engine.entered(my_task)
        super()._update(my_task)  # type: ignore[misc] # mixin before a Spiff specification

    def correct(self, my_task: Any, values: Mapping[str, Value]) -> None:
        """Write what is corrected before a failed step is done again."""
        assign(my_task, values)

    def move_on(self, my_task: Any) -> None:
        """Put a token on every outgoing flow whose condition does not forbid it.

        The default flow is taken when no other is.
        """
        outputs = self.outputs  # type: ignore[attr-defined] # of the Spiff specification
        if self.ways:
            ways = [(way.condition, way.target) for way in self.ways if not way.is_default]
            execution = my_task.workflow.script_engine
            chosen = execution.choose_all(my_task, ways, self.default_target)
            outputs = [my_task.workflow.spec.task_specs[target] for target in chosen]
        self.emit(my_task, outputs)

    def emit(self, my_task: Any, specs: Iterable[Any]) -> None:
        """Put as many tokens as the node sends on the flow to each of `specs`."""
        for spec in specs:
            for _ in range(self.completion_quantity):
                add_token(my_task, spec)

    def _on_complete(self, my_task: Any) -> None:
        my_task.workflow.script_engine.completed(my_task)
        parent = my_task.parent
        handling = parent is not None and parent.task_spec.compensates and is_live(parent)
        targets = my_task.internal_data.pop(SKIPS_TO, None)
        straight = not handling and resubmit(my_task)
        if not handling and not straight and targets is None:
            self.move_on(my_task)
        elif not handling and not straight:
            self.emit(my_task, [my_task.workflow.spec.task_specs[target] for target in targets])
        super()._on_complete(my_task)  # type: ignore[misc] # mixin before a Spiff specification
        if handling:
            parent.task_spec.go_on(parent)

    def _on_cancel(self, my_task: Any) -> None:
        my_task.workflow.script_engine.cancelled(my_task)
        super()._on_cancel(my_task)  # type: ignore[misc] # mixin before a Spiff specification


class Judging:
    """Mixed into nodes that ask again and again whether they go on; a failure is an incident."""

    def proceed(self, my_task: Any) -> None:
        """Attempt to decide what follows; a failure leaves what had come before it."""
        my_task.internal_data.pop(INCIDENT, None)
        execution = my_task.workflow.script_engine
        execution.attempt(my_task, Phase.REPEAT, lambda: self.judge(my_task))

    def judge(self, my_task: Any) -> None:
        """Decide what follows."""
        raise NotImplementedError

    def finish(self, my_task: Any) -> None:
        """End the waiting without asking, with what has come so far."""
        raise NotImplementedError


class ScopeStart(FlowNode, BpmnStartTask):
    """Root of the token tree of a process or sub-process; event sub-processes wait below it."""

    def move_on(self, my_task: Any) -> None:
        """Arm the event sub-processes, then start by itself or where the trigger happened.

        An event behind an instantiating gateway happens through the gateway, which chooses.
        """
        workflow = my_task.workflow
        for spec in workflow.spec.event_sub_processes:
            add_token(my_task, spec)
        if workflow.entry is None:
            for spec in workflow.spec.entries:
                add_token(my_task, spec)
            return
        event = workflow.spec.task_specs[workflow.entry]
        gateway = next((spec for spec in event.inputs if spec.instantiates), None)
        add_token(my_task, gateway or event).internal_data[TRIGGERED] = workflow.entry


class ScopeEnd(FlowNode, SimpleBpmnTask):
    """What completes a process or sub-process."""


class EndJoin(FlowNode, _EndJoin):
    """Consumes the tokens of end events; the last one completes the scope."""

    def _update_hook(self, my_task: Any) -> bool:
        others = [
            task
            for task in my_task.workflow.tasks.values()
            if is_live(task) and task is not my_task
        ]
        if not all(is_idle(task) for task in others):
            set_state(my_task, TaskState.CANCELLED)
            return False
        end_scope(my_task.workflow, spare=my_task)
        return True

    def _run_hook(self, _my_task: Any) -> bool:
        return True


class BoundaryGuard(FlowNode, SimpleBpmnTask):
    """Stands before an activity with boundary events: starts it and arms them together."""

    marks_start = False

    def _update(self, my_task: Any) -> None:
        if self.marks_start:
            mark_start(my_task)
        my_task.complete()

    def disarm(self, _workflow: Any, host: Any) -> None:
        """Take back the events that still wait, or could not be armed, when `host` has completed.

        A compensated activity has none.
        """
        if not is_guard(host.parent):
            return
        for task in host.parent.children:
            if task.state == TaskState.WAITING or phase_of(task) is Phase.ENTER:
                cancel(task)


def is_guard(task: Any) -> bool:
    """Whether `task` is the anchor of an activity with boundary events."""
    return isinstance(task.task_spec, BoundaryGuard)


class ProcessSpec(BpmnProcessSpec):
    """A process or sub-process whose frame follows our token rules too."""

    event_sub_processes: tuple[Any, ...] = ()
    end_class = EndJoin
    compensation_handler: Any = None
    compensation: Any = None
    cancellation: Any = None
    entries: tuple[Any, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.task_specs.clear()
        self.start = ScopeStart(self, START)
        self.end = self.end_class(self, f"{self.name}{END_JOIN_SUFFIX}")
        self.end.connect(ScopeEnd(self, END))


def entrance_names(element_id: str) -> tuple[str, ...]:
    """Return the names of the specifications a sequence flow to an element may lead to."""
    return (f"{element_id}{GATE_SUFFIX}", f"{element_id}{GUARD_SUFFIX}", element_id)


def place_token(workflow: Any, element_id: str) -> Any:
    """Put a new token on an element, directly below the root of its scope, and return it.

    An activity with boundary events is entered through its guard, which arms them.
    """
    specs = workflow.spec.task_specs
    spec = specs.get(f"{element_id}{GUARD_SUFFIX}") or specs[element_id]
    task = add_token(workflow.task_tree, spec)
    enter(task)
    if is_guard(task):
        inside = (child for child in task.children if child.task_spec.name == element_id)
        return next(inside, task)
    return task


def remember_return(task: Any, source: Any) -> None:
    """Let `task` go straight back to the user task `source` once it has completed.

    What `source` itself was to go back to comes after that.
    """
    step = {"element": source.task_spec.bpmn_id, "task": str(source.id)}
    task.internal_data[RESUBMIT] = [step, *source.internal_data.get(RESUBMIT, [])]


def resubmit(my_task: Any) -> bool:
    """Put the token of `my_task` straight on the user task that returned it, if one did."""
    steps = my_task.internal_data.get(RESUBMIT)
    if not steps:
        return False
    step, *rest = steps
    execution = my_task.workflow.script_engine
    execution.report(EventType.TOKEN_MOVED, my_task, {"to": step["element"]})
    task = place_token(my_task.workflow, step["element"])
    task.internal_data[RESUBMITS] = step["task"]
    if rest:
        task.internal_data[RESUBMIT] = rest
    return True
