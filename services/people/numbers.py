"""Finding a person by identity or phone number: who keeps their record may, and it is noted.

Numbers are encrypted; only a whole one is found, by its digest.  The search itself tells whose a
number is, so it is a read of sensitive data: for the same posts, and recorded with each search.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.audit.books import AuditEntry, record
from services.audit.models import AuditKind, Book, SubjectKind
from services.bootstrap import Application
from services.disclosure.access import as_record_keeper
from services.encryption.columns import is_one_of
from services.errors import Invalid
from services.identity.actor import Actor
from services.people.identifiers import parse_identity_number, parse_phone
from services.people.models import Person
from services.people.queries import visible_to


@dataclass(frozen=True, slots=True)
class SearchedNumber:
    """A whole number somebody searched for; `name` says what number it is."""

    name: str
    text: str
    column: InstrumentedAttribute[str | None]

    def belongs(self, session: Session, actor: Actor) -> ColumnElement[bool]:
        """SQL: it is the number of the `Person` of the enclosing query, whose record one keeps."""
        return is_one_of(session, self.column, [self.text]) & visible_to(as_record_keeper(actor))

    def note(self, app: Application, actor: Actor, found: Sequence[int]) -> None:
        """Record who searched, and whom they found; the number itself is not written down."""
        with app.database.write() as session:
            record(
                session,
                AuditEntry(
                    book=Book.ACCESS,
                    kind=AuditKind.SENSITIVE_READ,
                    entered_at=app.clock.now(),
                    subject_kind=SubjectKind.ROSTER,
                    subject_id="",
                    actor_id=actor.person_id,
                    capacity=actor.title,
                    data={"searched": self.name, "people": list(found)},
                ),
            )


def number_in(text: str) -> SearchedNumber | None:
    """Return the number a searched text is, if it is a whole one."""
    try:
        return SearchedNumber(
            "身份证号", parse_identity_number(text).text, Person.identity_number_hmac
        )
    except Invalid:
        pass
    try:
        return SearchedNumber("电话", parse_phone(text), Person.phone_hmac)
    except Invalid:
        return None
