"""Lock-out with back-off: failures in a row make a login wait, longer each time."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.bootstrap import Application
from services.identity.errors import LockedOut
from services.identity.models import LoginFailure

MAX_LOGIN_LENGTH = 64
ATTEMPTS_BEFORE_LOCK = 5
FIRST_LOCK = timedelta(minutes=1)
LONGEST_LOCK = timedelta(hours=1)
FORGET_AFTER = timedelta(days=1)


def count_attempt(app: Application, login: str) -> None:
    """Count an attempt as failed until `strike_out`; raises `LockedOut` while the login waits."""
    now = app.clock.now()
    with app.database.write() as session:
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


def strike_out(session: Session, login: str) -> None:
    """Forget the failures of a login."""
    session.execute(delete(LoginFailure).where(LoginFailure.login == login))


def normalized(login: str) -> str:
    """Return a login as it is stored: without outer spaces, in lower case."""
    return login.strip().lower()
