"""The table of proposals to dispose of records."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.db import Base, Key
from services.identity.models import RequestState


class RecordKind(StrEnum):
    """What may be disposed of; whatever is not here is kept for good."""

    READ_NOTICES = "read_notices"
    LOGIN_SESSIONS = "login_sessions"


class DisposalProposal(Base):
    """A list of records that one administrator proposes to dispose of and another decides.

    The list is all records of `kind` past their period at `before`; `count` and `digest` (SHA-256
    over their ids in order) tell whether it is still the same.
    """

    __tablename__ = "disposal_proposal"
    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="two_people"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[RecordKind]
    before: Mapped[datetime]
    count: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[RequestState] = mapped_column(index=True)
    asked_by: Mapped[int] = mapped_column(ForeignKey("administrator.id"))
    asked_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("administrator.id"))
    decided_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
