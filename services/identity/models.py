"""Tables of accounts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from services.db import Base, Key


class Account(Base):
    """A login of one person."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str] = mapped_column(String(256))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    created_at: Mapped[datetime]


class LoginFailure(Base):
    """Failed attempts in a row for a login as typed, whether an account of that name exists or not.

    Kept apart from accounts, so that being locked out does not tell which logins exist.  Rows go
    with the next success, or a day after the last failure.
    """

    __tablename__ = "login_failure"

    login: Mapped[str] = mapped_column(String(64), primary_key=True)
    attempts: Mapped[int]
    locked_until: Mapped[datetime | None]
    last_failed_at: Mapped[datetime] = mapped_column(index=True)
