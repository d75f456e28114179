"""Who could take a message: cases that wait for it, then start events of newest versions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from engine.functions import feel_functions
from engine.model import InstanceStatus, TriggerKind
from services.bootstrap import Application
from services.calendars import load_calendar
from services.events import keys
from services.events.models import EventSubscription
from services.events.outbox import Thrown
from services.processes.models import ProcessInstance

RUNNING = tuple(status for status in InstanceStatus if status.is_running)


@dataclass(frozen=True, slots=True)
class Receiver:
    """A case that waits for a message, with the row that says so."""

    subscription_id: int
    instance_id: int


def next_receiver(
    app: Application,
    session: Session,
    thrown: Thrown,
    *,
    statuses: Collection[InstanceStatus] = RUNNING,
    without: Collection[int] = (),
) -> Receiver | None:
    """Return who has waited longest for a message with these keys, but for rows of `without`.

    The case that sent it is none of them: a message passes between participants (BPMN 2.0.2
    section 9.4), signals reach their own case inside the engine.
    """
    row = session.execute(
        select(EventSubscription.id, EventSubscription.instance_id)
        .join(ProcessInstance, ProcessInstance.id == EventSubscription.instance_id)
        .where(
            _waits(TriggerKind.MESSAGE, thrown),
            ProcessInstance.id != thrown.source_id,
            ProcessInstance.status.in_(statuses),
            EventSubscription.id.not_in(without),
            or_(*_keys(app, session, thrown)),
        )
        .order_by(EventSubscription.id)
        .limit(1)
    ).first()
    return Receiver(row[0], row[1]) if row is not None and row[1] is not None else None


def starting(session: Session, thrown: Thrown, kind: TriggerKind) -> list[EventSubscription]:
    """Return the start events for a message or signal, the one deployed first at the head."""
    return list(
        session.scalars(
            select(EventSubscription)
            .where(_waits(kind, thrown), EventSubscription.deployment_id.is_not(None))
            .order_by(EventSubscription.id)
        )
    )


def listening(session: Session, thrown: Thrown, after: int, limit: int) -> list[int]:
    """Return the cases that waited for a signal when it was thrown, by id, from `after` on."""
    return list(
        session.scalars(
            select(ProcessInstance.id)
            .where(
                ProcessInstance.id.in_(
                    select(EventSubscription.instance_id).where(
                        _waits(TriggerKind.SIGNAL, thrown),
                        EventSubscription.since <= thrown.sending.thrown_at,
                    )
                ),
                ProcessInstance.id > after,
                ProcessInstance.id != thrown.source_id,
            )
            .order_by(ProcessInstance.id)
            .limit(limit)
        )
    )


def _waits(kind: TriggerKind, thrown: Thrown) -> ColumnElement[bool]:
    return and_(EventSubscription.kind == kind, EventSubscription.name == thrown.name)


def _keys(app: Application, session: Session, thrown: Thrown) -> list[ColumnElement[bool]]:
    """SQL: the key a case waits with may be that of the message, as its own version reads it."""
    functions = feel_functions(load_calendar(), thrown.sending.thrown_at)
    deployments = session.scalars(
        select(ProcessInstance.deployment_id)
        .distinct()
        .join(EventSubscription, EventSubscription.instance_id == ProcessInstance.id)
        .where(_waits(TriggerKind.MESSAGE, thrown))
    )
    conditions: list[ColumnElement[bool]] = [EventSubscription.key_digest == keys.ANY]
    for deployment_id in deployments:
        process = app.procedures.get(session, deployment_id).process
        carried = keys.carried(process, thrown.name, thrown.payload, functions)
        conditions.append(
            and_(
                ProcessInstance.deployment_id == deployment_id,
                EventSubscription.key_digest.in_(sorted(carried)),
            )
        )
    return conditions
