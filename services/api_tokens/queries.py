"""Reading one's own tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from services.api_tokens.models import ApiToken, TokenScope
from services.bootstrap import Application
from services.identity.actor import Actor

SCOPE_NAMES: dict[TokenScope, str] = {
    TokenScope.READ: "只能查看",
    TokenScope.ACT: "查看和办理",
}


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token as its owner sees it; `state_name` is 有效, 已过期 or 已撤销."""

    id: int
    name: str
    hint: str
    scope_name: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    state_name: str
    is_usable: bool


def own_tokens(app: Application, actor: Actor) -> tuple[TokenView, ...]:
    """Return the tokens of the actor, the newest first."""
    now = app.clock.now()
    with app.database.read() as session:
        rows = session.scalars(
            select(ApiToken)
            .where(ApiToken.person_id == actor.person_id)
            .order_by(ApiToken.created_at.desc(), ApiToken.id.desc())
        )
        return tuple(view_of(row, now) for row in rows)


def view_of(row: ApiToken, now: datetime) -> TokenView:
    """Return a token as its owner sees it at that moment."""
    state_name = _state_name(row, now)
    return TokenView(
        id=row.id,
        name=row.name,
        hint=row.hint,
        scope_name=SCOPE_NAMES[row.scope],
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        state_name=state_name,
        is_usable=state_name == USABLE,
    )


USABLE = "有效"


def _state_name(row: ApiToken, now: datetime) -> str:
    if row.revoked_at is not None:
        return "已撤销"
    return USABLE if row.expires_at > now else "已过期"
