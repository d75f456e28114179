"""The times at which the newest version of a procedure opens cases by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

import structlog
from sqlalchemy import update
from sqlalchemy.orm import Session

from engine import timers
from engine.expressions import evaluate
from engine.functions import feel_functions
from engine.model import StartTrigger, TriggerKind, Value
from engine.timers import Timer
from engine.values import dump_values
from services.calendars import load_calendar
from services.jobs import queue
from services.jobs.models import Job, JobKind, JobState
from services.processes.models import Deployment

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Occurrence:
    """The next time a timer start event of a deployment happens."""

    deployment_id: int
    element_id: str
    timer: Timer

    def dump(self) -> bytes:
        """Return the payload of its job."""
        return dump_values(
            {
                "deployment": self.deployment_id,
                "start_event": self.element_id,
                "timer": self.timer.to_plain(),
            }
        )

    @classmethod
    def load(cls, data: Mapping[str, Value]) -> Occurrence:
        """Return what `dump` wrote."""
        timer = Timer.from_plain(cast("list[Any]", data["timer"]))
        return cls(cast("int", data["deployment"]), str(data["start_event"]), timer)


def arm_starts(
    session: Session, deployment: Deployment, triggers: Iterable[StartTrigger], now: datetime
) -> None:
    """Let the timers of a new version take the place of those of the version before.

    Times that have passed already are left out.  Raises ExpressionError for a timer that is none.
    """
    session.execute(
        update(Job)
        .where(
            Job.kind == JobKind.START_BY_TIMER,
            Job.topic == deployment.key,
            Job.state == JobState.OPEN,
        )
        .values(state=JobState.DONE, done_at=now)
    )
    functions = feel_functions(load_calendar(), now)
    for trigger in triggers:
        if trigger.kind is not TriggerKind.TIMER or trigger.timer is None:
            continue
        text = trigger.expression or ""
        literal = timers.is_literal(text)
        value = text if literal else evaluate(text, {}, functions, trigger.element_id)
        timer = timers.arm(trigger.timer, value, now)
        _put(session, deployment.key, Occurrence(deployment.id, trigger.element_id, timer), now)


def put_next(session: Session, key: str, occurrence: Occurrence, now: datetime) -> None:
    """Put the next occurrence of a cycle; those missed meanwhile are one with the present one."""
    timer = occurrence.timer.next_cycle()
    if timer is not None:
        _put(session, key, Occurrence(occurrence.deployment_id, occurrence.element_id, timer), now)


def _put(session: Session, key: str, first: Occurrence, now: datetime) -> None:
    timer: Timer | None = first.timer
    while timer is not None and timer.due < now:
        timer = timer.next_cycle()
    if timer is None:
        log.info("no further start by timer", procedure=key, start_event=first.element_id)
        return
    due = timer.due.isoformat()
    queue.add(
        session,
        JobKind.START_BY_TIMER,
        f"start:{first.deployment_id}:{first.element_id}:{due}",
        now,
        run_at=timer.due,
        topic=key,
        payload=Occurrence(first.deployment_id, first.element_id, timer).dump(),
    )
