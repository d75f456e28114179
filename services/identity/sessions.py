"""Sessions kept on the server: begun at login, looked up at each request, listed, ended.

The cost of a request is one read; being seen is written at most once a minute.
"""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.orm import Session

from services.bootstrap import Application
from services.clock import SHANGHAI
from services.errors import Busy, NotFound
from services.identity.models import Account, AdministratorGrant, LoginSession, SecondFactor
from services.identity.roles import Administrator
from services.settings import Settings

SEEN_EVERY = timedelta(minutes=1)
CODE_WAIT = timedelta(minutes=5)
"""How long after the password the second factor may come."""
KEPT_AFTER_END = timedelta(days=30)
_ADDRESS_LENGTH = 64
_AGENT_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a login comes from: network address and what the browser calls itself."""

    address: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session in force: of a person, or of an administrator.

    Exactly one of `person_id` and `administrator` is set.  `awaits_code`, `awaits_password` and
    `awaits_second_factor` say what has to be done before anything else: enter a code, change the
    password, set the second factor up.
    """

    id: int
    account_id: int
    login: str
    person_id: int | None
    administrator: Administrator | None
    address: str
    awaits_code: bool
    awaits_password: bool
    has_one_time_password: bool
    awaits_second_factor: bool = False


@dataclass(frozen=True, slots=True)
class SessionItem:
    """A session in a list; times in Asia/Shanghai."""

    id: int
    began_at: datetime
    seen_at: datetime
    address: str
    agent: str
    is_current: bool


def begin(
    session: Session, account: Account, origin: Origin, now: datetime, *, awaits_code: bool = False
) -> str:
    """Begin a session; return the token for the cookie.  `now` is the machine's time."""
    session.execute(
        delete(LoginSession).where(
            LoginSession.account_id == account.id, LoginSession.seen_at < now - KEPT_AFTER_END
        )
    )
    token = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            token_hash=_hash(token),
            account_id=account.id,
            awaits_code=awaits_code,
            began_at=now,
            seen_at=now,
            address=origin.address[:_ADDRESS_LENGTH],
            agent=origin.agent[:_AGENT_LENGTH],
        )
    )
    return token


def current(app: Application, token: str) -> OpenSession | None:
    """Return the session of a token, None when it is over; note that it was seen."""
    now = app.wall.now()
    query = (
        select(LoginSession, Account, AdministratorGrant, SecondFactor.confirmed_at)
        .join(Account, Account.id == LoginSession.account_id)
        .outerjoin(AdministratorGrant, AdministratorGrant.account_id == Account.id)
        .outerjoin(SecondFactor, SecondFactor.account_id == Account.id)
        .where(LoginSession.token_hash == _hash(token), in_force(app.settings, now))
    )
    with app.database.read() as session:
        found = session.execute(query).one_or_none()
    if found is None:
        return None
    row, account, grant, confirmed_at = found
    if row.awaits_code and row.began_at < now - CODE_WAIT:
        return None
    if row.seen_at < now - SEEN_EVERY:
        _note_seen(app, row.id, now)
    is_one_time = account.one_time_until is not None
    return OpenSession(
        id=row.id,
        account_id=account.id,
        login=account.login,
        person_id=account.person_id,
        administrator=_administrator(account, grant, row.address),
        address=row.address,
        awaits_code=row.awaits_code,
        awaits_password=is_one_time or _is_old(app.settings, account, now),
        has_one_time_password=is_one_time,
        awaits_second_factor=app.settings.forces_second_factor
        and grant is not None
        and confirmed_at is None,
    )


def of_account(app: Application, account_id: int, current_id: int) -> tuple[SessionItem, ...]:
    """Return the sessions of an account in force, the one seen last first."""
    query = (
        select(LoginSession)
        .join(Account, Account.id == LoginSession.account_id)
        .where(
            LoginSession.account_id == account_id,
            LoginSession.awaits_code.is_(False),
            in_force(app.settings, app.wall.now()),
        )
        .order_by(LoginSession.seen_at.desc(), LoginSession.id.desc())
    )
    with app.database.read() as session:
        return tuple(
            SessionItem(
                id=row.id,
                began_at=row.began_at.astimezone(SHANGHAI),
                seen_at=row.seen_at.astimezone(SHANGHAI),
                address=row.address,
                agent=row.agent,
                is_current=row.id == current_id,
            )
            for row in session.scalars(query)
        )


def end(session: Session, session_id: int, account_id: int, now: datetime) -> None:
    """End one session of an account; raises `NotFound` when there is none in force."""
    ended = session.execute(
        update(LoginSession)
        .where(
            LoginSession.id == session_id,
            LoginSession.account_id == account_id,
            LoginSession.ended_at.is_(None),
        )
        .values(ended_at=now)
        .returning(LoginSession.id)
    ).first()
    if ended is None:
        raise NotFound


def end_all(session: Session, account_id: int, now: datetime, *, but: int | None = None) -> int:
    """End every session of an account except `but`; return how many were ended."""
    return len(
        session.execute(
            update(LoginSession)
            .where(
                LoginSession.account_id == account_id,
                LoginSession.ended_at.is_(None),
                LoginSession.id != (but or 0),
            )
            .values(ended_at=now)
            .returning(LoginSession.id)
        ).all()
    )


def in_force(settings: Settings, now: datetime) -> ColumnElement[bool]:
    """SQL: the `LoginSession` (joined with `Account`) of the enclosing query is not over."""
    return and_(
        LoginSession.ended_at.is_(None),
        LoginSession.seen_at >= now - timedelta(minutes=int(settings.session_idle_minutes)),
        LoginSession.began_at >= now - timedelta(hours=int(settings.session_hours)),
        Account.is_disabled.is_(False),
    )


def _administrator(
    account: Account, grant: AdministratorGrant | None, address: str
) -> Administrator | None:
    if grant is None:
        return None
    return Administrator(grant.id, account.id, account.login, grant.name, grant.role, address)


def _is_old(settings: Settings, account: Account, now: datetime) -> bool:
    days = int(settings.password_days)
    return bool(days) and (account.password_set_at or account.created_at) < now - timedelta(
        days=days
    )


def _note_seen(app: Application, session_id: int, now: datetime) -> None:
    # A page that is only read must not fail because somebody else is writing.
    with suppress(Busy), app.database.write() as session:
        session.execute(
            update(LoginSession).where(LoginSession.id == session_id).values(seen_at=now)
        )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
