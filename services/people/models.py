"""Tables of people, of where they belong, and of posts."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column, validates

from engine.procedure import Post
from services.db import Base, Key, by_code_point
from services.encryption.columns import EncryptedText, SearchDigest

__all__ = [
    "Appointment",
    "LeavingReason",
    "Membership",
    "Person",
    "PersonKind",
    "PoliticalStatus",
    "Post",
    "SearchKey",
    "VotingRight",
]

KEY_LENGTH = 64
"""Characters of a search key; what is longer is cut off, in the keys and in what is typed."""


class PoliticalStatus(StrEnum):
    """Where a person stands on the way into the Party."""

    MASSES = "masses"
    APPLICANT = "applicant"
    ACTIVIST = "activist"
    TARGET = "target"
    PROBATIONARY = "probationary"
    FULL = "full"


class VotingRight(StrEnum):
    """Whether a full member may vote; probationary members never can (党章)."""

    FULL = "full"
    PROBATION_SANCTION = "probation_sanction"
    SUSPENDED = "suspended"


class PersonKind(StrEnum):
    """As what a person works in the industry."""

    LAWYER = "lawyer"
    INTERN = "intern"
    STAFF = "staff"
    PARTY_WORKER = "party_worker"


class LeavingReason(StrEnum):
    """Why a person no longer belongs to any body of the register.

    Who loses membership and goes on working in the industry is entered again as non-member.
    """

    TRANSFERRED_OUT = "transferred_out"
    DECEASED = "deceased"
    EXPELLED = "expelled"
    WITHDRAWN = "withdrawn"
    REMOVED = "removed"
    DISQUALIFIED = "disqualified"


def _identity_number(context: DefaultExecutionContext) -> str | None:
    return _inserted(context, "identity_number")


def _phone(context: DefaultExecutionContext) -> str | None:
    return _inserted(context, "phone")


def _inserted(context: DefaultExecutionContext, column: str) -> str | None:
    parameters: dict[str, str | None] = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return parameters.get(column)


class Person(Base):
    """A person known to a party body; `organization_id` is the branch they belong to.

    `left_on` is the day from which they belong to none; `organization_id` is then the last one.
    `employer_id` is the law firm they work for, where it is recorded.
    Identity number, phone and address are encrypted at rest; the `_hmac` columns follow by
    themselves and are for `services.encryption.columns.is_one_of` only.
    """

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    sex: Mapped[str] = mapped_column(String(4))
    born_on: Mapped[date]
    kind: Mapped[PersonKind] = mapped_column(
        default=PersonKind.LAWYER, server_default=PersonKind.LAWYER.value
    )
    occupation: Mapped[str] = mapped_column(String(40), default="律师")
    employer_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"))
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    status: Mapped[PoliticalStatus]
    status_since: Mapped[date | None]
    voting_right: Mapped[VotingRight] = mapped_column(default=VotingRight.FULL)
    left_on: Mapped[date | None]
    is_sample: Mapped[bool] = mapped_column(default=False)
    identity_number: Mapped[str | None] = mapped_column(EncryptedText("person.identity_number"))
    identity_number_hmac: Mapped[str | None] = mapped_column(
        SearchDigest("person.identity_number"), index=True, default=_identity_number
    )
    phone: Mapped[str | None] = mapped_column(EncryptedText("person.phone"))
    phone_hmac: Mapped[str | None] = mapped_column(
        SearchDigest("person.phone"), index=True, default=_phone
    )
    address: Mapped[str | None] = mapped_column(EncryptedText("person.address"))

    @validates("identity_number", "phone")
    def _keep_searchable(self, column: str, value: str | None) -> str | None:
        setattr(self, f"{column}_hmac", value)
        return value


class SearchKey(Base):
    """What a person is found by: each row the beginning of which may be typed in a search.

    `services.people.search` writes the keys and looks them up, as ranges of an index.  They
    compare by code point on every database, hence the collation.
    """

    __tablename__ = "person_search_key"
    __table_args__ = ({"sqlite_with_rowid": False},)  # the key is the row

    key: Mapped[str] = mapped_column(by_code_point(KEY_LENGTH), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)


class Membership(Base):
    """A period in which a person belonged to a body (组织关系); ended, never deleted.

    `ends_on` is the day from which it no longer holds: on that day the next one begins, or the
    person has left for `reason`.  `starts_on` is None where it was not recorded.
    """

    __tablename__ = "membership"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    starts_on: Mapped[date | None]
    start_document: Mapped[str] = mapped_column(String(80), default="")
    ends_on: Mapped[date | None]
    end_document: Mapped[str] = mapped_column(String(80), default="")
    reason: Mapped[LeavingReason | None]


class Appointment(Base):
    """A post held by a person in a body, with dates (inclusive) and documents; never deleted."""

    __tablename__ = "appointment"
    __table_args__ = (Index("ix_appointment_body_post", "organization_id", "post"),)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    post: Mapped[Post]
    starts_on: Mapped[date]
    document_number: Mapped[str] = mapped_column(String(80), default="", server_default="")
    ends_on: Mapped[date | None]
    end_document: Mapped[str] = mapped_column(String(80), default="", server_default="")
