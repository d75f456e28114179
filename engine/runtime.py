"""The commands on a process instance: state in, `Advance` out.

Every command loads the state, does one thing, runs the instance until it rests, and returns the
new state with everything that happened.  Nothing is shared with the caller: when a command raises,
the old state simply stays.  Locks, permissions and the journal belong to the caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.util.task import TaskState

from engine import state as codec
from engine import structure
from engine.errors import (
    ExpressionError,
    InvalidState,
    NoMatchingEvent,
    TargetNotAllowed,
    TaskNotOpen,
)
from engine.model import (
    Advance,
    EventType,
    InstanceStatus,
    OpenTask,
    PendingOperation,
    ProcessDefinition,
    ReturnPolicy,
    Value,
    Variables,
)
from engine.spiff.activities import INPUTS, ServiceTask, UserTask
from engine.spiff.events import armed_timer, awaited_message
from engine.spiff.execution import Environment, Execution
from engine.spiff.flow_node import cancel, place_token
from engine.spiff.gateways import ARRIVED_FROM
from engine.spiff.internals import is_live, live_tasks, workflows
from engine.spiff.parser import GUARD_SUFFIX, executable
from engine.spiff.scope import LOCALS, assign
from engine.spiff.workflow import Instance
from engine.values import clone_all

__all__ = [
    "Environment",
    "complete",
    "complete_operation",
    "correlate",
    "fire_timers",
    "inspect",
    "return_targets",
    "return_to",
    "start",
    "terminate",
]

MAX_STEPS: Final = 10_000
_PRUNE_EVERY: Final = 200


@contextmanager
def _command(
    process: ProcessDefinition, environment: Environment, now: datetime
) -> Iterator[_Command]:
    """Give a command its place to work; errors of the library become ours."""
    try:
        yield _Command(process, environment, now)
    except SpiffWorkflowException as error:
        raise InvalidState(f"流程“{process.name}”无法继续推进。") from error


class _Command:
    """One command at work on one instance."""

    def __init__(self, process: ProcessDefinition, environment: Environment, now: datetime) -> None:
        if now.tzinfo is None:
            raise ValueError("now must be aware")
        self.process = process
        self.execution = Execution(process, environment, now)
        self.steps = 0

    def begin(self, variables: Mapping[str, object]) -> None:
        parsed = executable(self.process)
        self.instance = Instance(parsed.spec, parsed.subprocess_specs, self.execution)
        self.instance.variables = clone_all(variables)
        self.status = InstanceStatus.ACTIVE

    def load(self, state: bytes) -> None:
        self.instance, self.status = codec.load(self.process, state, self.execution)

    def find(self, task_id: str, kind: type, state: int) -> Any:
        """Return the live task; raises TaskNotOpen for everything else."""
        try:
            wanted = UUID(task_id)
        except ValueError as error:
            raise TaskNotOpen from error
        for workflow in workflows(self.instance):
            task = workflow.tasks.get(wanted)
            if task is not None and task.state == state and isinstance(task.task_spec, kind):
                return task
        raise TaskNotOpen

    def settle(self) -> None:
        """Run what runs by itself until only people, operations and events are waited for."""
        while (task := self._next_ready()) is not None:
            self.count_step()
            task.run()

    def count_step(self) -> None:
        """Guard against flows that turn in circles without ever waiting."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            raise ExpressionError(f"流程“{self.process.name}”陷入了没有人工环节的循环。")
        if self.steps % _PRUNE_EVERY == 0:
            codec.prune(self.instance)

    def _next_ready(self) -> Any:
        for workflow in workflows(self.instance):
            for task in workflow.tasks.values():
                if task.state == TaskState.READY and not isinstance(task.task_spec, UserTask):
                    return task
        return None

    def advance(self) -> Advance:
        """Return the answer of the command."""
        self.settle()
        if self.status is InstanceStatus.ACTIVE and self.instance.completed:
            self.status = InstanceStatus.COMPLETED
            self.execution.note(EventType.INSTANCE_COMPLETED)
        return self.answer()

    def answer(self) -> Advance:
        tasks = list(live_tasks(self.instance))
        timers = [timer.due for task in tasks if (timer := armed_timer(task)) is not None]
        messages = {name for task in tasks if (name := awaited_message(task)) is not None}
        return Advance(
            state=codec.dump(self.instance, self.status),
            status=self.status,
            variables=self.instance.variables,
            open_tasks=tuple(
                _open_task(task) for task in tasks if isinstance(task.task_spec, UserTask)
            ),
            operations=tuple(
                self._operation(task) for task in tasks if isinstance(task.task_spec, ServiceTask)
            ),
            messages=tuple(sorted(messages)),
            next_due_at=min(timers, default=None),
            events=tuple(self.execution.events),
        )

    def _operation(self, task: Any) -> PendingOperation:
        element_id = task.task_spec.bpmn_id
        name = self.process.nodes[element_id].operation or ""
        return PendingOperation(str(task.id), element_id, name, task.internal_data[INPUTS])


def _open_task(task: Any) -> OpenTask:
    """Describe a user task; the item of its loop instance, if it has one."""
    local = task.internal_data.get(LOCALS)
    wrapper = task.parent.task_spec if local is not None else None
    input_item = getattr(wrapper, "input_item", None)
    item: Value = local.get(input_item.bpmn_id) if local and input_item is not None else None
    return OpenTask(str(task.id), task.task_spec.bpmn_id, item)


def start(
    process: ProcessDefinition,
    variables: Mapping[str, object],
    *,
    now: datetime,
    environment: Environment,
) -> Advance:
    """Start an instance with `variables` and run it to rest."""
    with _command(process, environment, now) as command:
        command.begin(variables)
        command.execution.note(EventType.INSTANCE_STARTED)
        return command.advance()


