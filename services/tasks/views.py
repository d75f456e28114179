"""Read models of what may be done with a task beside completing it, and of who takes part."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from services.tasks.models import SubTaskKind


@dataclass(frozen=True, slots=True)
class SubTaskView:
    """A delegation or a signature asked for: by whom, from whom, and the answer."""

    id: int
    kind: SubTaskKind
    kind_name: str
    person: str
    requested_by: str
    request: str
    created_at: datetime
    state_name: str
    verdict_name: str
    opinion: str
    ended_at: datetime | None
    may_withdraw: bool

    @property
    def is_delegation(self) -> bool:
        """Whether work is asked for, and no signature."""
        return self.kind is SubTaskKind.DELEGATION


@dataclass(frozen=True, slots=True)
class TransferView:
    """One link of the chain of a task that was handed on."""

    giver: str
    receiver: str
    reason: str
    transferred_at: datetime


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """An act that waits for its signers."""

    person: str
    submitted_at: datetime
    acted_on: date
    outcome_name: str
    opinion: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TaskOperations:
    """Everything beside the form; `why_waiting` is empty when the assignee may act."""

    label: str
    why_waiting: str
    mine: SubTaskView | None
    sub_tasks: tuple[SubTaskView, ...]
    transfers: tuple[TransferView, ...]
    submission: SubmissionView | None
    has_unanswered: bool
    may_transfer: bool
    may_delegate: bool
    may_sign: bool
    may_recall: bool
    may_adjust: bool
    may_urge: bool
    urged_at: datetime | None
    may_circulate: bool

    @property
    def is_waiting(self) -> bool:
        """Whether the assignee has to wait for others."""
        return bool(self.why_waiting)
