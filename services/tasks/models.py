"""Tables of user tasks."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.db import Base, Key


class TaskState(StrEnum):
    """Life cycle of a user task (WS-HumanTask, shortened)."""

    CREATED = "created"
    CLAIMED = "claimed"
    COMPLETED = "completed"
    RETURNED = "returned"
    CANCELED = "canceled"


OPEN_STATES = (TaskState.CREATED, TaskState.CLAIMED)


class UserTask(Base):
    """Something a person has to do; `id` is the engine's task id.

    `deployment_id` is the version of the procedure the task belongs to: while it is open the one
    its case runs on, afterwards the one it was done on.
    """

    __tablename__ = "user_task"
    __table_args__ = (
        Index("ix_user_task_state_due", "state", "due_on"),
        Index("ix_user_task_assignee", "assignee_id", "state"),
        Index("ix_user_task_completed_by", "completed_by", "completed_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"), index=True)
    deployment_id: Mapped[int] = mapped_column(ForeignKey("deployment.id"))
    element_id: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(80))
    lane_id: Mapped[str] = mapped_column(String(80), default="")
    state: Mapped[TaskState]
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    due_on: Mapped[date | None]
    earliest_on: Mapped[date | None]
    deadlines: Mapped[bytes] = mapped_column(LargeBinary, default=b"{}")
    fallback_reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    not_before: Mapped[date | None]
    completed_at: Mapped[datetime | None]
    completed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    acted_on: Mapped[date | None]
    outcome: Mapped[str] = mapped_column(String(40), default="")
    opinion: Mapped[str] = mapped_column(Text, default="")
    data: Mapped[bytes | None] = mapped_column(LargeBinary)


class TaskCandidate(Base):
    """Who may take a task: a post in a body (kept as a group), or one person."""

    __tablename__ = "task_candidate"
    __table_args__ = (
        Index("ix_task_candidate_post", "organization_id", "post"),
        Index("ix_task_candidate_person", "person_id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("user_task.id"), index=True)
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    post: Mapped[str | None] = mapped_column(String(32))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class TaskDraft(Base):
    """What a person has typed into a task and not yet submitted."""

    __tablename__ = "task_draft"

    task_id: Mapped[str] = mapped_column(ForeignKey("user_task.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)
    opinion: Mapped[str] = mapped_column(Text, default="")
    late_reason: Mapped[str] = mapped_column(Text, default="")
    saved_at: Mapped[datetime]
