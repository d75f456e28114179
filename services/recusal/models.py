"""Tables of recusal: declared relationships, and who is kept out of a single case."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.db import Base, Key
from services.encryption.columns import EncryptedWords


class RelationshipKind(StrEnum):
    """Relationships that keep one out of the other's case (公务员法第七十四条, 第七十六条)."""

    SPOUSE = "spouse"
    LINEAL = "lineal"
    COLLATERAL = "collateral"
    IN_LAW = "in_law"
    OTHER = "other"


class Ground(StrEnum):
    """Why somebody is kept out of one case."""

    PARTY = "party"
    WITNESS = "witness"
    KINSHIP = "kinship"
    EARLIER_HANDLER = "earlier_handler"
    OTHER = "other"


class Relationship(Base):
    """A declared relationship between two people; `since` and `ended_on` are its dates.

    It holds in both directions, whoever declared it; rows are ended, never deleted.
    """

    __tablename__ = "relationship"
    __table_args__ = (
        Index("ix_relationship_person", "person_id", "relative_id"),
        Index("ix_relationship_relative", "relative_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    relative_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[RelationshipKind]
    since: Mapped[date]
    note: Mapped[str] = mapped_column(Text, default="")
    declared_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    declared_at: Mapped[datetime]
    ended_on: Mapped[date | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Recusal(Base):
    """A person kept out of one case, by their own declaration or by order; lifted, never deleted.

    It is declared when `decided_by` is the person, ordered otherwise.
    """

    __tablename__ = "recusal"
    __table_args__ = (Index("ix_recusal_case", "instance_id", "person_id"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    ground: Mapped[Ground]
    reason: Mapped[str] = mapped_column(EncryptedWords("recusal.reason"))
    decided_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
