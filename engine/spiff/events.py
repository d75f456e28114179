"""Events in the flow and on its boundary.

Nothing fires by itself: the runtime fires what is due, told or has become true, a throw event what
it reaches.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.util.task import TaskState

from engine.spiff.compensation import throw_compensation
from engine.spiff.data import Activity
from engine.spiff.flow_node import TRIGGERED, FlowNode, abort_scope, cancel
from engine.spiff.gateways import EventBasedGateway
from engine.spiff.internals import add_token, enter, is_live, make_ready, set_state
from engine.spiff.throwing import throw
from engine.spiff.triggers import (
    OCCURRED,
    CompensateTrigger,
    ConditionTrigger,
    MessageTrigger,
    MultipleTrigger,
    SignalTrigger,
    TerminateTrigger,
    TimerTrigger,
    awaited,
    parts,
)
from engine.timers import Timer

TIMER = "timer"
TRUTH = "truth"


class Event(FlowNode, BpmnSpecMixin, TaskSpec):
    """A flow node with an event definition."""

    def __init__(self, wf_spec: Any, bpmn_id: str, event_definition: Any, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.event_definition = event_definition


class StartEvent(Event):
    """A start event; a token is put on it when its trigger has happened, so it passes at once."""


class LinkCatchEvent(Event):
    """Where a link leads: passes at once."""


class ThrowEvent(Event):
    """A point on the way that throws what it defines, or nothing, and goes on."""

    def _run_hook(self, my_task: Any) -> bool | None:
        """Return None, Spiff's sign for going on outside, to wait for a compensation."""
        compensating = (p for p in parts(self.event_definition) if isinstance(p, CompensateTrigger))
        trigger = next(compensating, None)
        return None if trigger is not None and throw_compensation(my_task, trigger) else True

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
        if any(isinstance(part, TerminateTrigger) for part in parts(self.event_definition)):
            abort_scope(my_task.workflow)


class Catching(FlowNode):
    """What waits for its event definitions: catch events and event sub-processes.

    A multiple event waits for any of its triggers, a parallel multiple event for all of them
    (BPMN 2.0.2 section 10.5.1).
    """

    event_definition: Any

    def _update_hook(self, my_task: Any) -> bool:
        if my_task.internal_data.pop(TRIGGERED, None) is not None:
            return True
        if my_task.state != TaskState.WAITING:
            set_state(my_task, TaskState.WAITING)
            self.arm(my_task)
        return False

    def arm(self, my_task: Any) -> None:
        """Work out when timers are due, and whether conditions are true; the rest needs nothing."""
        execution = my_task.workflow.script_engine
        for index, trigger in awaited(my_task):
            if isinstance(trigger, TimerTrigger):
                if _key(TIMER, index) not in my_task.internal_data:
                    value = execution.evaluate_timer(my_task, trigger.expression)
                    timer = execution.start_timer(my_task, trigger.kind, value, trigger.expression)
                    my_task.internal_data[_key(TIMER, index)] = timer.to_plain()
            elif isinstance(trigger, ConditionTrigger):
                holds = execution.holds(my_task, trigger.expression)
                my_task.internal_data[_key(TRUTH, index)] = holds

    def occur(self, my_task: Any, index: int = 0) -> None:
        """Let the awaited trigger at position `index` happen; fire when it is enough."""
        data = my_task.internal_data
        timer = armed_timer(my_task, index)
        if timer is not None:
            following = timer.next_cycle()
            data[_key(TIMER, index)] = following.to_plain() if following is not None else None
        if isinstance(self.event_definition, MultipleTrigger) and self.event_definition.parallel:
            data[OCCURRED] = [*data.get(OCCURRED, ()), index]
            if awaited(my_task):
                return
        self.fire(my_task)

    def fire(self, my_task: Any) -> None:
        """Go on: the event has happened."""
        raise NotImplementedError

    def rearm(self, my_task: Any, parent: Any) -> None:
        """Wait below `parent` for the next occurrence, unless timers that are needed are used up.

        Timers and the last truth of conditions go on; of a parallel multiple event everything has
        to happen again.
        """
        data = my_task.internal_data
        trigger = self.event_definition
        possible = [
            not isinstance(part, TimerTrigger) or data.get(_key(TIMER, index)) is not None
            for index, part in enumerate(parts(trigger))
        ]
        needs_all = isinstance(trigger, MultipleTrigger) and trigger.parallel
        if not (all(possible) if needs_all else any(possible)):
            return
        task = add_token(parent, self)
        task.internal_data.update(
            {key: value for key, value in data.items() if key.startswith((TIMER, TRUTH))}
        )
        enter(task)


