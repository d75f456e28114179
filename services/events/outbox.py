"""What a command throws becomes jobs in its own transaction: sent exactly when the command counts.

A job is the only trace of an event on its way; the journal of the case that threw it tells of it
already, by the path the command took.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import cast

from sqlalchemy.orm import Session

from engine.model import Event, EventType, Value, Variables
from engine.values import dump_values, load_values
from services.jobs import queue
from services.jobs.models import JobKind
from services.processes.models import ProcessInstance

_NAMED: Mapping[EventType, tuple[JobKind, str]] = {
    EventType.MESSAGE_THROWN: (JobKind.DELIVER_MESSAGE, "message"),
    EventType.SIGNAL_THROWN: (JobKind.BROADCAST_SIGNAL, "signal"),
}


@dataclass(frozen=True, slots=True)
class Sending:
    """The circumstances of everything one command throws.

    `actor_id` is who acted, or who started the case when nobody did; `acted_on` the date of the
    act; `thrown_at` when it was entered.
    """

    actor_id: int
    acted_on: date
    thrown_at: datetime


@dataclass(frozen=True, slots=True)
class Thrown:
    """A message or signal on its way: what it says, and which journal entry of which case sent it.

    `element_id` is the node that threw it.
    """

    name: str
    element_id: str
    source_id: int
    entry: int
    sending: Sending
    payload: Variables = field(default_factory=dict)

    def dump(self, **more: Value) -> bytes:
        """Return the payload of a job that carries it; `more` is what that kind of job needs."""
        return dump_values(
            {
                "name": self.name,
                "element": self.element_id,
                "source": self.source_id,
                "entry": self.entry,
                "actor": self.sending.actor_id,
                "acted_on": self.sending.acted_on,
                "thrown_at": self.sending.thrown_at,
                "payload": dict(self.payload),
                **more,
            }
        )

    @classmethod
    def load(cls, payload: bytes) -> Thrown:
        """Return what `dump` wrote."""
        data = cast("dict[str, object]", load_values(payload))
        sending = Sending(
            cast("int", data["actor"]),
            cast("date", data["acted_on"]),
            cast("datetime", data["thrown_at"]),
        )
        return cls(
            name=str(data["name"]),
            element_id=str(data["element"]),
            source_id=cast("int", data["source"]),
            entry=cast("int", data["entry"]),
            sending=sending,
            payload=cast("Variables", data["payload"]),
        )


def send(
    session: Session, instance: ProcessInstance, events: Iterable[Event], sending: Sending
) -> bool:
    """Put a job for every message and signal among the events of a command just journaled.

    Returns whether there were any.
    """
    thrown = [event for event in events if event.type in _NAMED]
    for number, event in enumerate(thrown, start=1):
        kind, entry = _NAMED[event.type]
        item = Thrown(
            name=str(event.data[entry]),
            element_id=event.element_id or "",
            source_id=instance.id,
            entry=instance.journal_length,
            sending=sending,
            payload=cast("Variables", event.data.get("payload") or {}),
        )
        queue.add(
            session,
            kind,
            f"event:{instance.id}:{instance.revision}:{number}",
            sending.thrown_at,
            topic=item.name,
            instance_id=instance.id,
            payload=item.dump(),
        )
    return bool(thrown)
