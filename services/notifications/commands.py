"""Sending notices and marking them as read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from services.bootstrap import Application
from services.errors import NotFound
from services.identity.actor import Actor
from services.notifications.models import Notification

SUBJECT_LIMIT = 200


def notify(
    session: Session,
    person_ids: Iterable[int],
    instance_id: int | None,
    subject: str,
    body: str,
    now: datetime,
) -> None:
    """Send each person one notice about a case, in the transaction of the caller."""
    session.add_all(
        Notification(
            person_id=person_id,
            instance_id=instance_id,
            subject=subject[:SUBJECT_LIMIT],
            body=body,
            created_at=now,
        )
        for person_id in dict.fromkeys(person_ids)
    )
    session.flush()


def mark_read(app: Application, actor: Actor, notification_id: int) -> None:
    """Mark a notice of the actor as read; again changes nothing; `NotFound` for anybody else's."""
    with app.database.write() as session:
        row = session.get(Notification, notification_id)
        if row is None or row.person_id != actor.person_id:
            raise NotFound
        row.read_at = row.read_at or app.clock.now()


def mark_all_read(app: Application, actor: Actor) -> None:
    """Mark every notice of the actor as read."""
    with app.database.write() as session:
        session.execute(
            update(Notification)
            .where(Notification.person_id == actor.person_id, Notification.read_at.is_(None))
            .values(read_at=app.clock.now())
        )
