"""Who asks for what about accounts, and who has to consent: the one table of these rules.

Nobody asks or consents in a matter of administrators of his own kind, and never the same person
does both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.errors import Forbidden
from services.identity.models import AdministratorGrant, RequestKind, RequestState
from services.identity.roles import ROLE_NAMES, Administrator, AdministratorRole

_SYSTEM, _SECURITY, _AUDIT = AdministratorRole


@dataclass(frozen=True, slots=True)
class Parties:
    """The kind of administrator that asks, and the kind that confirms or denies."""

    asks: AdministratorRole
    decides: AdministratorRole


PARTIES: Mapping[AdministratorRole | None, Parties] = {
    None: Parties(_SYSTEM, _SECURITY),
    _SYSTEM: Parties(_SECURITY, _AUDIT),
    _SECURITY: Parties(_SYSTEM, _AUDIT),
    _AUDIT: Parties(_SYSTEM, _SECURITY),
}
"""By whose account is concerned; None stands for the accounts of persons."""

KIND_NAMES: Mapping[RequestKind, str] = {
    RequestKind.GRANT_ROLE: "设立管理员",
    RequestKind.REVOKE_ROLE: "撤销管理员",
    RequestKind.OPEN_ACCOUNT: "开通账号",
    RequestKind.ENABLE_ACCOUNT: "恢复账号",
    RequestKind.RESET_PASSWORD: "重置密码",
    RequestKind.UNLOCK_LOGIN: "解除锁定",
    RequestKind.REMOVE_SECOND_FACTOR: "取消两步验证",
    RequestKind.SET_SIGN_ON: "登记单点登录标识",
}
STATE_NAMES: Mapping[RequestState, str] = {
    RequestState.OPEN: "待确认",
    RequestState.CONFIRMED: "已确认",
    RequestState.DENIED: "不同意",
    RequestState.WITHDRAWN: "已撤回",
}
CREATES_ACCOUNT = frozenset({RequestKind.GRANT_ROLE, RequestKind.OPEN_ACCOUNT})
"""What ends with a new account."""
GIVES_PASSWORD = CREATES_ACCOUNT | {RequestKind.RESET_PASSWORD}
"""What ends with a one-time password: shown once, to who confirms, so that the two share it."""


def require_role(administrator: Administrator, role: AdministratorRole) -> None:
    """Raise `Forbidden` for administrators of another kind."""
    if administrator.role is not role:
        raise Forbidden(
            f"此事项由{ROLE_NAMES[role]}办理，{administrator.title}无权办理。",
            f"请由{ROLE_NAMES[role]}登录后办理。",
        )


def roles_asked_by(administrator: Administrator) -> tuple[AdministratorRole, ...]:
    """Return the kinds of administrators about whose accounts this one may ask."""
    return tuple(r for r, p in PARTIES.items() if r and p.asks is administrator.role)


def grant_of(session: Session, account_id: int) -> AdministratorGrant | None:
    """Return the grant of an account, None for the account of a person."""
    return session.scalar(
        select(AdministratorGrant).where(AdministratorGrant.account_id == account_id)
    )
