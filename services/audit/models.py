"""The tables of the journal: entries of cases, and the books of everything else."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.db import Base, Key
from services.processes.models import ProcessInstance


class EntryKind(StrEnum):
    """What a journal entry records: subject, then what happened."""

    CASE_STARTED = "case_started"
    TASK_CLAIMED = "task_claimed"
    TASK_RELEASED = "task_released"
    TASK_COMPLETED = "task_completed"
    TASK_RETURNED = "task_returned"
    MESSAGE_REPORTED = "message_reported"
    TIMER_FIRED = "timer_fired"
    TASK_WITHDRAWN = "task_withdrawn"
    CASE_WITHDRAWN = "case_withdrawn"
    CASE_JUMPED = "case_jumped"
    CASE_SUSPENDED = "case_suspended"
    CASE_RESUMED = "case_resumed"
    CASE_TERMINATED = "case_terminated"
    CASE_VOIDED = "case_voided"
    ATTACHMENT_ADDED = "attachment_added"
    INCIDENT_RAISED = "incident_raised"
    INCIDENT_RETRIED = "incident_retried"
    INCIDENT_SKIPPED = "incident_skipped"
    INCIDENT_RETURNED = "incident_returned"
    INSTANCE_MIGRATED = "instance_migrated"
    TASK_TRANSFERRED = "task_transferred"
    TASK_DELEGATED = "task_delegated"
    DELEGATION_ANSWERED = "delegation_answered"
    DELEGATION_WITHDRAWN = "delegation_withdrawn"
    SIGNERS_ADDED = "signers_added"
    SIGNER_ANSWERED = "signer_answered"
    SIGNER_REMOVED = "signer_removed"
    TASK_SUBMITTED = "task_submitted"
    SUBMISSION_RECALLED = "submission_recalled"
    SUBMISSION_GIVEN_BACK = "submission_given_back"
    COUNTERSIGNER_ADDED = "countersigner_added"
    COUNTERSIGNER_REMOVED = "countersigner_removed"
    TASK_URGED = "task_urged"
    CIRCULATION_SENT = "circulation_sent"
    CIRCULATION_ANSWERED = "circulation_answered"
    MESSAGE_RECEIVED = "message_received"
    SIGNAL_RECEIVED = "signal_received"
    EVENT_UNDELIVERED = "event_undelivered"
    WORK_STARTED = "work_started"
    WORK_ENDED = "work_ended"
    BODY_CHANGED = "body_changed"
    RECUSED = "recused"
    RECUSAL_LIFTED = "recusal_lifted"
    CANDIDATES_CHANGED = "candidates_changed"
    TASK_DESIGNATED = "task_designated"
    HANDED_OVER = "handed_over"


class JournalEntry(Base):
    """One entry; `acted_on` is what the law counts from, `entered_at` when it was typed.

    `hash` covers every other column and `previous_hash`, so that an altered, missing or reordered
    entry shows.  `data` holds the details (form values, opinion, path through the diagram),
    encrypted under the key of the case: `services.audit.journal.contents` reads it.
    """

    __tablename__ = "journal_entry"
    __table_args__ = (UniqueConstraint("instance_id", "sequence"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    instance_id: Mapped[int] = mapped_column(ForeignKey("process_instance.id"))
    sequence: Mapped[int]
    kind: Mapped[EntryKind]
    acted_on: Mapped[date]
    entered_at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    capacity: Mapped[str] = mapped_column(String(120), default="")
    element_id: Mapped[str] = mapped_column(String(80), default="")
    task_id: Mapped[str] = mapped_column(String(36), default="")
    data: Mapped[bytes] = mapped_column(LargeBinary)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    instance: Mapped[ProcessInstance] = relationship(viewonly=True)

    def parts(self) -> tuple[object, ...]:
        """Return what the hash covers apart from `data` and the hash before."""
        return (
            self.instance_id,
            self.sequence,
            self.kind,
            self.acted_on,
            self.entered_at,
            self.actor_id,
            self.capacity,
            self.element_id,
            self.task_id,
        )


class Book(StrEnum):
    """Subject areas outside cases; each has one chain of entries."""

    ACCOUNTS = "accounts"
    ORGANIZATIONS = "organizations"
    PEOPLE = "people"
    ACCESS = "access"
    SETTINGS = "settings"


class SubjectKind(StrEnum):
    """What an entry of a book is about."""

    ACCOUNT = "account"
    ORGANIZATION = "organization"
    PERSON = "person"
    CASE = "case"
    DOCUMENT = "document"
    SETTING = "setting"
    ROSTER = "roster"


class AuditKind(StrEnum):
    """What an entry of a book records: subject, then what happened."""

    ACCOUNT_CREATED = "account_created"
    LOGGED_IN = "logged_in"
    LOGIN_REFUSED = "login_refused"
    LOGIN_LOCKED = "login_locked"
    LOGGED_OUT = "logged_out"
    SESSION_ENDED = "session_ended"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a word, not a secret
    TOKEN_MADE = "token_made"  # noqa: S105 - same
    TOKEN_REVOKED = "token_revoked"  # noqa: S105 - same
    SECOND_FACTOR_ENABLED = "second_factor_enabled"
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    RECOVERY_CODES_RENEWED = "recovery_codes_renewed"
    ACCOUNT_DISABLED = "account_disabled"
    REQUEST_ASKED = "request_asked"
    REQUEST_CONFIRMED = "request_confirmed"
    REQUEST_DENIED = "request_denied"
    REQUEST_WITHDRAWN = "request_withdrawn"
    ADMINISTRATOR_INSTALLED = "administrator_installed"
    ORGANIZATION_ESTABLISHED = "organization_established"
    ORGANIZATION_RENAMED = "organization_renamed"
    ORGANIZATION_MOVED = "organization_moved"
    ORGANIZATION_MERGED = "organization_merged"
    ORGANIZATION_SPLIT = "organization_split"
    ORGANIZATION_DISSOLVED = "organization_dissolved"
    APPROVAL_POWER_GRANTED = "approval_power_granted"
    APPROVAL_POWER_ENDED = "approval_power_ended"
    WORK_HANDED_OVER = "work_handed_over"
    PERSON_REGISTERED = "person_registered"
    PERSON_CHANGED = "person_changed"
    CORRECTION_ASKED = "correction_asked"
    PERSON_MOVED = "person_moved"
    PERSON_LEFT = "person_left"
    PERSON_READMITTED = "person_readmitted"
    POST_TAKEN_UP = "post_taken_up"
    POST_LEFT = "post_left"
    RELATIONSHIP_DECLARED = "relationship_declared"
    RELATIONSHIP_ENDED = "relationship_ended"
    DELEGATION_GIVEN = "delegation_given"
    DELEGATION_REVOKED = "delegation_revoked"
    ABSENCE_RECORDED = "absence_recorded"
    ABSENCE_CANCELED = "absence_canceled"
    ROSTER_IMPORTED = "roster_imported"
    SENSITIVE_READ = "sensitive_read"
    EXPORTED = "exported"
    UPLOAD_CLEARED = "upload_cleared"
    SETTING_CHANGED = "setting_changed"
    RECORDS_DISPOSED = "records_disposed"


class BookHead(Base):
    """Length and last hash of a book; made with its first entry and locked while one is added."""

    __tablename__ = "audit_book"

    book: Mapped[Book] = mapped_column(primary_key=True)
    journal_length: Mapped[int] = mapped_column(default=0)
    journal_hash: Mapped[str] = mapped_column(String(64), default="")


class AuditRow(Base):
    """One entry of a book, chained as those of a case are.

    `data` holds words and ids; never a password, an identity number, a phone number or an address.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        UniqueConstraint("book", "sequence"),
        Index("ix_audit_entry_subject", "subject_kind", "subject_id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    book: Mapped[Book]
    sequence: Mapped[int]
    kind: Mapped[AuditKind]
    acted_on: Mapped[date]
    entered_at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    capacity: Mapped[str] = mapped_column(String(120), default="")
    subject_kind: Mapped[SubjectKind]
    subject_id: Mapped[str] = mapped_column(String(64))
    data: Mapped[bytes] = mapped_column(LargeBinary)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    def parts(self) -> tuple[object, ...]:
        """Return what the hash covers apart from `data` and the hash before."""
        return (
            self.book,
            self.sequence,
            self.kind,
            self.acted_on,
            self.entered_at,
            self.actor_id,
            self.capacity,
            self.subject_kind,
            self.subject_id,
        )


class Anchor(Base):
    """What all journals stood at after `day` (Asia/Shanghai): see `services.audit.anchors`.

    `sequence` counts from 1 without a gap; `entry_id` is the highest entry of a case there was.
    """

    __tablename__ = "journal_anchor"

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    entry_id: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))


class AnchoredHead(Base):
    """Length and last hash of one chain at an anchor: of a case, or of a book.

    No foreign key leads to them: an anchor vouches for what somebody may have deleted.
    """

    __tablename__ = "journal_anchor_head"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    anchor: Mapped[int] = mapped_column(ForeignKey("journal_anchor.sequence"), index=True)
    instance_id: Mapped[int | None] = mapped_column(Key)
    book: Mapped[Book | None]
    length: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))

    @property
    def chain(self) -> str:
        """Which chain it is, told from the columns it is compared by: no other may vouch for it."""
        return f"{self.instance_id}/{self.book}"
