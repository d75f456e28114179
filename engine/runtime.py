"""The commands on a process instance: state in, `Advance` out.

Every command loads the state, does one thing, runs the instance until it rests, and returns the
new state with everything that happened.  Nothing is shared with the caller: when a command raises,
the old state simply stays.  Locks, permissions and the journal belong to the caller.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from SpiffWorkflow.util.task import TaskState

from engine import moves
from engine.command import Command, perform
from engine.errors import InvalidState, NoMatchingEvent
from engine.model import (
    Advance,
    EventType,
    InstanceStatus,
    ProcessDefinition,
    Resubmission,
    ReturnOption,
    TriggerKind,
    Value,
    Variables,
)
from engine.moves import return_targets
from engine.spiff import ad_hoc
from engine.spiff.activities import ServiceTask, UserTask
from engine.spiff.events import armed_timers, awaiting_message
from engine.spiff.execution import Environment, Execution
from engine.spiff.internals import live_tasks, rename
from engine.spiff.multi_instance import MultiInstance
from engine.spiff.parking import Phase
from engine.spiff.scope import assign, visible
from engine.spiff.throwing import broadcast
from engine.spiff.workflow import Instance
from engine.values import clone, clone_all

__all__ = [
    "Environment",
    "activate",
    "add_instance",
    "complete",
    "complete_operation",
    "correlate",
    "finish_ad_hoc",
    "fire_timers",
    "inspect",
    "jump",
    "jump_targets",
    "learn",
    "remove_instance",
    "return_options",
    "return_targets",
    "return_to",
    "signal",
    "start",
    "variables_at",
    "withdraw",
    "would_correlate",
]


def start(
    process: ProcessDefinition,
    variables: Mapping[str, object],
    *,
    start_event: str | None = None,
    now: datetime,
    environment: Environment,
) -> Advance:
    """Start an instance with `variables` and run it to rest.

    `start_event` is the `element_id` of the start trigger that has happened; its message, if it is
    one, had `variables` as payload.  Without it, the instance begins at the first none start event,
    or at all nodes without incoming flow if there is no start event at all.  Raises NoMatchingEvent
    when the process cannot begin so.
    """
    if start_event is None:
        possible = bool(process.entries) or not process.start_elements
    else:
        possible = start_event in process.start_elements
    if not possible:
        raise NoMatchingEvent(
            "流程不能这样启动：没有相应的开始事件。", "请选择流程的一个开始事件。"
        )

    def act(command: Command) -> Advance:
        command.begin(variables, start_event)
        command.execution.note(EventType.INSTANCE_STARTED)
        for trigger in process.start_triggers:
            if trigger.element_id == start_event and trigger.kind is TriggerKind.MESSAGE:
                command.execution.learn_keys(command.instance, trigger.name, clone_all(variables))
        return command.advance()

    return perform(process, environment, now, act)


def inspect(process: ProcessDefinition, state: bytes) -> Advance:
    """Return where a saved instance stands; nothing moves and no events are reported."""

    def act(command: Command) -> Advance:
        command.load(state)
        return command.answer()

    return perform(process, _NO_ENVIRONMENT, _NO_TIME, act)


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

    def act(command: Command) -> Advance:
        command.open(state)
        task = command.find(task_id, UserTask, TaskState.READY)
        assign(task, clone_all(variables))
        command.attempt(task, Phase.RUN, task.run)
        return command.advance()

    return perform(process, environment, now, act)


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

    def act(command: Command) -> Advance:
        command.open(state)
        task = command.find(operation_id, ServiceTask, TaskState.STARTED)
        assign(task, clone_all(variables))
        command.attempt(task, Phase.LEAVE, task.complete)
        return command.advance()

    return perform(process, environment, now, act)


def learn(
    process: ProcessDefinition,
    state: bytes,
    variables: Mapping[str, object],
    *,
    now: datetime,
    environment: Environment,
) -> Advance:
    """Let an instance know facts that changed outside it, and run it to rest.

    A suspended instance takes note and does not move.  Raises InvalidState when it has ended.
    """

    def act(command: Command) -> Advance:
        command.load(state)
        if command.status.has_ended:
            raise InvalidState
        command.instance.variables.update(clone_all(variables))
        is_suspended = command.status is InstanceStatus.SUSPENDED
        return command.answer() if is_suspended else command.advance()

    return perform(process, environment, now, act)


def correlate(
    process: ProcessDefinition,
    state: bytes,
    message: str,
    variables: Mapping[str, object],
    *,
    now: datetime,
    environment: Environment,
) -> Advance:
    """Deliver a message to the event that has waited for it longest.

    Raises NoMatchingEvent when nothing waits for it, or its correlation keys are those of another
    instance.
    """

    def act(command: Command) -> Advance:
        _await_events(command, state)
        payload = clone_all(variables)
        waiting = (
            (task, index)
            for task in live_tasks(command.instance)
            if (index := awaiting_message(task, message)) is not None
        )
        task, index = next(waiting, (None, 0))
        if task is None or not command.execution.belongs(command.instance, message, payload):
            raise NoMatchingEvent
        command.execution.learn_keys(command.instance, message, payload)
        assign(task, payload)
        command.execution.report(EventType.MESSAGE_CAUGHT, task, {"message": message})
        task.task_spec.occur(task, index)
        return command.advance()

    return perform(process, environment, now, act)


def _await_events(command: Command, state: bytes) -> None:
    """Take up an instance to which something happens; raises NoMatchingEvent while suspended."""
    command.load(state)
    if command.status is InstanceStatus.SUSPENDED:
        raise NoMatchingEvent("办件已挂起，恢复办理以前不能登记事项。")


def would_correlate(
    process: ProcessDefinition,
    state: bytes,
    message: str,
    variables: Mapping[str, object],
    *,
    now: datetime,
    environment: Environment,
) -> bool:
    """Whether `correlate` would deliver the message: it is waited for, and its keys match."""
    command = Command(process, Execution(process, environment, now))
    command.load(state)
    if command.status is InstanceStatus.SUSPENDED:
        return False
    return any(
        awaiting_message(task, message) is not None for task in live_tasks(command.instance)
    ) and command.execution.belongs(command.instance, message, clone_all(variables))


def signal(
    process: ProcessDefinition,
    state: bytes,
    name: str,
    variables: Mapping[str, object],
    *,
    now: datetime,
    environment: Environment,
) -> Advance:
    """Let a signal from outside happen wherever the instance waits for it.

    Raises NoMatchingEvent when it does not wait for it.
    """

    def act(command: Command) -> Advance:
        _await_events(command, state)
        if not broadcast(command.instance, name, clone_all(variables)):
            raise NoMatchingEvent
        return command.advance()

    return perform(process, environment, now, act)


def variables_at(process: ProcessDefinition, state: bytes, task_id: str) -> Variables:
    """Return everything an open user task can see: raises TaskNotOpen for other tasks."""
    command = _loaded(process, state)
    return visible(command.find(task_id, UserTask, TaskState.READY))


def fire_timers(
    process: ProcessDefinition, state: bytes, *, now: datetime, environment: Environment
) -> Advance:
    """Fire every timer due at `now`, the earliest first, also those armed on the way."""

    def act(command: Command) -> Advance:
        command.open(state)
        while (found := _next_due(command.instance, now)) is not None:
            task, index = found
            if command.may_step(task):
                command.execution.report(EventType.TIMER_FIRED, task)
                task.task_spec.occur(task, index)
                command.settle()
        return command.advance()

    return perform(process, environment, now, act)


def _next_due(instance: Instance, now: datetime) -> tuple[Any, int] | None:
    """Return the token whose timer is due first, and the position of its trigger."""
    due = [
        (timer.due, position, index, task)
        for position, task in enumerate(live_tasks(instance))
        for index, timer in armed_timers(task)
        if timer.due <= now
    ]
    if not due:
        return None
    _, _, index, task = min(due)
    return task, index


def add_instance(
    process: ProcessDefinition,
    state: bytes,
    element_id: str,
    item: object,
    *,
    now: datetime,
    environment: Environment,
) -> Advance:
    """Ask one more in a running multi-instance activity (加签), in sequence as the last.

    `item` becomes the instance's own item; a loop by number takes none (None).  Where the activity
    runs several times at once, the one entered first is meant.  Raises InvalidState when it does
    not run.
    """

    def act(command: Command) -> Advance:
        command.open(state)
        running = (
            task
            for task in live_tasks(command.instance)
            if isinstance(task.task_spec, MultiInstance)
            and task.task_spec.bpmn_id == element_id
            and task.task_spec.is_running(task)
        )
        loop = next(running, None)
        if loop is None:
            raise InvalidState("该环节目前没有进行中的会签，不能加签。")
        loop.task_spec.add(loop, clone(item))
        return command.advance()

    return perform(process, environment, now, act)


def remove_instance(
    process: ProcessDefinition,
    state: bytes,
    task_id: str,
    *,
    now: datetime,
    environment: Environment,
) -> Advance:
    """Take the instance that an open user task belongs to out of its multi-instance (减签).

    It counts as terminated; the activity may be complete without it.  Raises TaskNotOpen,
    InvalidState when the task is no part of a multi-instance activity, LastInstance.
    """

    def act(command: Command) -> Advance:
        command.open(state)
        instance = _instance_around(command.find(task_id, UserTask, TaskState.READY))
        instance.parent.task_spec.remove(instance.parent, instance)
        return command.advance()

    return perform(process, environment, now, act)


def _instance_around(task: Any) -> Any:
    """Return the innermost instance of a multi-instance activity that `task` stands in."""
    while not isinstance(task.parent.task_spec, MultiInstance):
        workflow = task.workflow
        if workflow.parent_task_id is None:
            raise InvalidState("该待办不是会签事项，不能减签。")
        task = workflow.owner
    return task


def activate(
    process: ProcessDefinition,
    state: bytes,
    scope_id: str,
    element_id: str,
    *,
    now: datetime,
    environment: Environment,
) -> Advance:
    """Start an activity in a running ad-hoc sub-process, as `Advance.available` offers it.

    Raises TaskNotOpen when the sub-process has ended, InvalidState when the activity may not be
    started now.
    """

    def act(command: Command) -> Advance:
        command.open(state)
        scope = command.find(scope_id, ad_hoc.AdHocSubProcess, TaskState.STARTED)
        ad_hoc.activate(scope, element_id)
        return command.advance()

    return perform(process, environment, now, act)


def finish_ad_hoc(
    process: ProcessDefinition,
    state: bytes,
    scope_id: str,
    *,
    now: datetime,
    environment: Environment,
) -> Advance:
    """End an ad-hoc sub-process without completion condition in which nothing runs.

    Raises TaskNotOpen when it has ended, InvalidState when it may not be ended now.
    """

    def act(command: Command) -> Advance:
        command.open(state)
        ad_hoc.finish(command.find(scope_id, ad_hoc.AdHocSubProcess, TaskState.STARTED))
        return command.advance()

    return perform(process, environment, now, act)


def return_options(
    process: ProcessDefinition, state: bytes, task_id: str
) -> tuple[ReturnOption, ...]:
    """Return where an open user task or incident may be returned to, and how it comes back.

    Raises TaskNotOpen.
    """
    return moves.return_options(_loaded(process, state).find_returnable(task_id))


def return_to(
    process: ProcessDefinition,
    state: bytes,
    task_id: str,
    target_element: str,
    variables: Mapping[str, object],
    way: Resubmission | None = None,
    *,
    now: datetime,
    environment: Environment,
) -> Advance:
    """Send an open user task, or the token of an incident, back to an earlier user task (退回).

    Within a parallel branch only that branch goes back; out of it, every token is taken back and
    one stands on the target.  Out of a called process, the call activity goes back.  By
    `Resubmission.DIRECT` the token comes straight back here when the target has completed; without
    `way` it is the first of `return_options`.  Raises TaskNotOpen, and TargetNotAllowed for what
    they do not offer.
    """

    def act(command: Command) -> Advance:
        command.open(state)
        source = command.find_returnable(task_id)
        chosen = moves.check_return(source, target_element, way)
        assign(source, clone_all(variables))
        moves.send_back(command, source, target_element, chosen)
        return command.advance()

    return perform(process, environment, now, act)


def jump_targets(process: ProcessDefinition, state: bytes, task_id: str | None) -> tuple[str, ...]:
    """Return the user tasks a jump may lead to, from one task or (None) from everywhere.

    Raises TaskNotOpen.
    """
    command = _loaded(process, state)
    if task_id is None:
        return moves.jump_targets_of_all(command)
    return moves.jump_targets(command.find(task_id, UserTask, TaskState.READY))


def jump(
    process: ProcessDefinition,
    state: bytes,
    task_id: str | None,
    target_element: str,
    *,
    now: datetime,
    environment: Environment,
) -> Advance:
    """Put the token of a user task, or all tokens as one (None), on another task (自由跳转).

    What the tokens leave is cancelled, nothing on the way is done.  Raises TaskNotOpen, and
    TargetNotAllowed for other targets than `jump_targets` names.
    """

    def act(command: Command) -> Advance:
        command.open(state)
        if task_id is None:
            moves.jump_all(command, target_element)
        else:
            source = command.find(task_id, UserTask, TaskState.READY)
            moves.jump(command, source, target_element)
        return command.advance()

    return perform(process, environment, now, act)


def withdraw(
    process: ProcessDefinition,
    state: bytes,
    before: bytes,
    task_id: str,
    *,
    now: datetime,
    environment: Environment,
) -> Advance:
    """Take back the completion of a user task (取回): the instance is as `before` again.

    `state` must be what that completion led to; that nothing else happened since is for the caller
    to know.  The task is open again, under a new id.  Raises InvalidState when the instance has
    ended, and TaskNotOpen when `before` does not have the task.
    """

    def act(command: Command) -> Advance:
        command.open(state)
        if command.status.has_ended:
            raise InvalidState
        now_open = command.open_ids()
        command.load(before)
        task = command.find(task_id, UserTask, TaskState.READY)
        rename(task, uuid4())
        command.execution.exchange(now_open, command.open_ids())
        command.execution.report(EventType.TASK_WITHDRAWN, task)
        return command.advance()

    return perform(process, environment, now, act)


def _loaded(process: ProcessDefinition, state: bytes) -> Command:
    """Return a command for questions about a saved instance; nothing may move."""
    command = Command(process, Execution(process, _NO_ENVIRONMENT, _NO_TIME))
    command.load(state)
    return command


def _no_decisions(_decision: str, _inputs: Variables, _now: datetime) -> tuple[Value, Value]:
    raise InvalidState


_NO_TIME: Final = datetime.fromtimestamp(0, UTC)
_NO_ENVIRONMENT: Final = Environment(decisions=_no_decisions)
