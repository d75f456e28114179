"""What is written into the book of accounts: logins, sessions, passwords, requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from sqlalchemy.orm import Session

from services.audit.books import AuditEntry, record
from services.audit.models import AuditKind, Book, SubjectKind
from services.bootstrap import Application
from services.identity.roles import Administrator
from services.identity.sessions import OpenSession


@dataclass(frozen=True, slots=True)
class Doer:
    """Who did it: the login as typed or stored, the person or the role if any, where from."""

    login: str
    person_id: int | None = None
    capacity: str = ""
    address: str = ""

    @classmethod
    def of(cls, opened: OpenSession) -> Self:
        """Return the one behind a session."""
        if opened.administrator is not None:
            return cls.administrator(opened.administrator)
        return cls(opened.login, opened.person_id, address=opened.address)

    @classmethod
    def administrator(cls, administrator: Administrator) -> Self:
        """Return an administrator."""
        capacity = f"{administrator.title} {administrator.name}"
        return cls(administrator.login, None, capacity, administrator.address)


def book(
    session: Session,
    app: Application,
    kind: AuditKind,
    doer: Doer,
    *,
    concerned: str = "",
    details: Mapping[str, str] | None = None,
) -> None:
    """Record what happened to an account, in the transaction of its effect.

    `concerned` is the login it is about when that is not the doer's.
    """
    about = concerned or doer.login
    origin = {} if about == doer.login else {"操作账号": doer.login}
    if doer.address:
        origin["网络地址"] = doer.address
    record(
        session,
        AuditEntry(
            book=Book.ACCOUNTS,
            kind=kind,
            entered_at=app.clock.now(),
            subject_kind=SubjectKind.ACCOUNT,
            subject_id=about,
            actor_id=doer.person_id,
            capacity=doer.capacity,
            data={**origin, **(details or {})},
        ),
    )
