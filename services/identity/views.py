"""Read models of the administration of accounts; times in Asia/Shanghai."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.identity.models import RequestKind, RequestState


@dataclass(frozen=True, slots=True)
class AccountItem:
    """An account in a list; `holder` is a body for persons, the role for administrators."""

    id: int
    login: str
    name: str
    holder: str
    is_administrator: bool
    is_disabled: bool
    is_revoked: bool
    awaits_first_change: bool
    locked_until: datetime | None


@dataclass(frozen=True, slots=True)
class Accounts:
    """A page of accounts."""

    items: tuple[AccountItem, ...]
    total: int
    page: int
    page_size: int


@dataclass(frozen=True, slots=True)
class AccountPage:
    """The page of an account; `may_ask` are the kinds the administrator may ask for."""

    account: AccountItem
    created_at: datetime
    sign_on_name: str
    has_second_factor: bool
    sessions: int
    may_ask: tuple[RequestKind, ...]
    may_disable: bool
    open_requests: tuple[RequestItem, ...]


@dataclass(frozen=True, slots=True)
class RequestItem:
    """A request; `concerned` names whose account it is, `wanted` what will be entered."""

    id: int
    kind: RequestKind
    state: RequestState
    login: str
    concerned: str
    wanted: str
    reason: str
    asked_by: str
    asked_at: datetime
    decider: str
    decided_by: str
    decided_at: datetime | None
    note: str
    may_decide: bool
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class RequestBoard:
    """What an administrator has to decide, waits for, and what was decided of late."""

    to_decide: tuple[RequestItem, ...]
    waiting: tuple[RequestItem, ...]
    decided: tuple[RequestItem, ...]


@dataclass(frozen=True, slots=True)
class PersonChoice:
    """A person without account."""

    id: int
    name: str
    organization_name: str


@dataclass(frozen=True, slots=True)
class ForeignSession:
    """A session of somebody."""

    id: int
    login: str
    name: str
    began_at: datetime
    seen_at: datetime
    address: str
    agent: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class ForeignSessions:
    """A page of sessions."""

    items: tuple[ForeignSession, ...]
    total: int
    page: int
    page_size: int


@dataclass(frozen=True, slots=True)
class LockedLogin:
    """A login that waits after failures; `is_known` tells whether an account of the name exists."""

    login: str
    attempts: int
    locked_until: datetime
    is_known: bool


@dataclass(frozen=True, slots=True)
class AdministratorItem:
    """An administrator in office; `may_open` tells whether the reader may open the account."""

    account_id: int
    login: str
    name: str
    number: str
    role_name: str
    granted_at: datetime
    may_open: bool
