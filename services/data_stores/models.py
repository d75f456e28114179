"""The table of what was written to data stores."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.db import Base, Key
from services.encryption.columns import EncryptedBytes


class StoreEntry(Base):
    """One version of one entry of a register (台账); what was written before stays.

    `organization_id` is the body that keeps it, the topmost one for what all share; `key` is the id
    of the person it is about, empty where the body has one entry only.  `value` is the value under
    the one key `value`, as variables are kept.  `element_id` and `journal_sequence` say which step
    of the case wrote it, and where its journal tells of it.
    """

    __tablename__ = "data_store_entry"
    __table_args__ = (UniqueConstraint("register", "organization_id", "key", "version"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    register: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(80))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    key: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    value: Mapped[bytes] = mapped_column(EncryptedBytes("data_store_entry.value"))
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    element_id: Mapped[str] = mapped_column(String(80))
    journal_sequence: Mapped[int]
    written_at: Mapped[datetime]
