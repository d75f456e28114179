"""Run BPMN files by themselves, with data for their tasks, and tell what happened.

The pure part of `dangwu trace`: user tasks are completed in order of opening, service tasks
answered with nothing, messages and signals passed between the instances, and the clock jumps to
the next timer when nothing else can move.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from engine.answers import Answers
from engine.collaboration import Collaboration, Participant, Start
from engine.errors import DangwuError, EndlessCircle
from engine.library import parse_library
from engine.model import Event, EventType, InstanceStatus, Value, Variables

MAX_STEPS: Final = 10_000


class TraceStatus(StrEnum):
    """How far a run has got; the status of the last event is how it ended.

    `waiting`: something from outside would be needed; `stuck`: nothing can ever move; `failed`: an
    expression failed or nobody caught an error; `limit`: too many steps, instances or seconds.
    """

    RUNNING = "running"
    COMPLETED = "completed"
    WAITING = "waiting"
    STUCK = "stuck"
    FAILED = "failed"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """One thing that happened; `seq` and the number of the `instance` count from 1.

    `instance` is None for what concerns the whole run.
    """

    seq: int
    type: str
    element_id: str | None
    name: str
    data: Variables
    status: TraceStatus = TraceStatus.RUNNING
    instance: int | None = None

    def to_json(self) -> str:
        """Return the event as one line of JSON."""
        return to_json(
            {
                "seq": self.seq,
                "type": self.type,
                "element_id": self.element_id,
                "name": self.name,
                "instance": self.instance,
                "data": self.data,
            }
        )


class Trace:
    """One run of files deployed together; iterating it runs it.

    `files` maps paths to contents; `starts` sets it going, see `Collaboration.begin`; `task_data`
    is what is filled in, see `Answers`; `now` is where the clock starts.  What has happened so far
    can be asked at any time, also when the iteration was broken off.  Raises DefinitionError when
    the files are refused.
    """

    def __init__(
        self,
        files: Mapping[str, bytes],
        starts: Sequence[Start],
        task_data: Mapping[str, Any],
        now: datetime,
    ) -> None:
        answers = Answers(task_data)
        library = parse_library(files, foreign=True)
        self._starts = starts
        self._run = Collaboration(library, answers, now)
        self._name = next(iter(library.processes.values())).name
        self._seq = 0
        self.uncaught: list[Event] = []
        self.incidents: list[Event] = []
        self.completed: list[str] = []
        self.status = TraceStatus.RUNNING

    @property
    def participants(self) -> Sequence[Participant]:
        """The instances of the run so far."""
        return self._run.participants

    @property
    def stores(self) -> Variables:
        """What the data stores hold, by id."""
        return dict(self._run.stores)

    @property
    def undelivered(self) -> list[str]:
        """The names of the messages nobody has taken."""
        return [message.name for message in self._run.undelivered]

    @property
    def failure(self) -> dict[str, Value] | None:
        """What went wrong first, if something did: an incident or a refused command."""
        refused = (p.error for p in self.participants if p.error is not None)
        if self.incidents:
            return {"element_id": self.incidents[0].element_id, **self.incidents[0].data}
        error = next(refused, None)
        return None if error is None else _refusal(error)

    @property
    def waiting(self) -> list[str]:
        """The names of the messages and signals, and the conditions, that are waited for."""
        names = (
            found.name
            for participant in self.participants
            if participant.is_open and participant.advance is not None
            for found in participant.advance.subscriptions
        )
        return list(dict.fromkeys(names))

    def __iter__(self) -> Iterator[TraceEvent]:
        """Yield what happens from start to end; the last event carries how the run ended."""
        self._run.begin(self._starts)
        for _ in range(MAX_STEPS):
            yield from self._happened()
            if not self._run.step():
                break
        else:
            self._run.exhausted = True
        yield from self._happened()
        self.status = self._outcome()
        for participant in self.participants:
            if participant.error is not None:
                data: Variables = _refusal(participant.error)
                yield self._event(_INCIDENT, participant.process.name, data, participant.number)
        yield self._event(_END, self._name, self._summary(), None)

    def _happened(self) -> Iterator[TraceEvent]:
        for happening in self._run.take_happenings():
            event = happening.event
            if event.type is EventType.ELEMENT_COMPLETED:
                self.completed.append(str(event.element_id))
            elif event.type in _THROWN and event.data.get("caught_by") is None:
                self.uncaught.append(event)
            elif event.type is EventType.INCIDENT_RAISED:
                self.incidents.append(event)
            self._seq += 1
            yield TraceEvent(
                self._seq,
                _NAMES.get(event.type, event.type.value),
                event.element_id,
                event.name,
                event.data,
                instance=happening.instance,
            )

    def _event(self, kind: str, name: str, data: Variables, instance: int | None) -> TraceEvent:
        self._seq += 1
        return TraceEvent(self._seq, kind, None, name, data, self.status, instance)

    def _outcome(self) -> TraceStatus:
        refused = any(participant.error is not None for participant in self.participants)
        endless = [e for e in self.incidents if e.data["code"] == EndlessCircle.code]
        uncaught = any(event.type is EventType.ERROR_THROWN for event in self.uncaught)
        if refused or uncaught or len(self.incidents) > len(endless):
            return TraceStatus.FAILED
        if endless or self._run.exhausted:
            return TraceStatus.LIMIT
        if self.waiting or not self.participants:
            return TraceStatus.WAITING
        ended = {InstanceStatus.COMPLETED, InstanceStatus.TERMINATED}
        statuses = {p.advance.status for p in self.participants if p.advance is not None}
        return TraceStatus.COMPLETED if statuses <= ended else TraceStatus.STUCK

    def _summary(self) -> dict[str, Value]:
        first = self.participants[0].variables if self.participants else {}
        return {
            "status": self.status.value,
            "variables": dict(first),
            "stores": dict(self.stores),
            "waiting": list(self.waiting),
            "undelivered": list(self.undelivered),
            "uncaught": [_thrown(event) for event in self.uncaught],
        }


_END: Final = "trace_ended"
_INCIDENT: Final = "incident"
_NAMES: Final = {EventType.INCIDENT_RAISED: _INCIDENT}
_THROWN: Final = frozenset({EventType.ERROR_THROWN, EventType.ESCALATION_THROWN})


def _refusal(error: DangwuError) -> dict[str, Value]:
    return {"code": error.code, "message": error.message, "remedy": error.remedy}


def _thrown(event: Event) -> dict[str, Value]:
    code = event.data.get("code")
    return {"type": event.type.value, "element_id": event.element_id, "code": code}


def to_json(document: Mapping[str, Any]) -> str:
    """Return one line of JSON; values JSON does not know become ISO 8601 text or numbers."""
    return json.dumps(document, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"PT{value.total_seconds():g}S"
    raise TypeError(type(value).__name__)
