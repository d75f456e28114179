"""Keeping the table of subscriptions in step with cases and deployments."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TypeAlias

import orjson
from sqlalchemy import ColumnElement, delete, insert, or_, select, tuple_, update
from sqlalchemy.orm import Session

from engine.model import Advance, InstanceStatus, StartTrigger, TriggerKind
from services.events import keys
from services.events.models import EventSubscription
from services.jobs.models import Job, JobKind, JobState
from services.processes.models import Deployment, ProcessInstance

Row: TypeAlias = tuple[str, str, str, str]
"""Kind, name, element and digest of the correlation key."""

_FROM_OUTSIDE = frozenset({TriggerKind.MESSAGE, TriggerKind.SIGNAL})
_COLUMNS = (
    EventSubscription.kind,
    EventSubscription.name,
    EventSubscription.element_id,
    EventSubscription.key_digest,
)


def awaited(instance: ProcessInstance, kind: TriggerKind) -> frozenset[str]:
    """Return the names of the messages or signals a case waits for."""
    return frozenset(name for found, name, _, _ in _rows(instance) if found == kind)


def keep(session: Session, instance: ProcessInstance, advance: Advance, now: datetime) -> None:
    """Note what the case waits for after a command; costs no statement when nothing has changed.

    Call it before the instance takes over the new status.  Messages on their way that found nobody
    are tried again when somebody new waits for them, and when a suspended case goes on.
    """
    before = _rows(instance)
    after = _wanted(advance)
    resumed = (
        instance.status is InstanceStatus.SUSPENDED
        and advance.status is not InstanceStatus.SUSPENDED
    )
    if before == after:
        if resumed:
            wake(session, {name for _, name, _, _ in after}, now, instance.id)
        return
    gone, new = before - after, after - before
    if gone:
        session.execute(
            delete(EventSubscription).where(
                EventSubscription.instance_id == instance.id, tuple_(*_COLUMNS).in_(sorted(gone))
            )
        )
    instance.awaits = orjson.dumps(sorted(after)).decode()
    _insert(session, sorted(new), now, instance_id=instance.id)
    if new or resumed:
        fresh = after if resumed else new
        wake(session, {name for _, name, _, _ in fresh}, now, instance.id if resumed else None)


def subscribe_starts(
    session: Session, deployment: Deployment, triggers: Iterable[StartTrigger], now: datetime
) -> None:
    """Let the start events of a new version take the place of those of the version before."""
    older = select(Deployment.id).where(Deployment.key == deployment.key)
    session.execute(delete(EventSubscription).where(EventSubscription.deployment_id.in_(older)))
    rows: list[Row] = [
        (trigger.kind.value, trigger.name, trigger.element_id, keys.ANY)
        for trigger in triggers
        if trigger.kind in _FROM_OUTSIDE
    ]
    _insert(session, rows, now, deployment_id=deployment.id)
    wake(session, {name for _, name, _, _ in rows}, now)


def wake(
    session: Session, names: Collection[str], now: datetime, instance_id: int | None = None
) -> None:
    """Try the messages of these names again at once, and the signals to a case.

    Waits for a worker that is about to find nobody, and so undoes its decision to wait.
    """
    if not names:
        return
    concerned: ColumnElement[bool] = (Job.kind == JobKind.DELIVER_MESSAGE) & Job.topic.in_(
        sorted(names)
    )
    if instance_id is not None:
        to_case = (Job.kind == JobKind.DELIVER_SIGNAL) & (Job.instance_id == instance_id)
        concerned = or_(concerned, to_case)
    session.execute(
        update(Job)
        .where(Job.state == JobState.OPEN, concerned)
        .values(run_at=now)
        .execution_options(synchronize_session=False)
    )


def _insert(
    session: Session,
    rows: Iterable[Row],
    now: datetime,
    *,
    instance_id: int | None = None,
    deployment_id: int | None = None,
) -> None:
    new = [
        {
            "instance_id": instance_id,
            "deployment_id": deployment_id,
            "kind": TriggerKind(kind),
            "name": name,
            "element_id": element_id,
            "key_digest": digest,
            "since": now,
        }
        for kind, name, element_id, digest in rows
    ]
    if new:
        session.execute(insert(EventSubscription), new)


def _rows(instance: ProcessInstance) -> frozenset[Row]:
    return frozenset((k, n, e, d) for k, n, e, d in orjson.loads(instance.awaits or "[]"))


def _wanted(advance: Advance) -> frozenset[Row]:
    return frozenset(
        (found.kind.value, found.name, found.element_id, keys.wanted(found.keys))
        for found in advance.subscriptions
        if found.kind in _FROM_OUTSIDE
    )
