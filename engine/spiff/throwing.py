"""Where thrown events go: signals to all that wait, errors and escalations to the nearest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.model import EventType, Value, Variables
from engine.spiff.flow_node import abort_scope, is_guard, is_idle
from engine.spiff.internals import live_tasks
from engine.spiff.loop import Loop
from engine.spiff.scope import assign
from engine.spiff.transaction import cancel_transaction
from engine.spiff.triggers import (
    CancelTrigger,
    ErrorTrigger,
    MessageTrigger,
    PropagatedTrigger,
    SignalTrigger,
    awaited,
    parts,
)


def throw(my_task: Any, trigger: Any) -> None:
    """Report what the event `my_task` throws and let it happen where it is waited for.

    Of several triggers errors come last, since nothing is thrown any more in a scope they ended.
    """
    for part in sorted(parts(trigger), key=lambda part: isinstance(part, ErrorTrigger)):
        if not my_task.workflow.is_open:
            return
        if isinstance(part, MessageTrigger):
            _send(my_task, part)
        elif isinstance(part, SignalTrigger):
            payload = my_task.workflow.script_engine.payload_of(my_task)
            _report(my_task, EventType.SIGNAL_THROWN, signal=part.name, payload=payload)
            broadcast(my_task.workflow.top_workflow, part.name, payload)
        elif isinstance(part, PropagatedTrigger):
            _propagate(my_task, part)
        elif isinstance(part, CancelTrigger):
            cancel_transaction(my_task)


def _report(my_task: Any, kind: EventType, **data: Value) -> None:
    my_task.workflow.script_engine.report(kind, my_task, data)


def _send(my_task: Any, trigger: MessageTrigger) -> None:
    """Report a message for the caller to deliver; what it says is known in the instance too."""
    execution = my_task.workflow.script_engine
    payload = execution.payload_of(my_task)
    execution.learn_keys(my_task.workflow.top_workflow, trigger.name, payload)
    _report(my_task, EventType.MESSAGE_THROWN, message=trigger.name, payload=payload)
    _hand_to_boundary(my_task, trigger)


def broadcast(instance: Any, signal: str, payload: Variables) -> int:
    """Let `signal` happen wherever the instance waits for it; return in how many places.

    Each place takes over the payload first.
    """
    places = 0
    for task in list(live_tasks(instance)):
        heard = [i for i, part in awaited(task) if _is_signal(part, signal)]
        if heard:
            places += 1
            assign(task, payload)
        for index in heard:
            if awaited(task):  # may have happened by the first of several triggers
                task.task_spec.occur(task, index)
    return places


def _is_signal(trigger: Any, signal: str) -> bool:
    return isinstance(trigger, SignalTrigger) and trigger.name == signal


def _hand_to_boundary(my_task: Any, trigger: MessageTrigger) -> None:
    """Give what a loop throws to its own boundary event, if one waits for it."""
    for task in _own_boundary(my_task):
        for index, expected in awaited(task):
            if isinstance(expected, MessageTrigger) and expected.name == trigger.name:
                task.task_spec.occur(task, index)
                return


def _own_boundary(my_task: Any) -> list[Any]:
    """The tokens beside a loop, which catch what its instances throw."""
    on_loop = isinstance(my_task.task_spec, Loop) and is_guard(my_task.parent)
    return list(my_task.parent.children) if on_loop else []


def _propagate(my_task: Any, trigger: PropagatedTrigger) -> None:
    is_error = isinstance(trigger, ErrorTrigger)
    kind = EventType.ERROR_THROWN if is_error else EventType.ESCALATION_THROWN
    catcher, index = next(_catchers(my_task, trigger), (None, 0))
    caught_by = catcher.task_spec.bpmn_id if catcher is not None else None
    _report(my_task, kind, code=trigger.code, caught_by=caught_by)
    if catcher is not None:
        catcher.task_spec.occur(catcher, index)
    elif is_error:
        abort_scope(my_task.workflow)


def _catchers(my_task: Any, trigger: PropagatedTrigger) -> Iterator[tuple[Any, int]]:
    """The events that catch `trigger`, from the inside out, those with its code first.

    What a loop throws is for its own boundary events first (BPMN 2.0.2 section 10.3.8).
    What an event sub-process throws is not for the event sub-processes beside it.
    """
    yield from _matching(_own_boundary(my_task), trigger)
    workflow = my_task.workflow
    beside = True
    while True:
        if beside:
            idle = [task for task in list(workflow.tasks.values()) if is_idle(task)]
            yield from _matching(idle, trigger)
        if workflow.parent_task_id is None:
            return
        activity = workflow.top_workflow.get_task_from_id(workflow.parent_task_id)
        workflow = activity.workflow
        beside = not activity.task_spec.handles_events
        while isinstance(activity.parent.task_spec, Loop):
            activity = activity.parent
        if is_guard(activity.parent):
            yield from _matching(activity.parent.children, trigger)


def _matching(tasks: list[Any], trigger: PropagatedTrigger) -> list[tuple[Any, int]]:
    found = [
        (expected.code is None, task, index)
        for task in tasks
        for index, expected in awaited(task)
        if isinstance(expected, PropagatedTrigger) and expected.catches(trigger)
    ]
    return [(task, index) for _, task, index in sorted(found, key=lambda item: item[0])]
