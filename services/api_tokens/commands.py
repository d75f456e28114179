"""Making, using and revoking tokens."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from engine.model import Variables
from services.api_tokens.errors import TokenInvalid
from services.api_tokens.models import ApiToken, TokenScope
from services.audit.books import AuditEntry, record
from services.audit.models import AuditKind, Book, SubjectKind
from services.bootstrap import Application
from services.errors import Invalid, NotFound
from services.identity.actor import Actor
from services.identity.models import Account
from services.identity.queries import load_actor

PREFIX = "dangwu_"
HINT_LENGTH = len(PREFIX) + 4
MAX_NAME_LENGTH = 60
MAX_DAYS = 366
MAX_TOKENS = 20
USE_RECORDED_EVERY = timedelta(minutes=1)
"""How exact `last_used_at` is: reading must not cost a write each time."""


@dataclass(frozen=True, slots=True)
class MakeToken:
    """Make a token called `name` that is good for `days` days (1 to 366)."""

    name: str
    scope: TokenScope
    days: int


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A new token; `secret` is shown once and never again."""

    id: int
    secret: str


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who uses a token, which token it is, and what it is good for."""

    actor: Actor
    token_id: int
    scope: TokenScope


def make_token(app: Application, actor: Actor, command: MakeToken) -> MadeToken:
    """Make a token of the actor; raises `Invalid` under `name` or `days`."""
    name = command.name.strip()
    errors = {}
    if not name or len(name) > MAX_NAME_LENGTH:
        errors["name"] = f"令牌名称应为1至{MAX_NAME_LENGTH}个字符。"
    if not 1 <= command.days <= MAX_DAYS:
        errors["days"] = f"有效期应为1至{MAX_DAYS}天。"
    if errors:
        raise Invalid(errors=errors)
    secret = PREFIX + secrets.token_urlsafe(32)
    now = app.clock.now()
    with app.database.write() as session:
        held = session.scalar(
            select(func.count()).where(
                ApiToken.person_id == actor.person_id,
                ApiToken.revoked_at.is_(None),
                ApiToken.expires_at > now,
            )
        )
        if (held or 0) >= MAX_TOKENS:
            message = f"有效令牌不能超过{MAX_TOKENS}个。"
            raise Invalid(message, "请先撤销不再使用的令牌。", errors={"name": message})
        row = ApiToken(
            person_id=actor.person_id,
            name=name,
            hint=secret[:HINT_LENGTH],
            digest=_digest(secret),
            scope=command.scope,
            created_at=now,
            expires_at=now + timedelta(days=command.days),
        )
        session.add(row)
        session.flush()
        terms: Variables = {"scope": str(command.scope), "days": command.days}
        _note(session, actor, row, AuditKind.TOKEN_MADE, now, terms)
        return MadeToken(row.id, secret)


def revoke_token(app: Application, actor: Actor, token_id: int) -> None:
    """Revoke a token of the actor at once; again changes nothing; `NotFound` for others' tokens."""
    with app.database.write() as session:
        row = session.get(ApiToken, token_id)
        if row is None or row.person_id != actor.person_id:
            raise NotFound
        if row.revoked_at is None:
            row.revoked_at = app.clock.now()
            _note(session, actor, row, AuditKind.TOKEN_REVOKED, row.revoked_at, {})


def authenticate(app: Application, secret: str) -> Bearer:
    """Return who uses the token; raises `TokenInvalid`, also while the account is disabled."""
    now = app.clock.now()
    with app.database.read() as session:
        row = session.scalar(
            select(ApiToken).where(
                ApiToken.digest == _digest(secret),
                ~exists().where(Account.person_id == ApiToken.person_id, Account.is_disabled),
            )
        )
    if row is None or row.revoked_at is not None or row.expires_at <= now:
        raise TokenInvalid
    if row.last_used_at is None or abs(now - row.last_used_at) >= USE_RECORDED_EVERY:
        with app.database.write() as session:
            session.get_one(ApiToken, row.id).last_used_at = now
    return Bearer(load_actor(app, row.person_id), row.id, row.scope)


def _note(
    session: Session,
    actor: Actor,
    row: ApiToken,
    kind: AuditKind,
    now: datetime,
    data: Variables,
) -> None:
    """Enter into the book of accounts what became of a token, never the token itself."""
    record(
        session,
        AuditEntry(
            book=Book.ACCOUNTS,
            kind=kind,
            entered_at=now,
            subject_kind=SubjectKind.PERSON,
            subject_id=actor.person_id,
            actor_id=actor.person_id,
            capacity=actor.title,
            data={"token": row.id, "name": row.name, **data},
        ),
    )


def _digest(secret: str) -> str:
    """Return the SHA-256: enough for 256 random bits, which no dictionary holds."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