def inspect(process: ProcessDefinition, state: bytes) -> Advance:
    """Return where a saved instance stands; nothing moves and no events are reported."""
    with _command(process, _NO_ENVIRONMENT, datetime.fromtimestamp(0, UTC)) as command:
        command.load(state)
        return command.answer()


def complete(
    process: ProcessDefinition,
    state: bytes,
    task_id: str,
    variables: Mapping[str, object],
    *,
    now: datetime,
    environment: Environment,
) -> Advance:
    """Complete an open user task with what was filled in; raises TaskNotOpen."""
    with _command(process, environment, now) as command:
        command.load(state)
        task = command.find(task_id, UserTask, TaskState.READY)
        assign(task, clone_all(variables))
        task.run()
        return command.advance()


def complete_operation(
    process: ProcessDefinition,
    state: bytes,
    operation_id: str,
    variables: Mapping[str, object],
    *,
    now: datetime,
    environment: Environment,
) -> Advance:
    """Answer a pending operation with its results; raises TaskNotOpen."""
    with _command(process, environment, now) as command:
        command.load(state)
        task = command.find(operation_id, ServiceTask, TaskState.STARTED)
        assign(task, clone_all(variables))
        task.complete()
        return command.advance()


def correlate(
    process: ProcessDefinition,
    state: bytes,
    message: str,
    variables: Mapping[str, object],
    *,
    now: datetime,
    environment: Environment,
) -> Advance:
    """Deliver a message to the event that has waited for it longest; raises NoMatchingEvent."""
    with _command(process, environment, now) as command:
        command.load(state)
        waiting = (
            task for task in live_tasks(command.instance) if awaited_message(task) == message
        )
        task = next(waiting, None)
        if task is None:
            raise NoMatchingEvent
        assign(task, clone_all(variables))
        command.execution.report(EventType.MESSAGE_CAUGHT, task, {"message": message})
        task.task_spec.fire(task)
        return command.advance()


def fire_timers(
    process: ProcessDefinition, state: bytes, *, now: datetime, environment: Environment
) -> Advance:
    """Fire every timer due at `now`, the earliest first, also those armed on the way."""
    with _command(process, environment, now) as command:
        command.load(state)
        while (task := _next_due(command.instance, now)) is not None:
            command.count_step()
            command.execution.report(EventType.TIMER_FIRED, task)
            task.task_spec.fire(task)
            command.settle()
        return command.advance()


def _next_due(instance: Instance, now: datetime) -> Any:
    due = [
        (timer.due, position, task)
        for position, task in enumerate(live_tasks(instance))
        if (timer := armed_timer(task)) is not None and timer.due <= now
    ]
    return min(due)[-1] if due else None


def return_targets(process: ProcessDefinition, element_id: str) -> tuple[str, ...]:
    """Return the user tasks that the user task `element_id` may be returned to."""
    node = process.nodes[element_id]
    if node.return_policy is ReturnPolicy.NONE:
        return ()
    return structure.return_targets(process, element_id)


def return_to(
    process: ProcessDefinition,
    state: bytes,
    task_id: str,
    target_element: str,
    variables: Mapping[str, object],
    *,
    now: datetime,
    environment: Environment,
) -> Advance:
    """Send an open user task back to an earlier one (退回).

    Within a parallel branch only that branch goes back; out of it, every token is taken back and
    one stands on the target.  Raises TaskNotOpen, and TargetNotAllowed for other targets than
    `return_targets` names.
    """
    with _command(process, environment, now) as command:
        command.load(state)
        source = command.find(task_id, UserTask, TaskState.READY)
        if target_element not in return_targets(process, source.task_spec.bpmn_id):
            raise TargetNotAllowed
        assign(source, clone_all(variables))
        target = process.nodes[target_element]
        inside = structure.region_members(process, target.regions)
        workflow = _scope_of(source, target_element)
        for task in list(workflow.tasks.values()):
            if is_live(task) and _stands_in(task, inside):
                cancel(task)
        command.execution.report(EventType.TOKEN_MOVED, source, {"to": target_element})
        specs = workflow.spec.task_specs
        place_token(workflow, specs.get(f"{target_element}{GUARD_SUFFIX}") or specs[target_element])
        return command.advance()


def _stands_in(task: Any, nodes: frozenset[str]) -> bool:
    """Whether a token is on one of `nodes`, or waits at a join for others coming from there."""
    return task.task_spec.bpmn_id in nodes or task.internal_data.get(ARRIVED_FROM) in nodes


def _scope_of(task: Any, element_id: str) -> Any:
    """Return the scope around `task` that holds the element."""
    workflow = task.workflow
    while element_id not in workflow.spec.task_specs:
        workflow = workflow.parent_workflow
    return workflow


def terminate(
    process: ProcessDefinition, state: bytes, *, now: datetime, environment: Environment
) -> Advance:
    """End an instance at once, wherever it stands; raises InvalidState when it has ended."""
    with _command(process, environment, now) as command:
        command.load(state)
        if command.status is not InstanceStatus.ACTIVE:
            raise InvalidState
        for task in list(command.instance.tasks.values()):
            if is_live(task):
                cancel(task)
        command.status = InstanceStatus.TERMINATED
        command.execution.note(EventType.INSTANCE_TERMINATED)
        return command.answer()


def _no_decisions(_decision: str, _inputs: Variables, _now: datetime) -> tuple[Value, Value]:
    raise InvalidState


_NO_ENVIRONMENT: Final = Environment(decisions=_no_decisions)
