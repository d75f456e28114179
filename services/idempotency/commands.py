"""Carrying out a request and keeping its answer, in one transaction.

The command runs on an application whose database is the open transaction
(`Database.within`), so effect and answer are committed together: a crash between
them cannot happen, and a second try finds either both or neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.bootstrap import Application
from services.errors import ServiceError
from services.idempotency.models import IdempotentRequest
from services.identity.actor import Actor

KEPT_FOR = timedelta(hours=24)
MAX_KEY_LENGTH = 128


class KeyReused(ServiceError):  # noqa: N818 - the state is the name of the error
    """The same key came with another request; nothing was done."""

    code = "idempotency-key-reused"
    message = "该幂等键已用于另一请求，本次操作没有生效。"
    remedy = "重发同一请求时请保持内容不变；新的请求请使用新的幂等键（Idempotency-Key）。"


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """The key of a request and the digest (hexadecimal SHA-256) of all it says."""

    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered with; `is_replayed` when it had been done before."""

    status: int
    body: bytes
    etag: str = ""
    is_replayed: bool = False


def carry_out(
    app: Application,
    actor: Actor,
    request: KeyedRequest | None,
    act: Callable[[Application], Answer],
) -> Answer:
    """Return the answer of `act`, done in one transaction, or the one kept for the key.

    Only what took effect is kept, for 24 hours; a refused request may be sent again under its key.
    Raises `KeyReused`, and whatever `act` raises, after which nothing is saved.
    """
    with app.database.write() as session:
        within = replace(app, database=app.database.within(session))
        if request is None:
            return act(within)
        session.execute(
            delete(IdempotentRequest).where(
                IdempotentRequest.created_at <= app.clock.now() - KEPT_FOR
            )
        )
        row = _reserve(session, app, actor, request)
        if row is None:
            return _kept(session, actor, request)
        answer = act(within)
        row.status, row.body, row.etag = answer.status, answer.body, answer.etag
        return answer


def _reserve(
    session: Session, app: Application, actor: Actor, request: KeyedRequest
) -> IdempotentRequest | None:
    """Take the key; None when it is taken.  Of two at once the second waits for the first."""
    row = IdempotentRequest(
        person_id=actor.person_id,
        key=request.key,
        digest=request.digest,
        created_at=app.clock.now(),
        status=0,
        body=b"",
        etag="",
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return None
    return row


def _kept(session: Session, actor: Actor, request: KeyedRequest) -> Answer:
    row = session.scalars(
        select(IdempotentRequest).where(
            IdempotentRequest.person_id == actor.person_id, IdempotentRequest.key == request.key
        )
    ).one()
    if row.digest != request.digest:
        raise KeyReused
    return Answer(row.status, row.body, row.etag, is_replayed=True)
