"""What events wait for or throw: their event definitions, read from the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition
from SpiffWorkflow.util.task import TaskState

from engine.expressions import feel_text
from engine.message_names import message_name
from engine.references import referred
from engine.starts import signal_name
from engine.timers import TimerKind

OCCURRED = "occurred"
"""Positions of the triggers of a parallel multiple event that have happened already."""


class MessageTrigger(EventDefinition):
    """A message by its name."""


class SignalTrigger(EventDefinition):
    """A signal by its name; everything that waits for it hears it."""


class LinkTrigger(EventDefinition):
    """A link by its name; the way itself is a connection of the specifications."""


class TerminateTrigger(EventDefinition):
    """Ends its scope with everything in it."""


class TimerTrigger(EventDefinition):
    """Waits for a moment; `expression` is FEEL or an ISO 8601 literal."""

    def __init__(self, name: str, kind: TimerKind, expression: str) -> None:
        super().__init__(name=name)
        self.kind = kind
        self.expression = expression


class ConditionTrigger(EventDefinition):
    """Waits until a condition in FEEL becomes true."""

    def __init__(self, name: str, expression: str) -> None:
        super().__init__(name=name)
        self.expression = expression


class PropagatedTrigger(EventDefinition):
    """Goes outwards from scope to scope to the nearest that catches `code`; None catches all."""

    def __init__(self, code: str | None) -> None:
        super().__init__(name=code or "")
        self.code = code

    def catches(self, thrown: PropagatedTrigger) -> bool:
        """Whether an event with this definition catches what is thrown."""
        return type(self) is type(thrown) and self.code in {None, thrown.code}


class ErrorTrigger(PropagatedTrigger):
    """An error: what stands between it and who catches it is cancelled."""


class EscalationTrigger(PropagatedTrigger):
    """An escalation: nothing is cancelled unless who catches it interrupts."""


class CompensateTrigger(EventDefinition):
    """Compensates one activity, or all of the scope; `wait` for the handlers before going on."""

    def __init__(self, activity: str | None, *, wait: bool) -> None:
        super().__init__(name=activity or "")
        self.activity = activity
        self.wait = wait


class CancelTrigger(EventDefinition):
    """Cancels the transaction around."""


class MultipleTrigger(EventDefinition):
    """Several triggers: any of them, or when `parallel` all of them; an event throws all."""

    def __init__(self, triggers: tuple[Any, ...], *, parallel: bool) -> None:
        super().__init__(name="")
        self.triggers = triggers
        self.parallel = parallel


def parts(trigger: Any) -> tuple[Any, ...]:
    """Return the single triggers of an event's trigger, in document order."""
    return trigger.triggers if isinstance(trigger, MultipleTrigger) else (trigger,)


def awaited(task: Any) -> list[tuple[int, Any]]:
    """Return the triggers the event `task` still waits for, each with its position."""
    trigger = getattr(task.task_spec, "event_definition", None)
    if trigger is None or task.state != TaskState.WAITING:
        return []
    occurred = task.internal_data.get(OCCURRED, ())
    return [(index, part) for index, part in enumerate(parts(trigger)) if index not in occurred]


def read_definition(definition: Any) -> Any:
    """Return the trigger of one event definition of a checked file."""
    return _READERS[definition.tag](definition)


def read_trigger(node: Any) -> Any:
    """Return the trigger of the event, receive or send task `node` of a checked file."""
    if node.tag in {full_tag("receiveTask"), full_tag("sendTask")}:
        return _message(node)
    found = tuple(_READERS[child.tag](child) for child in node if child.tag in _READERS)
    if not found:
        return NoneEventDefinition()
    parallel = node.get("parallelMultiple") == "true"
    return found[0] if len(found) == 1 else MultipleTrigger(found, parallel=parallel)


def _message(definition: Any) -> MessageTrigger:
    return MessageTrigger(name=message_name(definition))


def _signal(definition: Any) -> SignalTrigger:
    return SignalTrigger(name=signal_name(definition))


def _link(definition: Any) -> LinkTrigger:
    return LinkTrigger(name=definition.get("name"))


def _timer(definition: Any) -> TimerTrigger:
    for kind in TimerKind:
        expression = definition.find(full_tag(kind))
        if expression is not None:
            return TimerTrigger(definition.getparent().get("id"), kind, expression.text.strip())
    raise ValueError("timer without expression")


def _condition(definition: Any) -> ConditionTrigger:
    text = feel_text(definition.findtext(full_tag("condition")))
    return ConditionTrigger(definition.getparent().get("id"), text)


def _error(definition: Any) -> ErrorTrigger:
    return ErrorTrigger(_code(definition, "error"))


def _escalation(definition: Any) -> EscalationTrigger:
    return EscalationTrigger(_code(definition, "escalation"))


def _code(definition: Any, kind: str) -> str | None:
    item = referred(definition, kind)
    return None if item is None else item.get(f"{kind}Code") or item.get("id")


def _terminate(_definition: Any) -> TerminateTrigger:
    return TerminateTrigger()


def _compensate(definition: Any) -> CompensateTrigger:
    wait = definition.get("waitForCompletion", "true") == "true"
    return CompensateTrigger(definition.get("activityRef"), wait=wait)


def _cancel(_definition: Any) -> CancelTrigger:
    return CancelTrigger()


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    full_tag("messageEventDefinition"): _message,
    full_tag("signalEventDefinition"): _signal,
    full_tag("linkEventDefinition"): _link,
    full_tag("timerEventDefinition"): _timer,
    full_tag("conditionalEventDefinition"): _condition,
    full_tag("errorEventDefinition"): _error,
    full_tag("escalationEventDefinition"): _escalation,
    full_tag("terminateEventDefinition"): _terminate,
    full_tag("compensateEventDefinition"): _compensate,
    full_tag("cancelEventDefinition"): _cancel,
}
