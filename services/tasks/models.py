"""Tables of user tasks."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from services.db import Base, Key
from services.encryption.columns import EncryptedBytes, EncryptedWords


class TaskState(StrEnum):
    """Life cycle of a user task (WS-HumanTask, shortened).

    SUBMITTED: its assignee has done it, and signers have yet to confirm (后加签, 并行加签).
    """

    CREATED = "created"
    CLAIMED = "claimed"
    SUBMITTED = "submitted"
    COMPLETED = "completed"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
    CANCELED = "canceled"


MEMBERS = "members"
"""The group of all full members of a body, where a candidate else has a post."""

OPEN_STATES = (TaskState.CREATED, TaskState.CLAIMED, TaskState.SUBMITTED)


class SubTaskKind(StrEnum):
    """What somebody else is asked to do on a user task: work for its assignee, or sign."""

    DELEGATION = "delegation"
    SIGN_BEFORE = "sign_before"
    SIGN_PARALLEL = "sign_parallel"
    SIGN_AFTER = "sign_after"


class SubTaskState(StrEnum):
    """Life cycle of a sub-task; WAITING until the assignee has submitted (后加签)."""

    WAITING = "waiting"
    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    CANCELED = "canceled"


UNANSWERED = (SubTaskState.WAITING, SubTaskState.OPEN)


class Verdict(StrEnum):
    """What a signer thinks of the matter."""

    AGREED = "agreed"
    DISAGREED = "disagreed"


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
    separate_from: Mapped[str] = mapped_column(Text, default="", server_default="")
    in_person: Mapped[bool] = mapped_column(default=False, server_default=false())
    arranged_by: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), index=True)
    sender_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    not_before: Mapped[date | None]
    completed_at: Mapped[datetime | None]
    completed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    on_behalf_of: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    acted_on: Mapped[date | None]
    outcome: Mapped[str] = mapped_column(String(40), default="")
    opinion: Mapped[str] = mapped_column(EncryptedWords("user_task.opinion"), default="")
    data: Mapped[bytes | None] = mapped_column(EncryptedBytes("user_task.data"))
    urged_at: Mapped[datetime | None]


class TaskCandidate(Base):
    """Who may take a task: a post in a body or its members (kept as groups), or one person.

    `post` is a `Post`, or `MEMBERS` for all full members of the body.
    """

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
    data: Mapped[bytes] = mapped_column(EncryptedBytes("task_draft.data"))
    opinion: Mapped[str] = mapped_column(EncryptedWords("task_draft.opinion"), default="")
    late_reason: Mapped[str] = mapped_column(EncryptedWords("task_draft.late_reason"), default="")
    saved_at: Mapped[datetime]


class TaskTransfer(Base):
    """A task handed from one person to another (转办); the rows of a task are its chain."""

    __tablename__ = "task_transfer"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("user_task.id"), index=True)
    from_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    reason: Mapped[str] = mapped_column(EncryptedWords("task_transfer.reason"))
    transferred_at: Mapped[datetime]


class SubTask(Base):
    """What one person is asked to do on an open user task; the token stays on the user task.

    Its limit is the limit of its parent.  At most one unanswered sub-task per parent and person.
    """

    __tablename__ = "sub_task"
    __table_args__ = (Index("ix_sub_task_person", "person_id", "state"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    parent_id: Mapped[str] = mapped_column(ForeignKey("user_task.id"), index=True)
    kind: Mapped[SubTaskKind]
    state: Mapped[SubTaskState]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    requested_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    request: Mapped[str] = mapped_column(EncryptedWords("sub_task.request"), default="")
    created_at: Mapped[datetime]
    verdict: Mapped[Verdict | None]
    opinion: Mapped[str] = mapped_column(EncryptedWords("sub_task.opinion"), default="")
    ended_at: Mapped[datetime | None]


class TaskSubmission(Base):
    """An act its assignee has submitted and signers have yet to confirm.

    `data` holds the checked values of the form; it is applied as it stands, or given back.
    `capacity` says in words as what the person acted.
    """

    __tablename__ = "task_submission"

    task_id: Mapped[str] = mapped_column(ForeignKey("user_task.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    capacity: Mapped[str] = mapped_column(String(120), default="", server_default="")
    outcome: Mapped[str] = mapped_column(String(40), default="")
    opinion: Mapped[str] = mapped_column(EncryptedWords("task_submission.opinion"), default="")
    late_reason: Mapped[str] = mapped_column(
        EncryptedWords("task_submission.late_reason"), default=""
    )
    data: Mapped[bytes] = mapped_column(EncryptedBytes("task_submission.data"))
    acted_on: Mapped[date]
    submitted_at: Mapped[datetime]
