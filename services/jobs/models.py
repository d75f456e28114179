"""The job table: the truth about work to be done, and the outbox at once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from services.db import Base, Key
from services.encryption.columns import EncryptedBytes


class JobKind(StrEnum):
    """What a job does; six of them pass events on, see `services.cases.delivery`."""

    FIRE_TIMERS = "fire_timers"
    MIGRATE_INSTANCES = "migrate_instances"
    IMPORT_ROSTER = "import_roster"
    FORGET_ROSTER = "forget_roster"
    DELIVER_MESSAGE = "deliver_message"
    BROADCAST_SIGNAL = "broadcast_signal"
    DELIVER_SIGNAL = "deliver_signal"
    START_BY_TIMER = "start_by_timer"
    START_BY_CONDITION = "start_by_condition"
    OPEN_CASE = "open_case"
    REVIEW_STAFFING = "review_staffing"
    ANCHOR_JOURNALS = "anchor_journals"
    CLEAR_UPLOADS = "clear_uploads"


class JobState(StrEnum):
    """Life cycle of a job; a failed one is an incident until somebody retries it."""

    OPEN = "open"
    DONE = "done"
    FAILED = "failed"


IS_OPEN = text("state = 'open'")


class Job(Base):
    """One piece of work; `key` is unique while the job is open.

    `topic` is what the job is looked up by besides: the name of the message it delivers, or the key
    of the procedure a timer starts.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index(
            "uq_job_open_key",
            "key",
            unique=True,
            sqlite_where=IS_OPEN,
            postgresql_where=IS_OPEN,
        ),
        Index("ix_job_due", "state", "run_at"),
        Index("ix_job_topic", "topic", "state"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[JobKind]
    key: Mapped[str] = mapped_column(String(120))
    topic: Mapped[str] = mapped_column(Text, default="", server_default="")
    instance_id: Mapped[int | None] = mapped_column(ForeignKey("process_instance.id"), index=True)
    payload: Mapped[bytes] = mapped_column(EncryptedBytes("job.payload"), default=b"{}")
    state: Mapped[JobState]
    run_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    locked_by: Mapped[str | None] = mapped_column(String(64))
    locked_until: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
