"""What events wait for or throw: their event definitions, read from the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition
from SpiffWorkflow.util.task import TaskState

from engine.timers import TimerKind


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


def awaited(task: Any) -> Any:
    """Return the trigger the event `task` waits for, if it does."""
    waiting = task.state == TaskState.WAITING
    return getattr(task.task_spec, "event_definition", None) if waiting else None


def read_trigger(node: Any, names: Any) -> Any:
    """Return the trigger of the event or receive task `node`.

    `names` is Spiff's parser of the file, which knows its messages, signals, errors and
    escalations; the checks have made sure that what is needed is there.
    """
    if node.tag == full_tag("receiveTask"):
        return _message(node, names)
    for child in node:
        read = _READERS.get(child.tag)
        if read is not None:
            return read(child, names)
    return NoneEventDefinition()


def read_definition(definition: Any, names: Any) -> Any:
    """Return the trigger of an event definition; `names` as in `read_trigger`."""
    return _READERS[definition.tag](definition, names)


def _message(definition: Any, names: Any) -> MessageTrigger:
    return MessageTrigger(name=names.messages[definition.get("messageRef")])


def _signal(definition: Any, names: Any) -> SignalTrigger:
    reference = definition.get("signalRef")
    return SignalTrigger(name=names.signals[reference] or reference)


def _link(definition: Any, _names: Any) -> LinkTrigger:
    return LinkTrigger(name=definition.get("name"))


def _timer(definition: Any, _names: Any) -> TimerTrigger:
    for kind in TimerKind:
        expression = definition.find(full_tag(kind))
        if expression is not None:
            return TimerTrigger(definition.getparent().get("id"), kind, expression.text.strip())
    raise ValueError("timer without expression")


def _error(definition: Any, names: Any) -> ErrorTrigger:
    reference = definition.get("errorRef")
    return ErrorTrigger(reference and (names.errors[reference]["error_code"] or reference))


def _escalation(definition: Any, names: Any) -> EscalationTrigger:
    reference = definition.get("escalationRef")
    code = reference and (names.escalations[reference]["escalation_code"] or reference)
    return EscalationTrigger(code)


def _terminate(_definition: Any, _names: Any) -> TerminateTrigger:
    return TerminateTrigger()


def _compensate(definition: Any, _names: Any) -> CompensateTrigger:
    wait = definition.get("waitForCompletion", "true") == "true"
    return CompensateTrigger(definition.get("activityRef"), wait=wait)


def _cancel(_definition: Any, _names: Any) -> CancelTrigger:
    return CancelTrigger()


_READERS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    full_tag("messageEventDefinition"): _message,
    full_tag("signalEventDefinition"): _signal,
    full_tag("linkEventDefinition"): _link,
    full_tag("timerEventDefinition"): _timer,
    full_tag("errorEventDefinition"): _error,
    full_tag("escalationEventDefinition"): _escalation,
    full_tag("terminateEventDefinition"): _terminate,
    full_tag("compensateEventDefinition"): _compensate,
    full_tag("cancelEventDefinition"): _cancel,
}
