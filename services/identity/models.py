"""Tables of accounts: logins, sessions, second factors, administrators, what waits for consent."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from services.db import Base, Key
from services.encryption.columns import EncryptedText
from services.identity.roles import AdministratorRole


class Account(Base):
    """A login, either of a person or of an administrator.

    `one_time_until` is set while the password is a one-time password: until then it opens, and the
    first thing to be done is to change it.  `sign_on_name` is what the single sign-on provider
    calls the holder.
    """

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str] = mapped_column(String(256))
    password_set_at: Mapped[datetime | None]
    one_time_until: Mapped[datetime | None]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), unique=True)
    sign_on_name: Mapped[str | None] = mapped_column(String(128), unique=True)
    is_disabled: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime]


class AdministratorGrant(Base):
    """An account's role as administrator; ended when revoked, never deleted.

    `number` is the holder's staff number: one grant in force per number, so that nobody holds two
    roles, whatever the logins are called.
    """

    __tablename__ = "administrator"
    __table_args__ = (
        Index(
            "uq_administrator_number",
            "number",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), unique=True)
    role: Mapped[AdministratorRole]
    name: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(32))
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


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


class LoginSession(Base):
    """A browser that is logged in; the cookie holds the token, the row its SHA-256.

    All times are the machine's: moving the demo clock ends no session.  While `awaits_code` the
    password was right and the second factor is still to come.
    """

    __tablename__ = "login_session"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    awaits_code: Mapped[bool] = mapped_column(default=False, server_default=false())
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(64))
    agent: Mapped[str] = mapped_column(String(200))


class SecondFactor(Base):
    """The time-based codes (TOTP, RFC 6238) of an account.

    `secret` is encrypted; `confirmed_at` is empty until the first code was entered;
    `last_step` is the newest time step used, so that no code works twice.
    """

    __tablename__ = "second_factor"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(EncryptedText("second_factor.secret"))
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(default=0)


class RecoveryCode(Base):
    """A code that opens once in place of the second factor; the row holds its SHA-256."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class RequestKind(StrEnum):
    """What takes two administrators."""

    GRANT_ROLE = "grant_role"
    REVOKE_ROLE = "revoke_role"
    OPEN_ACCOUNT = "open_account"
    ENABLE_ACCOUNT = "enable_account"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - the word, not a password
    UNLOCK_LOGIN = "unlock_login"
    REMOVE_SECOND_FACTOR = "remove_second_factor"
    SET_SIGN_ON = "set_sign_on"


class RequestState(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


class AccountRequest(Base):
    """Something one administrator asks and another confirms or denies.

    `account_id` names an existing account; the other columns say what is wanted, each for the kinds
    that need it (`person_id` and `login` for a new account, `role`, `name` and `number` for a new
    administrator, `sign_on_name` for single sign-on).
    """

    __tablename__ = "account_request"
    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="two_people"),
        Index("ix_account_request_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[RequestKind]
    state: Mapped[RequestState]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    role: Mapped[AdministratorRole | None]
    login: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(32))
    sign_on_name: Mapped[str] = mapped_column(String(128))
    reason: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[int] = mapped_column(ForeignKey("administrator.id"))
    asked_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("administrator.id"))
    decided_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(Text)
