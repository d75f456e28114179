"""The table of proposals to found a body without a superior."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.db import Base, Key
from services.identity.models import RequestState
from services.organizations.models import Level, OrganizationKind


class RootProposal(Base):
    """A body without a superior that one administrator proposes and another confirms or denies.

    `established_on` and `document_number` are the act that founded it; `organization_id` is the
    body once it is confirmed.
    """

    __tablename__ = "root_proposal"
    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="two_people"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    code: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(120))
    short_name: Mapped[str] = mapped_column(String(40))
    kind: Mapped[OrganizationKind]
    level: Mapped[Level]
    established_on: Mapped[date]
    document_number: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[RequestState] = mapped_column(index=True)
    asked_by: Mapped[int] = mapped_column(ForeignKey("administrator.id"))
    asked_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("administrator.id"))
    decided_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
