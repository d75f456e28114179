"""Tables of organisations."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.procedure import Level, OrganizationKind
from services.db import Base, Key, by_code_point

__all__ = ["ApprovalPower", "ChangeKind", "Level", "Organization", "OrganizationKind"]


class ChangeKind(StrEnum):
    """What happened to a body.

    Of a merger the body that ends has MERGED, the one that goes on ABSORBED; of a division the old
    body has DIVIDED, the new one SPLIT_OFF.
    """

    REGISTERED = "registered"
    ESTABLISHED = "established"
    RENAMED = "renamed"
    MOVED = "moved"
    MERGED = "merged"
    ABSORBED = "absorbed"
    DIVIDED = "divided"
    SPLIT_OFF = "split_off"
    DISSOLVED = "dissolved"


class Organization(Base):
    """A body as it is today; `path` is `/1/4/17/`: the ids from the root down to itself.

    A body that has ended keeps its row and its path: `dissolved_on` is the day from which it is no
    more, `successor_id` the body that took over.
    """

    __tablename__ = "organization"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    short_name: Mapped[str] = mapped_column(String(40))
    kind: Mapped[OrganizationKind]
    level: Mapped[Level]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), index=True)
    path: Mapped[str] = mapped_column(by_code_point(255), index=True, default="")
    department_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), index=True)
    dissolved_on: Mapped[date | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    is_sample: Mapped[bool] = mapped_column(default=False)


class OrganizationChange(Base):
    """An act about a body, and what the body was called and below which it stood from then on.

    Rows are added in the order of their dates and never changed; `acted_on` is None for a body
    whose founding is not recorded.  `counterpart_id` is the other body of a merger or a division,
    or who took over.
    """

    __tablename__ = "organization_change"
    __table_args__ = (Index("ix_organization_change_body", "organization_id", "acted_on"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    kind: Mapped[ChangeKind]
    acted_on: Mapped[date | None]
    document_number: Mapped[str] = mapped_column(String(80), default="")
    name: Mapped[str] = mapped_column(String(120))
    short_name: Mapped[str] = mapped_column(String(40))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    counterpart_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))


class ApprovalPower(Base):
    """A recorded power to approve members: by which document, from when, until when (inclusive).

    `end_document` is the document that took it back before its time.
    """

    __tablename__ = "approval_power"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    document_number: Mapped[str] = mapped_column(String(80))
    granted_on: Mapped[date]
    ends_on: Mapped[date | None]
    end_document: Mapped[str] = mapped_column(String(80), default="", server_default="")
