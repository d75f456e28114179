"""Tables of deployments and instances."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    and_,
    false,
    or_,
)
from sqlalchemy.orm import Mapped, mapped_column

from engine.model import InstanceStatus
from services.db import Base, Key
from services.encryption.columns import EncryptedBytes, EncryptedText


class Deployment(Base):
    """One immutable version of a procedure; the files are the truth, the digest proves them.

    `explored_states` counts what the exploration of its diagram saw at deployment,
    `explored_fully` says whether that was everything.
    """

    __tablename__ = "deployment"
    __table_args__ = (UniqueConstraint("key", "version"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), index=True)
    version: Mapped[int]
    label: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(String(80))
    sha256: Mapped[str] = mapped_column(String(64))
    deployed_at: Mapped[datetime]
    explored_states: Mapped[int] = mapped_column(default=0, server_default="0")
    explored_fully: Mapped[bool] = mapped_column(default=False, server_default=false())


class DeployedFile(Base):
    """A file of a deployment, byte for byte."""

    __tablename__ = "deployed_file"
    __table_args__ = (UniqueConstraint("deployment_id", "path"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    path: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary)


class ProcessInstance(Base):
    """A case (办件).  `state` is opaque to everything but the engine.

    `awaits` repeats the rows of `event_subscription`, so that a command sees what has changed
    without asking for them.  `latest_act` holds what can be taken back (see
    `services.cases.latest_act`); it is read only for that.  `journal_key` opens the entries of the
    journal and is made with the first of them, see `services.audit.sealing`.
    After a hand-over `starter_successor_id` has the rights of the starter, and `stand_ins` says who
    acts in whose place, by id as JSON (see `services.processes.stand_ins`).
    """

    __tablename__ = "process_instance"
    __table_args__ = (
        Index("ix_process_instance_timer", "status", "next_due_at"),
        UniqueConstraint("key", "year", "sequence"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"), index=True)
    key: Mapped[str] = mapped_column(String(64))
    year: Mapped[int]
    sequence: Mapped[int]
    number: Mapped[str] = mapped_column(String(40), unique=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    subject_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    started_by: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    starter_successor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    stand_ins: Mapped[str] = mapped_column(Text, default="{}", server_default="{}")
    status: Mapped[InstanceStatus]
    outcome: Mapped[str] = mapped_column(String(64), default="")
    state: Mapped[bytes] = mapped_column(EncryptedBytes("process_instance.state"))
    variables: Mapped[bytes] = mapped_column(EncryptedBytes("process_instance.variables"))
    revision: Mapped[int]
    next_due_at: Mapped[datetime | None]
    awaits: Mapped[str] = mapped_column(Text, default="[]", server_default="[]")
    journal_length: Mapped[int] = mapped_column(default=0)
    journal_hash: Mapped[str] = mapped_column(String(64), default="")
    journal_key: Mapped[str | None] = mapped_column(EncryptedText("process_instance.journal_key"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    latest_act: Mapped[bytes | None] = mapped_column(
        EncryptedBytes("process_instance.latest_act"), deferred=True
    )

    @property
    def starter_id(self) -> int:
        """Who has the rights of the starter now."""
        return self.starter_successor_id or self.started_by


def has_starter(person_id: int) -> ColumnElement[bool]:
    """SQL: the person has the rights of the starter of the `ProcessInstance` of the query."""
    return or_(
        ProcessInstance.starter_successor_id == person_id,
        and_(
            ProcessInstance.started_by == person_id, ProcessInstance.starter_successor_id.is_(None)
        ),
    )
