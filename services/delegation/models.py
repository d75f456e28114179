"""Tables of delegation and absence."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.db import Base, Key


class AbsenceKind(StrEnum):
    """Why somebody is away."""

    LEAVE = "leave"
    TRAVEL = "travel"


class Delegation(Base):
    """A principal lets an agent do their tasks from `starts_on` to `ends_on`, both included.

    `procedure_key` None stands for all procedures.  The agent acts in the principal's name and
    gains nothing that the principal has as agent of somebody else.
    """

    __tablename__ = "delegation"
    __table_args__ = (
        Index("ix_delegation_agent", "agent_id", "ends_on"),
        Index("ix_delegation_principal", "principal_id", "ends_on"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    principal_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    agent_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    procedure_key: Mapped[str | None] = mapped_column(String(64))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Absence(Base):
    """A person is away from `starts_on` to `ends_on`, both included; canceled, never deleted."""

    __tablename__ = "absence"
    __table_args__ = (Index("ix_absence_person", "person_id", "ends_on"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[AbsenceKind]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    canceled_at: Mapped[datetime | None]