class CatchEvent(Catching, Event):
    """An intermediate catch event."""

    def announces_entry(self, my_task: Any) -> bool:
        """Announce an event behind an event-based gateway only when it fires."""
        return not _gateway_waits(my_task)

    def arm(self, my_task: Any) -> None:
        """Let conditions happen that are true already, unless a gateway waits for several events.

        The gateway asks when all of them wait.
        """
        super().arm(my_task)
        if not _gateway_waits(my_task):
            self.occur_if_true(my_task)

    def occur_if_true(self, my_task: Any) -> None:
        """Let the conditions happen that are true on arrival."""
        for index, trigger in awaited(my_task):
            held = my_task.internal_data.get(_key(TRUTH, index), False)
            if isinstance(trigger, ConditionTrigger) and held and is_waiting(my_task):
                self.occur(my_task, index)

    def fire(self, my_task: Any) -> None:
        """Let the armed event happen; it still has to be run."""
        parent = my_task.parent
        if _gateway_waits(my_task):
            for rival in parent.children:
                if rival is not my_task and is_live(rival):
                    cancel(rival)
            parent.complete()
        my_task.workflow.script_engine.entered(my_task)
        make_ready(my_task)


class ReceiveTask(Activity, CatchEvent):
    """A receive task: an activity that waits for a message."""


class SendTask(Activity, Event):
    """A send task: an activity that throws a message, with its inputs as payload."""

    def _run_hook(self, my_task: Any) -> bool:
        throw(my_task, self.event_definition)
        return True


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

    def occur_if_true(self, my_task: Any) -> None:
        """Do nothing: a condition on the boundary has to become true (section 10.5.4)."""

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


def _gateway_waits(task: Any) -> bool:
    """Whether `task` is one of the events an event-based gateway waits for."""
    parent = task.parent
    return isinstance(parent.task_spec, EventBasedGateway) and parent.state == TaskState.STARTED


def _key(name: str, index: int) -> str:
    """Return where a trigger keeps its timer or truth; the first one without number."""
    return name if index == 0 else f"{name}.{index}"


def is_waiting(task: Any) -> bool:
    """Whether the event `task` has not happened yet."""
    return bool(task.state == TaskState.WAITING)


def awaited_outside(task: Any, thrown: Collection[str]) -> list[tuple[int, Any]]:
    """Return the triggers `task` waits for that come from outside of its instance.

    `thrown` names the signals the diagrams of the instance throw themselves, so that it can be seen
    who waits for one of them in vain.
    """
    outside = (MessageTrigger, TimerTrigger, ConditionTrigger)
    return [
        (index, trigger)
        for index, trigger in awaited(task)
        if isinstance(trigger, outside)
        or (isinstance(trigger, SignalTrigger) and trigger.name not in thrown)
    ]


def awaiting_message(task: Any, message: str) -> int | None:
    """Return the position of the trigger by which `task` waits for `message`, if it does."""
    return next(
        (
            index
            for index, trigger in awaited(task)
            if isinstance(trigger, MessageTrigger) and trigger.name == message
        ),
        None,
    )


def armed_timer(task: Any, index: int) -> Timer | None:
    """Return the timer of the awaited trigger at position `index`, if it has one."""
    plain = task.internal_data.get(_key(TIMER, index))
    return Timer.from_plain(plain) if plain is not None else None


def armed_timers(task: Any) -> list[tuple[int, Timer]]:
    """Return the timers `task` waits for, each with the position of its trigger."""
    timers = [
        (index, armed_timer(task, index))
        for index, trigger in awaited(task)
        if isinstance(trigger, TimerTrigger)
    ]
    return [(index, timer) for index, timer in timers if timer is not None]


def update_truth(task: Any, index: int, *, holds: bool) -> bool:
    """Remember whether the condition at position `index` is true; return whether it became so."""
    key = _key(TRUTH, index)
    became = holds and not task.internal_data.get(key, False)
    task.internal_data[key] = holds
    return became
