"""One command at work on one instance: load or begin, move, run to rest, answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.util.task import TaskState

from engine import state as codec
from engine.errors import (
    DangwuError,
    EndlessCircle,
    InstanceSuspended,
    InvalidState,
    TaskNotOpen,
)
from engine.model import (
    Advance,
    EventType,
    Incident,
    InstanceStatus,
    OpenTask,
    PendingOperation,
    ProcessDefinition,
    Subscription,
    TriggerKind,
    Value,
)
from engine.open_tasks import OpenTasks, RestingTasks
from engine.spiff import ad_hoc, conditions
from engine.spiff.activities import INPUTS, ServiceTask, UserTask
from engine.spiff.data import node_of
from engine.spiff.events import BoundaryEvent, armed_timers
from engine.spiff.execution import Environment, Execution
from engine.spiff.flow_node import RESUBMITS
from engine.spiff.inclusive import release
from engine.spiff.internals import live_tasks, workflows
from engine.spiff.loop import LOOP
from engine.spiff.parking import AttemptFailed, Phase, is_parked, mark_of, phase_of, seen_of
from engine.spiff.resting import resting, wake
from engine.spiff.scope import LOCALS
from engine.spiff.triggers import ConditionTrigger, MessageTrigger, SignalTrigger, awaited
from engine.spiff.workflow import Instance, initial_variables

MAX_STEPS: Final = 10_000
MAX_FAILURES: Final = 50
"""How many failing steps one command turns into incidents; with more it is refused."""
_PRUNE_EVERY: Final = 200


def perform(
    process: ProcessDefinition,
    environment: Environment,
    now: datetime,
    act: Callable[[Command], Advance],
) -> Advance:
    """Return the answer of `act`, done anew as often as a step of it turns out to fail.

    A step that fails becomes an incident (`engine.spiff.parking`), so `act` must load the state
    itself and change nothing else.  Raises what `act` refuses; errors of the library become ours.
    """
    if now.tzinfo is None:
        raise ValueError("now must be aware")
    failures: dict[int, DangwuError] = {}
    for _ in range(MAX_FAILURES):
        try:
            return act(Command(process, Execution(process, environment, now, failures)))
        except AttemptFailed as failed:
            # What failed later inside the same step will not be attempted any more.
            failures = {n: error for n, error in failures.items() if n < failed.number}
            failures[failed.number] = failed.error
        except SpiffWorkflowException as error:
            raise InvalidState(f"流程“{process.name}”无法继续推进。") from error
    raise failures[max(failures)]


class Command:
    """One command at work on one instance."""

    def __init__(self, process: ProcessDefinition, execution: Execution) -> None:
        self.process = process
        self.execution = execution
        self.steps = 0

    def begin(self, variables: Mapping[str, object], start_event: str | None = None) -> None:
        """Create a new instance, perhaps by an event; its first step is still to be run."""
        self.instance = Instance(self.process, self.execution)
        self.instance.variables = initial_variables(self.process, variables)
        self.instance.entry = start_event
        self.status = InstanceStatus.ACTIVE

    def load(self, state: bytes) -> None:
        """Take up a saved instance; raises StateFormatError."""
        self.instance, self.status = codec.load(self.process, state, self.execution)

    def open(self, state: bytes) -> None:
        """Take up a saved instance that may move; raises InstanceSuspended."""
        self.load(state)
        if self.status is InstanceStatus.SUSPENDED:
            raise InstanceSuspended

    def find(self, task_id: str, kind: type, state: int) -> Any:
        """Return the live task; raises TaskNotOpen for everything else."""
        try:
            wanted = UUID(task_id)
        except ValueError as error:
            raise TaskNotOpen from error
        for workflow in workflows(self.instance):
            task = workflow.tasks.get(wanted)
            if task is not None and task.state == state and isinstance(task.task_spec, kind):
                if is_parked(task):
                    break
                return task
        woken = wake(self.instance, wanted) if kind is UserTask else None
        if woken is None:
            raise TaskNotOpen
        return woken

    def find_incident(self, task_id: str) -> Any:
        """Return the token of an incident; raises TaskNotOpen for everything else."""
        found = (task for task in live_tasks(self.instance) if is_parked(task))
        task = next((task for task in found if str(task.id) == task_id), None)
        if task is None:
            raise TaskNotOpen("该异常已经处理。")
        return task

    def find_returnable(self, task_id: str) -> Any:
        """Return the open user task or incident; raises TaskNotOpen."""
        try:
            return self.find_incident(task_id)
        except TaskNotOpen:
            return self.find(task_id, UserTask, TaskState.READY)

    def attempt(self, task: Any, phase: Phase, step: Callable[[], object]) -> None:
        """Do one step of `task`; when it fails its token becomes an incident."""
        self.execution.attempt(task, phase, step)

    def settle(self) -> None:
        """Run what runs by itself until only people, operations and events are waited for."""
        while True:
            while (task := self._next_ready()) is not None:
                if self.may_step(task):
                    self.attempt(task, Phase.RUN, task.run)
            if release(self.instance):
                continue
            if not conditions.occur(self.instance, self.may_step):
                return

    def may_step(self, task: Any) -> bool:
        """Park the token of a flow that turns in circles without ever waiting."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            message = f"流程“{self.process.name}”陷入了没有人工环节的循环。"
            self.execution.park(task, Phase.RUN, EndlessCircle(message))
            return False
        if self.steps % _PRUNE_EVERY == 0:
            codec.prune(self.instance)
        return True

    def _next_ready(self) -> Any:
        for workflow in workflows(self.instance):
            for task in workflow.tasks.values():
                if task.state == TaskState.READY and not isinstance(task.task_spec, UserTask):
                    return task
        return None

    def open_ids(self) -> list[str]:
        """Return the ids of the open user tasks."""
        parts = [part for task in live_tasks(self.instance) if (part := _open(task)) is not None]
        return [task.id for task in OpenTasks(parts)]

    def advance(self) -> Advance:
        """Return the answer of the command."""
        self.settle()
        if self.status.is_running and self.instance.completed:
            self.status = InstanceStatus.COMPLETED
            self.execution.note(EventType.INSTANCE_COMPLETED)
        return self.answer()

    def answer(self) -> Advance:
        """Return the whole truth about the instance as it stands."""
        tasks = list(live_tasks(self.instance))
        timers = [timer.due for task in tasks for _, timer in armed_timers(task)]
        subscriptions = tuple(found for task in tasks for found in self._subscriptions(task))
        messages = {found.name for found in subscriptions if found.kind is TriggerKind.MESSAGE}
        parked = [task for task in tasks if is_parked(task)]
        if self.status.is_running:
            self.status = InstanceStatus.INCIDENT if parked else InstanceStatus.ACTIVE
        open_tasks = OpenTasks([part for task in tasks if (part := _open(task)) is not None])
        opened = self.execution.opened
        return Advance(
            state=codec.dump(self.instance, self.status),
            status=self.status,
            variables=self.instance.variables,
            open_tasks=open_tasks,
            opened=tuple(task for task in open_tasks if task.id in opened) if opened else (),
            closed=tuple(self.execution.closed),
            ad_hoc=tuple(map(ad_hoc.work_in, ad_hoc.ad_hoc_tokens(self.instance))),
            operations=tuple(
                _operation(task)
                for task in tasks
                if isinstance(task.task_spec, ServiceTask) and not is_parked(task)
            ),
            stored=dict(self.execution.stored),
            messages=tuple(sorted(messages)),
            next_due_at=min(timers, default=None),
            events=tuple(self.execution.events),
            incidents=tuple(self.incident(task) for task in parked),
            subscriptions=subscriptions,
        )

    def incident(self, task: Any) -> Incident:
        """Describe the incident of a parked token."""
        mark = mark_of(task)
        return Incident(
            task_id=str(task.id),
            element_id=task.task_spec.bpmn_id,
            code=str(mark["code"]),
            message=str(mark["message"]),
            remedy=str(mark["remedy"]),
            expression=str(mark["expression"]),
            seen=seen_of(task),
            since=cast("datetime", mark["since"]),
            flows=self._ways_past(task),
        )

    def _ways_past(self, task: Any) -> tuple[str, ...]:
        """Return the flows to choose from where the diagram asks a condition."""
        spec = task.task_spec
        stays = phase_of(task) is Phase.REPEAT or never_armed(task)
        if stays or all(way.condition is None for way in spec.ways):
            return ()
        flows = task.workflow.definition.flows.values()
        return tuple(flow.id for flow in flows if flow.source == spec.bpmn_id)

    def _subscriptions(self, task: Any) -> Iterator[Subscription]:
        element_id = task.task_spec.bpmn_id
        for _, trigger in awaited(task):
            if isinstance(trigger, MessageTrigger):
                keys = self.execution.expected_keys(self.instance, trigger.name)
                yield Subscription(TriggerKind.MESSAGE, element_id, trigger.name, keys)
            elif isinstance(trigger, SignalTrigger):
                yield Subscription(TriggerKind.SIGNAL, element_id, trigger.name)
            elif isinstance(trigger, ConditionTrigger):
                yield Subscription(TriggerKind.CONDITION, element_id, trigger.expression)


