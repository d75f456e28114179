"""The bodies whose condition opens a case of the newest version of a procedure.

A condition happens when it becomes true (BPMN 2.0.2 section 10.5.4).  It is looked at once a day;
which bodies it held in at the last look travels from one day's job to the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final, cast

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine.model import StartTrigger, TriggerKind, Value
from engine.values import dump_values, load_values
from services.clock import SHANGHAI
from services.jobs import queue
from services.jobs.models import Job, JobKind, JobState
from services.processes.models import Deployment

LOOK_AT: Final = time(1, tzinfo=SHANGHAI)
"""Facts about bodies change with the date; the night is when nobody waits for an answer."""


@dataclass(frozen=True, slots=True)
class Watch:
    """A conditional start event of a deployment, and the bodies where its condition held last."""

    deployment_id: int
    element_id: str
    expression: str
    held: frozenset[int] = frozenset()

    def dump(self) -> bytes:
        """Return the payload of its job."""
        return dump_values(
            {
                "deployment": self.deployment_id,
                "start_event": self.element_id,
                "expression": self.expression,
                "held": [*sorted(self.held)],
            }
        )

    @classmethod
    def load(cls, data: Mapping[str, Value]) -> Watch:
        """Return what `dump` wrote."""
        return cls(
            cast("int", data["deployment"]),
            str(data["start_event"]),
            str(data["expression"]),
            frozenset(cast("list[int]", data["held"])),
        )


def arm_conditions(
    session: Session, deployment: Deployment, triggers: Iterable[StartTrigger], now: datetime
) -> None:
    """Let the conditions of a new version take the place of those of the version before.

    Where a start event had the same condition before, a body where it holds opens no second case.
    """
    before = {}
    query = select(Job).where(
        Job.kind == JobKind.START_BY_CONDITION,
        Job.topic == deployment.key,
        Job.state == JobState.OPEN,
    )
    for job in session.scalars(query):
        watch = Watch.load(load_values(job.payload))
        before[watch.element_id, watch.expression] = watch.held
    session.execute(
        update(Job)
        .where(
            Job.kind == JobKind.START_BY_CONDITION,
            Job.topic == deployment.key,
            Job.state == JobState.OPEN,
        )
        .values(state=JobState.DONE, done_at=now)
    )
    for trigger in triggers:
        if trigger.kind is TriggerKind.CONDITION:
            text = trigger.expression or ""
            held = before.get((trigger.element_id, text), frozenset())
            _put(session, deployment.key, Watch(deployment.id, trigger.element_id, text, held), now)


def look_again(
    session: Session, key: str, watch: Watch, held: frozenset[int], now: datetime
) -> None:
    """Put the look of the next night, which knows where the condition holds now."""
    local = now.astimezone(SHANGHAI)
    due = datetime.combine(local.date(), LOOK_AT)
    if due <= local:
        due += timedelta(days=1)
    _put(session, key, replace(watch, held=held), now, due)


def _put(
    session: Session, key: str, watch: Watch, now: datetime, due: datetime | None = None
) -> None:
    run_at = due or now
    queue.add(
        session,
        JobKind.START_BY_CONDITION,
        f"watch:{watch.deployment_id}:{watch.element_id}:{run_at.isoformat()}",
        now,
        run_at=run_at,
        topic=key,
        payload=watch.dump(),
    )
