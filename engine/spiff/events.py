"""Events: start, end, terminate, none throw; messages and timers, in the flow or on its boundary.

Nothing fires by itself: the runtime fires what is due or correlated.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.util.task import TaskState

from engine.spiff.flow_node import BoundaryGuard, FlowNode, cancel
from engine.spiff.gateways import EventBasedGateway
from engine.spiff.internals import add_token, enter, is_live, make_ready, set_state
from engine.timers import Timer, TimerKind

TIMER = "timer"


class MessageTrigger(EventDefinition):
    """Waits for a message by its name."""


class TimerTrigger(EventDefinition):
    """Waits for a moment; `expression` is FEEL or an ISO 8601 literal."""

    def __init__(self, name: str, kind: TimerKind, expression: str) -> None:
        super().__init__(name=name)
        self.kind = kind
        self.expression = expression


class TerminateTrigger(EventDefinition):
    """Ends its scope with everything in it."""


class Event(FlowNode, BpmnSpecMixin, TaskSpec):
    """A flow node with an event definition."""

    def __init__(self, wf_spec: Any, bpmn_id: str, event_definition: Any, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.event_definition = event_definition


class StartEvent(Event):
    """A none start event."""


class ThrowEvent(Event):
    """A none intermediate throw event: a named point on the way."""


class EndEvent(Event):
    """A none or terminate end event."""

    def _on_complete_hook(self, my_task: Any) -> None:
        super()._on_complete_hook(my_task)
        if isinstance(self.event_definition, TerminateTrigger):
            for task in list(my_task.workflow.tasks.values()):
                if is_live(task):
                    cancel(task)


class CatchEvent(Event):
    """An intermediate catch event or receive task."""

    def announces_entry(self, my_task: Any) -> bool:
        """Announce an event behind an event-based gateway only when it fires."""
        return not isinstance(my_task.parent.task_spec, EventBasedGateway)

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
            self._rearm(my_task, guard)
        my_task.workflow.script_engine.entered(my_task)
        make_ready(my_task)

    def _rearm(self, my_task: Any, guard: Any) -> None:
        plain = my_task.internal_data.get(TIMER)
        following = Timer.from_plain(plain).next_cycle() if plain is not None else None
        if plain is not None and following is None:
            return
        task = add_token(guard, self)
        if following is not None:
            task.internal_data[TIMER] = following.to_plain()
        enter(task)


def armed(task: Any) -> bool:
    """Whether `task` waits for a message or a moment."""
    return task.state == TaskState.WAITING and isinstance(task.task_spec, CatchEvent)


def awaited_message(task: Any) -> str | None:
    """Name of the message `task` waits for, if it does."""
    trigger = task.task_spec.event_definition if armed(task) else None
    return trigger.name if isinstance(trigger, MessageTrigger) else None


def armed_timer(task: Any) -> Timer | None:
    """The timer `task` waits for, if it does."""
    plain = task.internal_data.get(TIMER) if armed(task) else None
    return Timer.from_plain(plain) if plain is not None else None


def is_guard(task: Any) -> bool:
    """Whether `task` is the anchor of an activity with boundary events."""
    return isinstance(task.task_spec, BoundaryGuard)
