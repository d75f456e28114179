"""Logging in: password, lock-out with back-off, then the second factor or the session."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.audit.models import AuditKind
from services.bootstrap import Application
from services.clock import SHANGHAI
from services.identity import second_factor, sessions
from services.identity.book import Doer, book
from services.identity.consent import grant_of
from services.identity.errors import CodeRefused, LoginFailed
from services.identity.lockout import MAX_LOGIN_LENGTH, count_attempt, normalized, strike_out
from services.identity.models import Account, LoginFailure, LoginSession
from services.identity.passwords import (
    SAMPLE_PASSWORD,
    hash_password,
    is_outdated,
    verify_password,
)
from services.identity.roles import ROLE_NAMES
from services.identity.sessions import OpenSession, Origin

NOWHERE = Origin()


class Way(StrEnum):
    """By what a login succeeded, in the words of the login log."""

    PASSWORD = "密码"  # noqa: S105 - the word, not a password
    SIGN_ON = "单点登录"
    CODE = "动态验证码"


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """What a login has led to: the token for the cookie, and whether the code is still to come."""

    token: str
    account_id: int
    person_id: int | None
    awaits_code: bool


def log_in(app: Application, login: str, password: str, origin: Origin = NOWHERE) -> LoggedIn:
    """Begin a session with a password; raises `LoginFailed` or `LockedOut`.

    Five failures in a row lock the login for one minute, each further one for twice as long up to
    an hour.  Every attempt is booked as a failure before the password is looked at and struck out
    when it fits, so that attempts made at the same moment count as well.
    """
    login = normalized(login)[:MAX_LOGIN_LENGTH]
    count_attempt(app, login)
    with app.database.read() as session:
        account = session.scalar(select(Account).where(Account.login == login))
    fits = verify_password(account.password_hash if account else None, password)
    if not fits or account is None or not _may_open(app, account, password):
        _book_failure(app, login, account, origin)
        raise LoginFailed
    fresh = hash_password(password) if is_outdated(account.password_hash) else None
    with app.database.write() as session:
        strike_out(session, login)
        stored = session.get_one(Account, account.id)
        if fresh is not None and stored.password_hash == account.password_hash:
            stored.password_hash = fresh
        return _begin(app, session, stored, origin, Way.PASSWORD)


def log_in_by_sign_on(app: Application, name: str, origin: Origin = NOWHERE) -> LoggedIn:
    """Begin a session for whom the single sign-on provider calls `name`; raises `LoginFailed`.

    No account is ever created here: the name has to have been entered by the administrators.
    """
    with app.database.write() as session:
        account = session.scalar(select(Account).where(Account.sign_on_name == name))
        if name and account is not None and not account.is_disabled:
            return _begin(app, session, account, origin, Way.SIGN_ON)
    _book_failure(app, name[:MAX_LOGIN_LENGTH], account, origin)
    raise LoginFailed(
        "统一身份认证已通过，但本系统没有与之对应的账号。",
        "请联系系统管理员登记您的单点登录标识。",
    )


def enter_code(app: Application, opened: OpenSession, code: str, origin: Origin) -> LoggedIn:
    """Finish a login by the second factor; raises `CodeRefused` or `LockedOut`.

    The session of the first step ends; failures count together with those of the password.
    """
    count_attempt(app, opened.login)
    now = app.wall.now()
    with app.database.write() as session:
        account = session.get_one(Account, opened.account_id, with_for_update=True)
        if second_factor.accepts(session, app, account.id, code):
            strike_out(session, opened.login)
            sessions.end(session, opened.id, account.id, now)
            return _enter(app, session, account, origin, Way.CODE)
    _book_failure(app, opened.login, account, origin)
    raise CodeRefused


def log_out(app: Application, opened: OpenSession) -> None:
    """End one's own session."""
    with app.database.write() as session:
        row = session.get_one(LoginSession, opened.id)
        if row.ended_at is None:
            row.ended_at = app.wall.now()
            book(session, app, AuditKind.LOGGED_OUT, Doer.of(opened))


def _may_open(app: Application, account: Account, password: str) -> bool:
    """Tell whether the right password opens: not for disabled accounts, nor when it is public."""
    if account.is_disabled or (password == SAMPLE_PASSWORD and not app.settings.is_demo):
        return False
    return account.one_time_until is None or account.one_time_until > app.wall.now()


def _begin(
    app: Application, session: Session, account: Account, origin: Origin, way: Way
) -> LoggedIn:
    if not second_factor.is_asked_of(session, account.id):
        return _enter(app, session, account, origin, way)
    token = sessions.begin(session, account, origin, app.wall.now(), awaits_code=True)
    return LoggedIn(token, account.id, account.person_id, awaits_code=True)


def _enter(
    app: Application, session: Session, account: Account, origin: Origin, way: Way
) -> LoggedIn:
    token = sessions.begin(session, account, origin, app.wall.now())
    grant = grant_of(session, account.id)
    capacity = f"{ROLE_NAMES[grant.role]} {grant.name}" if grant else ""
    doer = Doer(account.login, account.person_id, capacity, origin.address)
    book(session, app, AuditKind.LOGGED_IN, doer, details={"方式": way.value})
    return LoggedIn(token, account.id, account.person_id, awaits_code=False)


def _book_failure(app: Application, login: str, account: Account | None, origin: Origin) -> None:
    """Book a failed login, and the lock it led to."""
    doer = Doer(login, account.person_id if account else None, address=origin.address)
    with app.database.write() as session:
        book(session, app, AuditKind.LOGIN_REFUSED, doer)
        row = session.get(LoginFailure, login)
        if row is not None and row.locked_until is not None:
            until = row.locked_until.astimezone(SHANGHAI).isoformat(timespec="seconds")
            book(session, app, AuditKind.LOGIN_LOCKED, doer, details={"至": until})
