"""Tables of hand-overs; a hand-over is never changed or deleted."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.db import Base, Key


class HandoverScope(StrEnum):
    """What the person leaves: POST and they stay in the body, or the BODY altogether.

    What they were asked to do by name goes over only with the second.
    """

    POST = "post"
    BODY = "body"


class ItemKind(StrEnum):
    """What a hand-over looks at."""

    TASK = "task"
    ROLE = "role"
    SUB_TASK = "sub_task"
    DRAFT = "draft"
    CASE = "case"
    CIRCULATION = "circulation"
    POST = "post"
    DELEGATION = "delegation"


class ItemOutcome(StrEnum):
    """What becomes of it.

    RELEASED: the successor may not take it, so it is for others who may, or for the body above to
    name somebody (无人可办).  KEPT: it stays as it is, for the reason given.
    """

    HANDED_OVER = "handed_over"
    RELEASED = "released"
    ENDED = "ended"
    KEPT = "kept"


class Handover(Base):
    """Who handed over to whom what lay with a body; `acted_on` is the leaver's last day there."""

    __tablename__ = "handover"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    scope: Mapped[HandoverScope]
    acted_on: Mapped[date]
    document_number: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text)
    entered_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    capacity: Mapped[str] = mapped_column(String(120))
    entered_at: Mapped[datetime]


class HandoverItem(Base):
    """One thing a hand-over looked at; `words` say what, `reason` why it did not go over."""

    __tablename__ = "handover_item"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    handover_id: Mapped[int] = mapped_column(ForeignKey("handover.id"), index=True)
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("process_instance.id"))
    kind: Mapped[ItemKind]
    outcome: Mapped[ItemOutcome]
    words: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text, default="")
