"""Run one BPMN file by itself, with data for its tasks, and tell what happened.

The pure part of `dangwu trace`: user tasks are completed in order of opening, service tasks
answered with nothing, and the clock jumps to the next timer when nothing else can move.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeAlias

from engine import runtime
from engine.errors import EngineError, InvalidState
from engine.library import parse_process
from engine.model import (
    Advance,
    EventType,
    Incident,
    InstanceStatus,
    ProcessDefinition,
    Value,
    Variables,
)
from engine.runtime import Environment

MAX_STEPS: Final = 10_000
Choice: TypeAlias = tuple[str, str | None]
"""The id of an ad-hoc sub-process and the activity to start in it, None to end it."""
TaskData: TypeAlias = Mapping[str, Variables | Sequence[Variables]]


class TraceStatus(StrEnum):
    """How far a run has got; the status of the last event is how it ended."""

    RUNNING = "running"
    COMPLETED = "completed"
    STUCK = "stuck"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """One thing that happened; `seq` counts from 1."""

    seq: int
    type: str
    element_id: str | None
    name: str
    data: Variables
    status: TraceStatus = TraceStatus.RUNNING

    def to_json(self) -> str:
        """Return the event as one line of JSON."""
        return json.dumps(
            {
                "seq": self.seq,
                "type": self.type,
                "element_id": self.element_id,
                "name": self.name,
                "data": self.data,
            },
            ensure_ascii=False,
            default=_plain,
        )


def trace(
    xml: bytes, data: Mapping[str, Any], task_data: Mapping[str, Any], now: datetime
) -> Iterator[TraceEvent]:
    """Yield what happens from start to end; the last event carries how the run ended.

    `data` are the start variables; `task_data` maps element ids to what is filled in, or to a list
    of it, one entry per time (the last entry is used again).  `now` is where the clock starts.
    Raises DefinitionError before the first event when the file is refused.
    """
    process = parse_process(xml, "process.bpmn", foreign=True)
    return _run(process, data, _answers(task_data), now)


def _run(
    process: ProcessDefinition, data: Mapping[str, Any], answers: _Answers, now: datetime
) -> Iterator[TraceEvent]:
    seq = 0
    try:
        advance = runtime.start(process, data, now=now, environment=_ENVIRONMENT)
    except EngineError as error:
        yield _incident(1, process, error)
        return
    for step in range(MAX_STEPS + 1):
        for event in advance.events:
            if event.type is not EventType.INCIDENT_RAISED:
                seq += 1
                yield TraceEvent(seq, event.type.value, event.element_id, event.name, event.data)
        for incident in advance.incidents:
            seq += 1
            yield _failure(seq, process, incident)
        if advance.incidents:
            return
        choice = answers.choose(advance)
        status = _status(advance, choice, step)
        if status is not TraceStatus.RUNNING:
            yield TraceEvent(seq + 1, _END, None, process.name, _summary(advance, status), status)
            return
        if choice is None and _only_waits(advance) and advance.next_due_at is not None:
            now = max(now, advance.next_due_at)
        try:
            advance = _step(process, advance, answers, choice, now)
        except EngineError as error:
            yield _incident(seq + 1, process, error)
            return


_END: Final = "trace_ended"
_INCIDENT: Final = "incident"


def _incident(seq: int, process: ProcessDefinition, error: EngineError) -> TraceEvent:
    data: Variables = {"code": error.code, "message": error.message}
    return TraceEvent(seq, _INCIDENT, None, process.name, data, TraceStatus.STUCK)


def _failure(seq: int, process: ProcessDefinition, incident: Incident) -> TraceEvent:
    """Return the line of an element that failed; a trace ends there."""
    data: Variables = {
        "code": incident.code,
        "message": incident.message,
        "seen": dict(incident.seen),
    }
    name = process.owner_of(incident.element_id).nodes[incident.element_id].name
    return TraceEvent(seq, _INCIDENT, incident.element_id, name, data, TraceStatus.STUCK)


class _Answers:
    """What to fill in, element by element, time by time, and what to choose."""

    def __init__(self, given: TaskData) -> None:
        self._given = given
        self._used: dict[str, int] = {}
        self._chosen: set[tuple[str, str]] = set()

    def choose(self, advance: Advance) -> Choice | None:
        """Return what to do next in ad-hoc sub-processes when all that was open is done.

        Every activity that may be started is done once, in document order; then what may be ended
        is ended.
        """
        if not _only_waits(advance):
            return None
        for available in advance.available:
            if (available.scope_id, available.element_id) not in self._chosen:
                return available.scope_id, available.element_id
        return (advance.finishable[0], None) if advance.finishable else None

    def remember(self, choice: Choice) -> None:
        """Do not choose the same again."""
        scope_id, element_id = choice
        if element_id is not None:
            self._chosen.add((scope_id, element_id))

    def next(self, element_id: str) -> Variables:
        answers = self._given.get(element_id, {})
        if isinstance(answers, Mapping):
            return answers
        used = self._used.get(element_id, 0)
        self._used[element_id] = used + 1
        return answers[min(used, len(answers) - 1)] if answers else {}


def _answers(given: Mapping[str, Any]) -> _Answers:
    for answer in given.values():
        parts = answer if isinstance(answer, list) else [answer]
        if not all(isinstance(part, Mapping) for part in parts):
            raise InvalidState("任务的提交内容应为对象，或对象的列表。", "请改正后重试。")
    return _Answers(given)


def _step(
    process: ProcessDefinition,
    advance: Advance,
    answers: _Answers,
    choice: Choice | None,
    now: datetime,
) -> Advance:
    state = advance.state
    if choice is not None:
        answers.remember(choice)
        scope_id, element_id = choice
        outside: dict[str, Any] = {"now": now, "environment": _ENVIRONMENT}
        if element_id is None:
            return runtime.finish_ad_hoc(process, state, scope_id, **outside)
        return runtime.activate(process, state, scope_id, element_id, **outside)
    if advance.open_tasks:
        task = advance.open_tasks[0]
        values = answers.next(task.element_id)
        return runtime.complete(process, state, task.id, values, now=now, environment=_ENVIRONMENT)
    if advance.operations:
        operation = advance.operations[0]
        values = answers.next(operation.element_id)
        return runtime.complete_operation(
            process, state, operation.id, values, now=now, environment=_ENVIRONMENT
        )
    return runtime.fire_timers(process, state, now=now, environment=_ENVIRONMENT)


def _only_waits(advance: Advance) -> bool:
    return not advance.open_tasks and not advance.operations


def _status(advance: Advance, choice: Choice | None, step: int) -> TraceStatus:
    if advance.status is not InstanceStatus.ACTIVE:
        return TraceStatus.COMPLETED
    if choice is None and _only_waits(advance) and advance.next_due_at is None:
        return TraceStatus.STUCK
    return TraceStatus.LIMIT if step == MAX_STEPS else TraceStatus.RUNNING


def _summary(advance: Advance, status: TraceStatus) -> dict[str, Value]:
    waiting: list[Value] = list(advance.messages)
    return {"status": status.value, "variables": dict(advance.variables), "messages": waiting}


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"PT{value.total_seconds():g}S"
    raise TypeError(type(value).__name__)


def _decide(decision: str, _inputs: Variables, _now: datetime) -> tuple[Value, Value]:
    raise InvalidState(
        f"单个文件的试运行没有决策表“{decision}”。", "请用流程文件夹运行业务规则任务。"
    )


_ENVIRONMENT: Final = Environment(decisions=_decide)
