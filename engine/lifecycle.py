"""The commands on a process instance as a whole: suspended, resumed, ended before its time."""

from __future__ import annotations

from datetime import datetime

from engine.command import Command, perform
from engine.errors import InvalidState
from engine.model import Advance, EventType, InstanceStatus, ProcessDefinition
from engine.spiff.execution import Environment
from engine.spiff.flow_node import cancel
from engine.spiff.internals import is_live


def suspend(
    process: ProcessDefinition, state: bytes, *, now: datetime, environment: Environment
) -> Advance:
    """Let nothing happen until `resume` (挂起); raises InvalidState when it has ended."""

    def act(command: Command) -> Advance:
        command.open(state)
        if command.status.has_ended:
            raise InvalidState
        command.status = InstanceStatus.SUSPENDED
        command.execution.note(EventType.INSTANCE_SUSPENDED)
        return command.answer()

    return perform(process, environment, now, act)


def resume(
    process: ProcessDefinition, state: bytes, *, now: datetime, environment: Environment
) -> Advance:
    """Let a suspended instance go on; what became due meanwhile is for `fire_timers`.

    Raises InvalidState when it is not suspended.
    """

    def act(command: Command) -> Advance:
        command.load(state)
        if command.status is not InstanceStatus.SUSPENDED:
            raise InvalidState
        command.status = InstanceStatus.ACTIVE
        command.execution.note(EventType.INSTANCE_RESUMED)
        return command.advance()

    return perform(process, environment, now, act)


def terminate(
    process: ProcessDefinition, state: bytes, *, now: datetime, environment: Environment
) -> Advance:
    """End an instance at once, wherever it stands; raises InvalidState when it has ended."""
    status, event = InstanceStatus.TERMINATED, EventType.INSTANCE_TERMINATED
    return perform(process, environment, now, lambda command: _end(command, state, status, event))


def void(
    process: ProcessDefinition, state: bytes, *, now: datetime, environment: Environment
) -> Advance:
    """End an instance that should never have been (作废); raises InvalidState when it has ended."""
    status, event = InstanceStatus.VOIDED, EventType.INSTANCE_VOIDED
    return perform(process, environment, now, lambda command: _end(command, state, status, event))


def _end(command: Command, state: bytes, status: InstanceStatus, event: EventType) -> Advance:
    command.load(state)
    if command.status.has_ended:
        raise InvalidState
    for task in list(command.instance.tasks.values()):
        if is_live(task):
            cancel(task)
    command.status = status
    command.execution.note(event)
    return command.answer()