def _operation(task: Any) -> PendingOperation:
    return PendingOperation(
        str(task.id),
        task.task_spec.bpmn_id,
        node_of(task).operation or "",
        task.internal_data[INPUTS],
        _called_variables(task),
    )


def _called_variables(task: Any) -> dict[str, Value] | None:
    workflow = task.workflow
    return workflow.variables if workflow.calls else None


def never_armed(task: Any) -> bool:
    """Whether an incident is an event beside the flow that could not be armed."""
    beside = isinstance(task.task_spec, BoundaryEvent) or task.task_spec.handles_events
    return beside and phase_of(task) is Phase.ENTER


def _open(task: Any) -> OpenTask | RestingTasks | None:
    """Describe a user task or the resting instances of a loop, which may be an incident itself."""
    if isinstance(task.task_spec, UserTask):
        return None if is_parked(task) else _open_task(task)
    rows = resting(task)
    if not rows:
        return None
    items = task.internal_data[LOOP]["items"] if task.task_spec.input_item is not None else None
    called = _called_variables(task)
    return RestingTasks(task.task_spec.bpmn_id, task.id, tuple(rows), items, called)


def _open_task(task: Any) -> OpenTask:
    """Describe a user task; the item of its loop instance, if it has one."""
    local = task.internal_data.get(LOCALS)
    wrapper = task.parent.task_spec if local is not None else None
    input_item = getattr(wrapper, "input_item", None)
    item: Value = local.get(input_item.bpmn_id) if local and input_item is not None else None
    resubmits = task.internal_data.get(RESUBMITS)
    return OpenTask(str(task.id), task.task_spec.bpmn_id, item, _called_variables(task), resubmits)
