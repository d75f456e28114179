"""The second factor: time-based codes (TOTP, RFC 6238) and recovery codes.

Anybody may switch it on for themselves.  Codes count by the machine's clock, as the phone's do.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

import pyotp
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from services.audit.models import AuditKind
from services.bootstrap import Application
from services.errors import Conflict, Invalid, NotFound
from services.identity.book import Doer, book
from services.identity.lockout import count_attempt, strike_out
from services.identity.models import RecoveryCode, SecondFactor
from services.identity.sessions import OpenSession

ISSUER = "党务办理"
PERIOD_SECONDS = 30
DRIFT_STEPS = (0, -1, 1)
"""A phone may be up to a step slow or fast."""
RECOVERY_CODES = 10
_RECOVERY_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_GROUPS, _GROUP_LENGTH = 4, 4


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A secret waiting for its first code; `address` is what the square code holds."""

    secret: str
    address: str


@dataclass(frozen=True, slots=True)
class SecondFactorState:
    """Whether the second factor is on, and how many recovery codes are left."""

    is_on: bool
    recovery_codes_left: int


def state_of(app: Application, account_id: int) -> SecondFactorState:
    """Return the state of an account's second factor."""
    with app.database.read() as session:
        left = session.scalar(
            select(func.count())
            .select_from(RecoveryCode)
            .where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
        )
        return SecondFactorState(is_asked_of(session, account_id), left or 0)


def is_asked_of(session: Session, account_id: int) -> bool:
    """Tell whether an account logs in with a second factor."""
    row = session.get(SecondFactor, account_id)
    return row is not None and row.confirmed_at is not None


def enrolment(app: Application, opened: OpenSession) -> Enrolment:
    """Return the secret to be entered into the authenticator, the same until it is confirmed.

    Raises `Conflict` when the second factor is on already.
    """
    with app.database.write() as session:
        row = session.get(SecondFactor, opened.account_id, with_for_update=True)
        if row is None:
            row = SecondFactor(account_id=opened.account_id, secret=pyotp.random_base32())
            session.add(row)
        elif row.confirmed_at is not None:
            raise Conflict("两步验证已经启用。", "需要更换验证器的，请先停用再重新启用。")
        secret = row.secret
    address = pyotp.TOTP(secret).provisioning_uri(name=opened.login, issuer_name=ISSUER)
    return Enrolment(secret, address)


def confirm(app: Application, opened: OpenSession, code: str) -> tuple[str, ...]:
    """Switch the second factor on with a first code; return the recovery codes, shown once.

    Raises `Invalid` under `code`.
    """
    now = app.wall.now()
    with app.database.write() as session:
        row = session.get(SecondFactor, opened.account_id, with_for_update=True)
        if row is None or row.confirmed_at is not None:
            raise NotFound
        if not _use_code(row, code, now):
            raise Invalid(errors={"code": "验证码不正确，请输入验证器上最新的六位数字。"})
        row.confirmed_at = now
        book(session, app, AuditKind.SECOND_FACTOR_ENABLED, Doer.of(opened))
        return _renew(session, opened.account_id)


def renew_recovery_codes(app: Application, opened: OpenSession, code: str) -> tuple[str, ...]:
    """Replace the recovery codes; raises `Invalid` under `code` without a fresh code."""
    count_attempt(app, opened.login)
    with app.database.write() as session:
        _require_code(session, app, opened, code)
        book(session, app, AuditKind.RECOVERY_CODES_RENEWED, Doer.of(opened))
        return _renew(session, opened.account_id)


def switch_off(app: Application, opened: OpenSession, code: str) -> None:
    """Switch the second factor off; raises `Invalid` under `code` without a fresh code."""
    count_attempt(app, opened.login)
    with app.database.write() as session:
        _require_code(session, app, opened, code)
        remove(session, opened.account_id)
        book(session, app, AuditKind.SECOND_FACTOR_REMOVED, Doer.of(opened))


def remove(session: Session, account_id: int) -> None:
    """Forget secret and recovery codes."""
    session.execute(delete(SecondFactor).where(SecondFactor.account_id == account_id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))


def accepts(session: Session, app: Application, account_id: int, code: str) -> bool:
    """Tell whether a code opens, and use it up; a recovery code opens as well."""
    row = session.get(SecondFactor, account_id, with_for_update=True)
    if row is None or row.confirmed_at is None:
        return False
    now = app.wall.now()
    return _use_code(row, code, now) or _use_recovery_code(session, account_id, code, now)


def _require_code(session: Session, app: Application, opened: OpenSession, code: str) -> None:
    if not accepts(session, app, opened.account_id, code):
        raise Invalid(errors={"code": "验证码不正确或者已经用过。"})
    strike_out(session, opened.login)


def _use_code(row: SecondFactor, code: str, now: datetime) -> bool:
    typed = code.replace(" ", "").encode()
    totp = pyotp.TOTP(row.secret)
    present = int(now.timestamp()) // PERIOD_SECONDS
    for step in (present + drift for drift in DRIFT_STEPS):
        expected = totp.generate_otp(step).encode()
        if step > row.last_step and hmac.compare_digest(expected, typed):
            row.last_step = step
            return True
    return False


def _use_recovery_code(session: Session, account_id: int, code: str, now: datetime) -> bool:
    used = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account_id,
            RecoveryCode.code_hash == _hash(code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.id)
    ).first()
    return used is not None


def _renew(session: Session, account_id: int) -> tuple[str, ...]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account_id))
    codes = tuple(_new_code() for _ in range(RECOVERY_CODES))
    session.add_all(RecoveryCode(account_id=account_id, code_hash=_hash(code)) for code in codes)
    return codes


def _new_code() -> str:
    return "-".join(
        "".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(_GROUP_LENGTH))
        for _ in range(_GROUPS)
    )


def _hash(code: str) -> str:
    """Return the digest of a recovery code (79 bits of chance, so that no salt is needed)."""
    plain = code.strip().lower().replace("-", "").replace(" ", "")
    return hashlib.sha256(plain.encode()).hexdigest()
