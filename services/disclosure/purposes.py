"""Why somebody reads sensitive data, and the entry about it in the book of reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from services.audit.books import AuditEntry, record
from services.audit.models import AuditKind, Book, SubjectKind
from services.errors import Invalid
from services.identity.actor import Actor

MAX_GROUNDS = 200


class Purpose(StrEnum):
    """What sensitive data is read for."""

    PROCEDURE = "procedure"
    VERIFICATION = "verification"
    CONTACT = "contact"
    SUPERVISION = "supervision"
    OTHER = "other"


PURPOSE_NAMES = {
    Purpose.PROCEDURE: "办理党务手续",
    Purpose.VERIFICATION: "核对身份或者材料",
    Purpose.CONTACT: "与本人联系",
    Purpose.SUPERVISION: "监督检查",
    Purpose.OTHER: "其他（须写明）",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why it is read: `purpose` is the value of a `Purpose`, `grounds` at most 200 characters."""

    purpose: str
    grounds: str = ""

    def checked(self) -> Reason:
        """Return the reason trimmed; raises `Invalid` under `purpose` and `grounds`."""
        grounds = " ".join(self.grounds.split())
        errors = {}
        if self.purpose not in set(Purpose):
            errors["purpose"] = "请选择查阅目的。"
        elif self.purpose == Purpose.OTHER and not grounds:
            errors["grounds"] = "目的为“其他”的，请写明情况。"
        if len(grounds) > MAX_GROUNDS:
            errors["grounds"] = f"说明不能超过{MAX_GROUNDS}字。"
        if errors:
            raise Invalid(errors=errors)
        return Reason(self.purpose, grounds)


def record_read(
    session: Session,
    actor: Actor,
    now: datetime,
    subject: tuple[SubjectKind, int],
    reason: Reason,
    read: Sequence[str],
) -> None:
    """Have the read recorded with this transaction; `read` names what was shown, no values."""
    kind, subject_id = subject
    record(
        session,
        AuditEntry(
            book=Book.ACCESS,
            kind=AuditKind.SENSITIVE_READ,
            entered_at=now,
            subject_kind=kind,
            subject_id=subject_id,
            actor_id=actor.person_id,
            capacity=actor.title,
            data={"purpose": reason.purpose, "grounds": reason.grounds, "read": list(read)},
        ),
    )
