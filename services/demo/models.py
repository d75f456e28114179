"""The table of the demo clock."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from services.db import Base


class DemoClock(Base):
    """By how many seconds the sample world is ahead of the wall clock; one row."""

    __tablename__ = "demo_clock"

    id: Mapped[int] = mapped_column(primary_key=True)
    offset_seconds: Mapped[int]
