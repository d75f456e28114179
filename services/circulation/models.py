"""The table of what people are given to read."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.db import Base, Key
from services.encryption.columns import EncryptedWords


class CirculationKind(StrEnum):
    """A copy is to be read; a circulation asks for an opinion as well."""

    COPY = "copy"
    OPINION = "opinion"


class Circulation(Base):
    """A case one person was given to read; they may see it from then on."""

    __tablename__ = "circulation"
    __table_args__ = (
        Index("ix_circulation_reader", "person_id", "read_at"),
        Index("ix_circulation_case", "instance_id", "sender_id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    step_name: Mapped[str] = mapped_column(String(80), default="")
    kind: Mapped[CirculationKind]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    sender_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    words: Mapped[str] = mapped_column(EncryptedWords("circulation.words"), default="")
    sent_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    opinion: Mapped[str] = mapped_column(EncryptedWords("circulation.opinion"), default="")
    urged_at: Mapped[datetime | None]
