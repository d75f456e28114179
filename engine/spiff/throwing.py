"""Where thrown events go: signals to all that wait, errors and escalations to the nearest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.model import EventType
from engine.spiff.flow_node import abort_scope, is_guard, is_idle
from engine.spiff.internals import live_tasks
from engine.spiff.loop import Loop
from engine.spiff.transaction import cancel_transaction
from engine.spiff.triggers import (
    CancelTrigger,
    ErrorTrigger,
    MessageTrigger,
    PropagatedTrigger,
    SignalTrigger,
    awaited,
)


def throw(my_task: Any, trigger: Any) -> None:
    """Report what the event `my_task` throws and let it happen where it is waited for."""
    if isinstance(trigger, MessageTrigger):
        _report(my_task, EventType.MESSAGE_THROWN, message=trigger.name)
        _hand_to_boundary(my_task, trigger)
    elif isinstance(trigger, SignalTrigger):
        _report(my_task, EventType.SIGNAL_THROWN, signal=trigger.name)
        _broadcast(my_task, trigger)
    elif isinstance(trigger, PropagatedTrigger):
        _propagate(my_task, trigger)
    elif isinstance(trigger, CancelTrigger):
        cancel_transaction(my_task)


def _report(my_task: Any, kind: EventType, **data: str | None) -> None:
    my_task.workflow.script_engine.report(kind, my_task, data)


def _broadcast(my_task: Any, trigger: SignalTrigger) -> None:
    for task in list(live_tasks(my_task.workflow.top_workflow)):
        expected = awaited(task)  # may have been interrupted by an earlier catcher
        if isinstance(expected, SignalTrigger) and expected.name == trigger.name:
            task.task_spec.fire(task)


def _hand_to_boundary(my_task: Any, trigger: MessageTrigger) -> None:
    """Give what a loop throws to its own boundary event, if one waits for it."""
    for task in _own_boundary(my_task):
        expected = awaited(task)
        if isinstance(expected, MessageTrigger) and expected.name == trigger.name:
            task.task_spec.fire(task)
            return


def _own_boundary(my_task: Any) -> list[Any]:
    """The tokens beside a loop, which catch what its instances throw."""
    on_loop = isinstance(my_task.task_spec, Loop) and is_guard(my_task.parent)
    return list(my_task.parent.children) if on_loop else []


def _propagate(my_task: Any, trigger: PropagatedTrigger) -> None:
    is_error = isinstance(trigger, ErrorTrigger)
    kind = EventType.ERROR_THROWN if is_error else EventType.ESCALATION_THROWN
    catcher = next(_catchers(my_task, trigger), None)
    caught_by = catcher.task_spec.bpmn_id if catcher is not None else None
    _report(my_task, kind, code=trigger.code, caught_by=caught_by)
    if catcher is not None:
        catcher.task_spec.fire(catcher)
    elif is_error:
        abort_scope(my_task.workflow)


def _catchers(my_task: Any, trigger: PropagatedTrigger) -> Iterator[Any]:
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


def _matching(tasks: list[Any], trigger: PropagatedTrigger) -> list[Any]:
    found = [
        task
        for task in tasks
        if isinstance(expected := awaited(task), PropagatedTrigger) and expected.catches(trigger)
    ]
    return sorted(found, key=lambda task: awaited(task).code is None)
