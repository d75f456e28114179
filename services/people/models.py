"""Tables of people and posts."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.procedure import Post
from services.db import Base, Key

__all__ = ["Appointment", "Person", "PoliticalStatus", "Post", "VotingRight"]


class PoliticalStatus(StrEnum):
    """Where a person stands on the way into the Party."""

    MASSES = "masses"
    APPLICANT = "applicant"
    ACTIVIST = "activist"
    TARGET = "target"
    PROBATIONARY = "probationary"
    FULL = "full"


class VotingRight(StrEnum):
    """Whether a full member may vote; probationary members never can (党章)."""

    FULL = "full"
    PROBATION_SANCTION = "probation_sanction"
    SUSPENDED = "suspended"


class Person(Base):
    """A person known to a party body; `organization_id` is the branch they belong to."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    pinyin: Mapped[str] = mapped_column(String(200), default="")
    sex: Mapped[str] = mapped_column(String(4))
    born_on: Mapped[date]
    occupation: Mapped[str] = mapped_column(String(40), default="律师")
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    status: Mapped[PoliticalStatus]
    status_since: Mapped[date | None]
    voting_right: Mapped[VotingRight] = mapped_column(default=VotingRight.FULL)
    is_sample: Mapped[bool] = mapped_column(default=False)


class Appointment(Base):
    """A post held by a person in a body, with dates; rows are ended, never deleted."""

    __tablename__ = "appointment"
    __table_args__ = (Index("ix_appointment_body_post", "organization_id", "post"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    post: Mapped[Post]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
