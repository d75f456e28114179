"""Acts on the registers of bodies and people, as the books keep them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from services.audit.books import AuditEntry, record
from services.audit.models import AuditKind, Book, SubjectKind
from services.basis import Basis
from services.identity.actor import Actor


def record_body(
    session: Session,
    kind: AuditKind,
    organization_id: int,
    actor: Actor,
    basis: Basis,
    words: str,
    now: datetime,
) -> None:
    """Record what happened to a body, in words that stay true whatever it is called later."""
    about = (Book.ORGANIZATIONS, SubjectKind.ORGANIZATION, organization_id)
    record(session, _entry(kind, about, actor, basis, {"words": words}, now))


def record_person(
    session: Session,
    kind: AuditKind,
    person_id: int,
    organization_id: int,
    actor: Actor,
    basis: Basis,
    words: str,
    now: datetime,
) -> None:
    """Record what happened to a person, and in which body."""
    about = (Book.PEOPLE, SubjectKind.PERSON, person_id)
    data: dict[str, str | int] = {"words": words, "organization": organization_id}
    record(session, _entry(kind, about, actor, basis, data, now))


def _entry(
    kind: AuditKind,
    about: tuple[Book, SubjectKind, int],
    actor: Actor,
    basis: Basis,
    data: dict[str, str] | dict[str, str | int],
    now: datetime,
) -> AuditEntry:
    book, subject_kind, subject_id = about
    return AuditEntry(
        book=book,
        kind=kind,
        entered_at=now,
        subject_kind=subject_kind,
        subject_id=subject_id,
        actor_id=actor.person_id,
        capacity=actor.title,
        acted_on=basis.acted_on,
        data={**data, "document_number": basis.document_number},
    )
