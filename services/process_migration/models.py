"""Tables of migrations: what was ordered, and what became of every case."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.db import Base, Key


class ItemState(StrEnum):
    """What became of one case of a migration."""

    PENDING = "pending"
    MOVED = "moved"
    FAILED = "failed"
    SKIPPED = "skipped"


class ProcessMigration(Base):
    """An order to move cases of a procedure; `started_by` is None for the command line."""

    __tablename__ = "process_migration"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), index=True)
    from_deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    to_deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    mapping: Mapped[bytes] = mapped_column(LargeBinary)
    reason: Mapped[str] = mapped_column(Text)
    started_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    started_at: Mapped[datetime]


class MigrationItem(Base):
    """One case of a migration; `error` says in Chinese why it could not be moved."""

    __tablename__ = "process_migration_item"
    __table_args__ = (
        UniqueConstraint("migration_id", "instance_id"),
        Index("ix_process_migration_item_state", "migration_id", "state"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    migration_id: Mapped[int] = mapped_column(ForeignKey("process_migration.id"))
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    state: Mapped[ItemState]
    error: Mapped[str] = mapped_column(Text, default="")
    done_at: Mapped[datetime | None]
