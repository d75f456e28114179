"""Tables of organisations."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.procedure import OrganizationKind
from services.db import Base, Key

__all__ = ["ApprovalPower", "Level", "Organization", "OrganizationKind"]


class Level(StrEnum):
    """Administrative levels."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    FIRM = "firm"


class Organization(Base):
    """A party body; `path` is `/1/4/17/`: the ids from the root down to itself."""

    __tablename__ = "organization"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    short_name: Mapped[str] = mapped_column(String(40))
    kind: Mapped[OrganizationKind]
    level: Mapped[Level]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), index=True)
    path: Mapped[str] = mapped_column(String(255), index=True, default="")
    department_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    is_sample: Mapped[bool] = mapped_column(default=False)


class ApprovalPower(Base):
    """A recorded power to approve members: by which document, from when, until when."""

    __tablename__ = "approval_power"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    document_number: Mapped[str] = mapped_column(String(80))
    granted_on: Mapped[date]
    ends_on: Mapped[date | None]
