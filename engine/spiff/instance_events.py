"""What a multi-instance activity throws while its instances complete.

BPMN 2.0.2 table 10.30: `behavior` None throws for every instance, One for the first, Complex what
its definitions say; All throws nothing.  The activity's own boundary events hear it first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from SpiffWorkflow.bpmn.parser.util import full_tag

from engine.spiff.triggers import read_definition, read_trigger


class Behavior(StrEnum):
    """When a multi-instance activity throws events."""

    NONE = "None"
    ONE = "One"
    ALL = "All"
    COMPLEX = "Complex"


@dataclass(frozen=True, slots=True)
class InstanceEvent:
    """An event to throw when an instance completes; `condition` is FEEL text."""

    trigger: Any
    condition: str | None = None
    first_only: bool = False


def read_instance_events(loop: Any) -> tuple[InstanceEvent, ...]:
    """Return the events of a checked `multiInstanceLoopCharacteristics`."""
    match Behavior(loop.get("behavior", Behavior.ALL)):
        case Behavior.NONE:
            return (InstanceEvent(_referred(loop, "noneBehaviorEventRef")),)
        case Behavior.ONE:
            trigger = _referred(loop, "oneBehaviorEventRef")
            return (InstanceEvent(trigger, first_only=True),)
        case Behavior.COMPLEX:
            return tuple(_complex(loop))
    return ()


def _referred(loop: Any, attribute: str) -> Any:
    reference = loop.get(attribute)
    root = loop.getroottree().getroot()
    return read_definition(next(item for item in root if item.get("id") == reference))


def _complex(loop: Any) -> Iterator[InstanceEvent]:
    for definition in loop.findall(full_tag("complexBehaviorDefinition")):
        trigger = read_trigger(definition.find(full_tag("event")))
        yield InstanceEvent(trigger, definition.findtext(full_tag("condition")).strip())
