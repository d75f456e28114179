"""Events in the flow and on its boundary.

Nothing fires by itself: the runtime fires what is due or correlated, a throw event what it reaches.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.util.task import TaskState

from engine.spiff.compensation import throw_compensation
from engine.spiff.data import Activity
from engine.spiff.flow_node import FlowNode, abort_scope, cancel
from engine.spiff.gateways import EventBasedGateway
from engine.spiff.internals import add_token, enter, is_live, make_ready, set_state
from engine.spiff.throwing import throw
from engine.spiff.triggers import (
    CompensateTrigger,
    MessageTrigger,
    TerminateTrigger,
    TimerTrigger,
    awaited,
)
from engine.timers import Timer

TIMER = "timer"


class Event(FlowNode, BpmnSpecMixin, TaskSpec):
    """A flow node with an event definition."""

    def __init__(self, wf_spec: Any, bpmn_id: str, event_definition: Any, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.event_definition = event_definition


class StartEvent(Event):
    """A none start event."""


class LinkCatchEvent(Event):
    """Where a link leads: passes at once."""


class ThrowEvent(Event):
    """A point on the way that throws what it defines, or nothing, and goes on."""

    def _run_hook(self, my_task: Any) -> bool | None:
        """Return None, Spiff's sign for going on outside, to wait for a compensation."""
        if not isinstance(self.event_definition, CompensateTrigger):
            return True
        return None if throw_compensation(my_task, self.event_definition) else True

    def move_on(self, my_task: Any) -> None:
        """Throw first: who catches it may interrupt the scope, then there is no way on."""
        workflow = my_task.workflow
        before = workflow.interruptions
        throw(my_task, self.event_definition)
        if workflow.is_open and workflow.interruptions == before:
            super().move_on(my_task)


class EndEvent(ThrowEvent):
    """Ends its path after throwing what it defines; terminate ends its scope."""

    def _on_complete_hook(self, my_task: Any) -> None:
        super()._on_complete_hook(my_task)
        if isinstance(self.event_definition, TerminateTrigger):
            abort_scope(my_task.workflow)


class Catching(FlowNode):
    """What waits for its event definition: catch events and event sub-processes."""

    event_definition: Any

    def _update_hook(self, my_task: Any) -> None:
        if my_task.state != TaskState.WAITING:
            set_state(my_task, TaskState.WAITING)
            self.arm(my_task)

    def arm(self, my_task: Any) -> None:
        """Work out when the timer is due; messages need nothing."""
        if isinstance(self.event_definition, TimerTrigger) and TIMER not in my_task.internal_data:
            trigger = self.event_definition
            execution = my_task.workflow.script_engine
            value = execution.evaluate_timer(my_task, trigger.expression)
            timer = execution.start_timer(my_task, trigger.kind, value)
            my_task.internal_data[TIMER] = timer.to_plain()

    def rearm(self, my_task: Any, parent: Any) -> None:
        """Wait below `parent` for the next occurrence, unless the timer is used up."""
        plain = my_task.internal_data.get(TIMER)
        following = Timer.from_plain(plain).next_cycle() if plain is not None else None
        if plain is not None and following is None:
            return
        task = add_token(parent, self)
        if following is not None:
            task.internal_data[TIMER] = following.to_plain()
        enter(task)


class CatchEvent(Catching, Event):
    """An intermediate catch event."""

    def announces_entry(self, my_task: Any) -> bool:
        """Announce an event behind an event-based gateway only when it fires."""
        return not isinstance(my_task.parent.task_spec, EventBasedGateway)

    def fire(self, my_task: Any) -> None:
        """Let the armed event happen; it still has to be run."""
        parent = my_task.parent
        if isinstance(parent.task_spec, EventBasedGateway):
            for rival in parent.children:
                if rival is not my_task and is_live(rival):
                    cancel(rival)
            parent.complete()
        my_task.workflow.script_engine.entered(my_task)
        make_ready(my_task)


class ReceiveTask(Activity, CatchEvent):
    """A receive task: an activity that waits for a message."""


class BoundaryEvent(CatchEvent):
    """An event on the boundary of an activity."""

    def __init__(
        self, wf_spec: Any, bpmn_id: str, event_definition: Any, *, cancel_activity: bool, **kw: Any
    ) -> None:
        super().__init__(wf_spec, bpmn_id, event_definition, **kw)
        self.cancel_activity = cancel_activity

    def announces_entry(self, _my_task: Any) -> bool:
        """Announce the event only when it fires."""
        return False

    def fire(self, my_task: Any) -> None:
        """Interrupt the activity, or arm the next occurrence beside it."""
        guard = my_task.parent
        if self.cancel_activity:
            for task in guard.children:
                if task is not my_task and is_live(task):
                    cancel(task)
        else:
            self.rearm(my_task, guard)
        my_task.workflow.script_engine.entered(my_task)
        make_ready(my_task)


def armed(task: Any) -> bool:
    """Whether `task` waits for a message or a moment, which come from outside the instance."""
    return isinstance(awaited(task), MessageTrigger | TimerTrigger)


def awaited_message(task: Any) -> str | None:
    """Name of the message `task` waits for, if it does."""
    trigger = task.task_spec.event_definition if armed(task) else None
    return trigger.name if isinstance(trigger, MessageTrigger) else None


def armed_timer(task: Any) -> Timer | None:
    """The timer `task` waits for, if it does."""
    plain = task.internal_data.get(TIMER) if armed(task) else None
    return Timer.from_plain(plain) if plain is not None else None
