"""Logging in, and keeping accounts."""

from __future__ import annotations

import math
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.bootstrap import Application
from services.db import Database
from services.errors import Invalid, NotFound, ServiceError
from services.identity.actor import Actor
from services.identity.models import Account, LoginFailure
from services.identity.passwords import (
    hash_password,
    is_outdated,
    require_good_password,
    verify_password,
)
from services.identity.queries import load_actor
from services.people.models import Person

MAX_LOGIN_LENGTH = 64
ATTEMPTS_BEFORE_LOCK = 5
FIRST_LOCK = timedelta(minutes=1)
LONGEST_LOCK = timedelta(hours=1)
FORGET_AFTER = timedelta(days=1)


class LoginFailed(ServiceError):  # noqa: N818 - the state is the name of the error
    """Login and password do not belong together; which of the two is wrong is not said."""

    code = "login-failed"
    message = "登录名或密码不正确。"
    remedy = "请核对后重新输入；忘记密码的，请联系系统管理员重置。"


class LockedOut(ServiceError):  # noqa: N818
    """Too many failures in a row; `wait` is how long until the next attempt."""

    code = "locked-out"
    message = "连续输错次数过多，登录已暂停。"

    def __init__(self, wait: timedelta) -> None:
        self.wait = wait
        minutes = max(1, math.ceil(wait.total_seconds() / 60))
        super().__init__(remedy=f"请在{minutes}分钟后再试；忘记密码的，请联系系统管理员重置。")


def log_in(app: Application, login: str, password: str) -> Actor:
    """Return who logs in; raises `LoginFailed` or `LockedOut`.

    Five failures in a row lock the login for one minute, each further one for twice as long up to
    an hour.  Every attempt is booked as a failure before the password is looked at and struck out
    when it fits, so that attempts made at the same moment count as well.
    """
    login = normalized(login)[:MAX_LOGIN_LENGTH]
    _book_attempt(app.database, login, app.clock.now())
    with app.database.read() as session:
        account = session.scalar(select(Account).where(Account.login == login))
    if not verify_password(account.password_hash if account else None, password) or not account:
        raise LoginFailed
    fresh = hash_password(password) if is_outdated(account.password_hash) else None
    with app.database.write() as session:
        session.execute(delete(LoginFailure).where(LoginFailure.login == login))
        if fresh is not None:
            session.get_one(Account, account.id).password_hash = fresh
    return load_actor(app, account.person_id)


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
    login = normalized(login)
    if not login or len(login) > MAX_LOGIN_LENGTH:
        raise Invalid(errors={"login": f"登录名应为1至{MAX_LOGIN_LENGTH}个字符。"})
    if session.get(Person, person_id) is None:
        raise NotFound
    taken = session.scalars(
        select(Account).where((Account.login == login) | (Account.person_id == person_id))
    ).first()
    if taken is not None:
        reason = "登录名已被使用。" if taken.login == login else "该同志已有登录名。"
        raise Invalid(errors={"login": reason})
    account = Account(login=login, password_hash=password_hash, person_id=person_id, created_at=now)
    session.add(account)
    session.flush()
    return account


def change_password(app: Application, actor: Actor, old: str, new: str) -> None:
    """Set a new password for oneself; raises `Invalid` with errors under `old` or `new`."""
    with app.database.read() as session:
        account = session.scalar(select(Account).where(Account.person_id == actor.person_id))
    if account is None:
        raise NotFound
    require_good_password(new, account.login, field="new")
    _book_attempt(app.database, account.login, app.clock.now())
    if not verify_password(account.password_hash, old):
        raise Invalid(errors={"old": "原密码不正确。"})
    if new == old:
        raise Invalid(errors={"new": "新密码不能与原密码相同。"})
    fresh = hash_password(new)
    with app.database.write() as session:
        session.get_one(Account, account.id).password_hash = fresh
        session.execute(delete(LoginFailure).where(LoginFailure.login == account.login))


def normalized(login: str) -> str:
    """Return a login as it is stored: without outer spaces, in lower case."""
    return login.strip().lower()


def _book_attempt(database: Database, login: str, now: datetime) -> None:
    with database.write() as session:
        session.execute(
            delete(LoginFailure).where(LoginFailure.last_failed_at < now - FORGET_AFTER)
        )
        row = session.get(LoginFailure, login, with_for_update=True)
        if row is None:
            with suppress(IntegrityError), session.begin_nested():  # somebody else may be faster
                session.add(LoginFailure(login=login, attempts=0, last_failed_at=now))
            row = session.get_one(LoginFailure, login, with_for_update=True)
        if row.locked_until is not None and row.locked_until > now:
            raise LockedOut(row.locked_until - now)
        row.attempts += 1
        row.last_failed_at = now
        excess = row.attempts - ATTEMPTS_BEFORE_LOCK
        if excess >= 0:
            doublings = min(excess, LONGEST_LOCK // FIRST_LOCK)
            row.locked_until = now + min(FIRST_LOCK * 2**doublings, LONGEST_LOCK)
