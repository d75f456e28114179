"""Keeping accounts: creating, the password, ending sessions, disabling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.audit.models import AuditKind
from services.bootstrap import Application
from services.errors import Conflict, Invalid, NotFound
from services.identity import sessions
from services.identity.book import Doer, book
from services.identity.lockout import MAX_LOGIN_LENGTH, count_attempt, normalized, strike_out
from services.identity.models import Account
from services.identity.passwords import (
    hash_password,
    one_time_password,
    require_good_password,
    verify_password,
)
from services.identity.sessions import OpenSession
from services.people.models import Person

ONE_TIME = timedelta(hours=72)
"""How long a one-time password opens."""


@dataclass(frozen=True, slots=True)
class OneTimePassword:
    """A password to be handed over once, and its hash to be stored."""

    text: str
    hash: str


def create_account(
    session: Session, person_id: int, login: str, password: str, now: datetime
) -> Account:
    """Give a person a login; raises `Invalid` for a taken login or a weak password."""
    require_good_password(password, login)
    return add_account(session, person_id, login, hash_password(password), now)


def add_account(
    session: Session, person_id: int, login: str, password_hash: str, now: datetime
) -> Account:
    """Give a person a login with a password hashed before; raises `Invalid`, `NotFound`."""
    require_free_login(session, login)
    require_no_account(session, person_id)
    return store_account(session, login, password_hash, now, person_id=person_id)


def require_free_login(session: Session, login: str) -> str:
    """Return the login as stored; raises `Invalid` when it is unusable or taken."""
    login = normalized(login)
    if not login or len(login) > MAX_LOGIN_LENGTH:
        raise Invalid(errors={"login": f"登录名应为1至{MAX_LOGIN_LENGTH}个字符。"})
    if session.scalar(select(Account.id).where(Account.login == login)) is not None:
        raise Invalid(errors={"login": "登录名已被使用。"})
    return login


def require_no_account(session: Session, person_id: int) -> Person:
    """Return a person without account; raises `Invalid`, or `NotFound` for nobody."""
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound
    if session.scalar(select(Account.id).where(Account.person_id == person_id)) is not None:
        raise Invalid(errors={"login": "该同志已有登录名。"})
    return person


def store_account(
    session: Session,
    login: str,
    password_hash: str,
    now: datetime,
    *,
    person_id: int | None = None,
    one_time_until: datetime | None = None,
) -> Account:
    """Store an account whose login and person were checked before."""
    account = Account(
        login=normalized(login),
        password_hash=password_hash,
        password_set_at=now,
        one_time_until=one_time_until,
        person_id=person_id,
        created_at=now,
    )
    session.add(account)
    session.flush()
    return account


def new_one_time_password() -> OneTimePassword:
    """Make a one-time password; hashing takes a third of a second, so not in a transaction."""
    text = one_time_password()
    return OneTimePassword(text, hash_password(text))


def change_password(app: Application, opened: OpenSession, old: str, new: str) -> None:
    """Set a new password for oneself; raises `Invalid` with errors under `old` or `new`.

    All other sessions of the account end.
    """
    with app.database.read() as session:
        account = session.get_one(Account, opened.account_id)
    require_good_password(new, account.login, field="new")
    count_attempt(app, account.login)
    if not verify_password(account.password_hash, old):
        raise Invalid(errors={"old": "原密码不正确。"})
    if new == old:
        raise Invalid(errors={"new": "新密码不能与原密码相同。"})
    fresh = hash_password(new)
    now = app.wall.now()
    with app.database.write() as session:
        stored = session.get_one(Account, account.id, with_for_update=True)
        if stored.password_hash != account.password_hash:
            raise Conflict("密码刚刚已被修改或者重置，您的修改没有生效。", "请重新登录后再试。")
        stored.password_hash = fresh
        stored.password_set_at = now
        stored.one_time_until = None
        strike_out(session, account.login)
        sessions.end_all(session, account.id, now, but=opened.id)
        book(session, app, AuditKind.PASSWORD_CHANGED, Doer.of(opened))


def end_own_session(app: Application, opened: OpenSession, session_id: int) -> None:
    """End one of one's own sessions; raises `NotFound`."""
    now = app.wall.now()
    with app.database.write() as session:
        sessions.end(session, session_id, opened.account_id, now)
        book(session, app, AuditKind.SESSION_ENDED, Doer.of(opened))


def end_other_sessions(app: Application, opened: OpenSession) -> int:
    """End all of one's own sessions but the present one; return how many."""
    now = app.wall.now()
    with app.database.write() as session:
        ended = sessions.end_all(session, opened.account_id, now, but=opened.id)
        if ended:
            book(session, app, AuditKind.SESSION_ENDED, Doer.of(opened))
    return ended
