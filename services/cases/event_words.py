"""Words for what passes between cases."""

from __future__ import annotations

from typing import Any, cast

from engine.model import EventType, Variables
from engine.procedure import Procedure

_THROWN = {EventType.MESSAGE_THROWN.value: "message", EventType.SIGNAL_THROWN.value: "signal"}


def came_from(number: str) -> str:
    """Return the words for the case something came from; its number is all that is told."""
    return f"来自{number}"


def sent(procedure: Procedure, data: Variables) -> list[str]:
    """Return what a command sent to other cases, by the names of the events in the diagram."""
    words = []
    for step in cast("list[dict[str, Any]]", data.get("path", [])):
        entry = _THROWN.get(step["type"])
        if entry is None:
            continue
        node = procedure.nodes.get(step["element"])
        words.append(f"已发出“{(node and node.name) or step['data'][entry]}”")
    return list(dict.fromkeys(words))
