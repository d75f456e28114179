"""Reading one's own notices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from services.bootstrap import Application
from services.cases.views import Listing
from services.identity.actor import Actor
from services.notifications.models import Notification

PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class NotificationView:
    """A notice; `case_id` leads to the case it is about."""

    id: int
    subject: str
    body: str
    case_id: int | None
    created_at: datetime
    is_read: bool


def unread(app: Application, actor: Actor) -> int:
    """Return how many notices of the actor are unread."""
    with app.database.read() as session:
        return (
            session.scalar(
                select(func.count()).where(
                    Notification.person_id == actor.person_id, Notification.read_at.is_(None)
                )
            )
            or 0
        )


def listing(app: Application, actor: Actor, page: int) -> Listing[NotificationView]:
    """Return one page (from 1) of the actor's notices, the newest first."""
    page = max(page, 1)
    own = Notification.person_id == actor.person_id
    with app.database.read() as session:
        total = session.scalar(select(func.count()).select_from(Notification).where(own)) or 0
        rows = session.scalars(
            select(Notification)
            .where(own)
            .order_by(Notification.created_at.desc(), Notification.id.desc())
            .limit(PAGE_SIZE)
            .offset((page - 1) * PAGE_SIZE)
        )
        items = tuple(
            NotificationView(
                id=row.id,
                subject=row.subject,
                body=row.body,
                case_id=row.instance_id,
                created_at=row.created_at,
                is_read=row.read_at is not None,
            )
            for row in rows
        )
    return Listing(items=items, total=total, page=page, page_size=PAGE_SIZE)
