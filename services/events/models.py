"""The table of who waits for which message or signal."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.model import TriggerKind
from services.db import Base, Key


class EventSubscription(Base):
    """Something waited for by an instance, or by a start event of the newest version.

    Either `instance_id` or `deployment_id` is given.  Rows are made and deleted, never changed, so
    a lower `id` has waited longer.  `key_digest` stands for the correlation key a message must have
    (`services.events.keys`), empty for any.
    """

    __tablename__ = "event_subscription"
    __table_args__ = (Index("ix_event_subscription_name", "name", "kind", "key_digest"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("process_instance.id"), index=True)
    deployment_id: Mapped[int | None] = mapped_column(ForeignKey("deployment.id"), index=True)
    kind: Mapped[TriggerKind]
    name: Mapped[str] = mapped_column(Text)
    element_id: Mapped[str] = mapped_column(String(80))
    key_digest: Mapped[str] = mapped_column(String(64), default="")
    since: Mapped[datetime]
