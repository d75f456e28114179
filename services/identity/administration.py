"""What administrators see and end by themselves: accounts, requests, sessions, locked logins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from services.audit.models import AuditKind
from services.bootstrap import Application
from services.clock import SHANGHAI
from services.errors import NotFound
from services.identity import second_factor, sessions
from services.identity.book import Doer, book
from services.identity.consent import PARTIES, require_role
from services.identity.models import (
    Account,
    AccountRequest,
    AdministratorGrant,
    LoginFailure,
    LoginSession,
    RequestKind,
    RequestState,
)
from services.identity.roles import ROLE_NAMES, Administrator, AdministratorRole
from services.identity.views import (
    AccountItem,
    AccountPage,
    Accounts,
    AdministratorItem,
    ForeignSession,
    ForeignSessions,
    LockedLogin,
    PersonChoice,
    RequestBoard,
    RequestItem,
)
from services.organizations.models import Organization
from services.people.models import Person
from services.people.search import matches

PAGE_SIZE = 30
RECENT = 20
_LIMIT = 20
_ASKABLE = (
    RequestKind.RESET_PASSWORD,
    RequestKind.UNLOCK_LOGIN,
    RequestKind.ENABLE_ACCOUNT,
    RequestKind.REMOVE_SECOND_FACTOR,
    RequestKind.SET_SIGN_ON,
    RequestKind.REVOKE_ROLE,
)


def list_accounts(
    app: Application, administrator: Administrator, text: str = "", page: int = 1
) -> Accounts:
    """Return accounts by part of the login, name or pinyin; for the system administrator."""
    require_role(administrator, AdministratorRole.SYSTEM)
    text = text.strip()
    where: list[ColumnElement[bool]] = []
    if text:
        where.append(
            or_(
                Account.login.contains(text.lower(), autoescape=True),
                AdministratorGrant.name.contains(text, autoescape=True),
                matches(text),
            )
        )
    with app.database.read() as session:
        counted = _accounts(func.count(Account.id)).where(*where)
        total = session.scalar(counted) or 0
        query = _accounts(*_ACCOUNT_COLUMNS).where(*where).order_by(Account.login)
        rows = session.execute(query.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).all()
        now = app.clock.now()
        return Accounts(tuple(_account_item(row, now) for row in rows), total, page, PAGE_SIZE)


def account_page(app: Application, administrator: Administrator, account_id: int) -> AccountPage:
    """Return the page of an account; raises `NotFound`.

    The system administrator sees every account, the others those about which they may ask.
    """
    now = app.clock.now()
    with app.database.read() as session:
        row = session.execute(
            _accounts(*_ACCOUNT_COLUMNS).where(Account.id == account_id)
        ).one_or_none()
        if row is None:
            raise NotFound
        account, grant, _, _, _ = row
        role = grant.role if grant else None
        asks = PARTIES[role].asks is administrator.role
        is_system = administrator.role is AdministratorRole.SYSTEM
        if not _may_open(administrator, role):
            raise NotFound
        item = _account_item(row, now)
        has_second_factor = second_factor.is_asked_of(session, account_id)
        open_requests = session.scalars(
            select(AccountRequest)
            .where(AccountRequest.login == account.login, AccountRequest.state == RequestState.OPEN)
            .order_by(AccountRequest.id)
        ).all()
        return AccountPage(
            account=item,
            created_at=account.created_at.astimezone(SHANGHAI),
            sign_on_name=account.sign_on_name or "",
            has_second_factor=has_second_factor,
            sessions=session.scalar(
                select(func.count(LoginSession.id))
                .join(Account, Account.id == LoginSession.account_id)
                .where(Account.id == account_id, sessions.in_force(app.settings, app.wall.now()))
            )
            or 0,
            may_ask=_may_ask(item, app, has_second_factor=has_second_factor) if asks else (),
            may_disable=is_system and not item.is_administrator and not item.is_disabled,
            open_requests=_request_items(session, administrator, open_requests),
        )


def people_without_account(
    app: Application, administrator: Administrator, text: str
) -> tuple[PersonChoice, ...]:
    """Return people by name or pinyin who have no account yet; for the system administrator."""
    require_role(administrator, AdministratorRole.SYSTEM)
    if not text.strip():
        return ()
    with app.database.read() as session:
        rows = session.execute(
            select(Person.id, Person.name, Organization.short_name)
            .join(Organization, Organization.id == Person.organization_id)
            .outerjoin(Account, Account.person_id == Person.id)
            .where(Account.id.is_(None), matches(text))
            .order_by(Person.name, Person.id)
            .limit(_LIMIT)
        )
        return tuple(PersonChoice(*row) for row in rows)


def list_administrators(
    app: Application, administrator: Administrator
) -> tuple[AdministratorItem, ...]:
    """Return the administrators in office; every administrator may know them."""
    with app.database.read() as session:
        rows = session.execute(
            select(AdministratorGrant, Account.login)
            .join(Account, Account.id == AdministratorGrant.account_id)
            .where(AdministratorGrant.revoked_at.is_(None))
            .order_by(AdministratorGrant.id)
        )
        found = [
            AdministratorItem(
                grant.account_id,
                login,
                grant.name,
                grant.number,
                ROLE_NAMES[grant.role],
                grant.granted_at.astimezone(SHANGHAI),
                _may_open(administrator, grant.role),
            )
            for grant, login in rows
        ]
    order = list(ROLE_NAMES.values())
    return tuple(sorted(found, key=lambda item: order.index(item.role_name)))


def request_board(app: Application, administrator: Administrator) -> RequestBoard:
    """Return the requests this administrator decides or has asked."""
    decided_roles = [r for r, p in PARTIES.items() if p.decides is administrator.role]
    for_me: ColumnElement[bool] = AccountRequest.role.in_([r for r in decided_roles if r])
    if None in decided_roles:
        for_me = or_(for_me, AccountRequest.role.is_(None))
    mine = AccountRequest.asked_by == administrator.id
    is_open = AccountRequest.state == RequestState.OPEN
    query = select(AccountRequest).order_by(AccountRequest.id)
    with app.database.read() as session:
        to_decide = session.scalars(query.where(is_open, for_me)).all()
        waiting = session.scalars(query.where(is_open, mine)).all()
        decided = session.scalars(
            select(AccountRequest)
            .where(~is_open, or_(mine, AccountRequest.decided_by == administrator.id))
            .order_by(AccountRequest.decided_at.desc(), AccountRequest.id.desc())
            .limit(RECENT)
        ).all()
        return RequestBoard(
            _request_items(session, administrator, to_decide),
            _request_items(session, administrator, waiting),
            _request_items(session, administrator, decided),
        )


def count_to_decide(app: Application, administrator: Administrator) -> int:
    """Return how many requests wait for this administrator."""
    return len(request_board(app, administrator).to_decide)


def disable_account(
    app: Application, administrator: Administrator, account_id: int, reason: str
) -> None:
    """Close a person's account at once and end its sessions; restoring it takes two.

    Raises `Forbidden`, `NotFound`; accounts of administrators end by revoking the role.
    """
    require_role(administrator, AdministratorRole.SYSTEM)
    now = app.wall.now()
    with app.database.write() as session:
        account = session.get(Account, account_id, with_for_update=True)
        if account is None or account.person_id is None or account.is_disabled:
            raise NotFound
        account.is_disabled = True
        sessions.end_all(session, account.id, now)
        book(
            session,
            app,
            AuditKind.ACCOUNT_DISABLED,
            Doer.administrator(administrator),
            concerned=account.login,
            details={"事由": reason.strip()} if reason.strip() else {},
        )


def list_sessions(app: Application, administrator: Administrator, page: int = 1) -> ForeignSessions:
    """Return everybody's sessions in force, seen last first; for the security administrator."""
    require_role(administrator, AdministratorRole.SECURITY)
    in_force = sessions.in_force(app.settings, app.wall.now())
    joined = (
        select(LoginSession, Account, Person.name, AdministratorGrant.name)
        .join(Account, Account.id == LoginSession.account_id)
        .outerjoin(Person, Person.id == Account.person_id)
        .outerjoin(AdministratorGrant, AdministratorGrant.account_id == Account.id)
        .where(in_force)
        .order_by(LoginSession.seen_at.desc(), LoginSession.id.desc())
    )
    counted = (
        select(func.count(LoginSession.id))
        .join(Account, Account.id == LoginSession.account_id)
        .where(in_force)
    )
    with app.database.read() as session:
        rows = session.execute(joined.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
        items = tuple(
            ForeignSession(
                id=row.id,
                login=account.login,
                name=person or holder or "",
                began_at=row.began_at.astimezone(SHANGHAI),
                seen_at=row.seen_at.astimezone(SHANGHAI),
                address=row.address,
                agent=row.agent,
                is_own=account.id == administrator.account_id,
            )
            for row, account, person, holder in rows
        )
        return ForeignSessions(items, session.scalar(counted) or 0, page, PAGE_SIZE)


def end_session_of(app: Application, administrator: Administrator, session_id: int) -> str:
    """End somebody's session; return the login.  Raises `Forbidden`, `NotFound`."""
    require_role(administrator, AdministratorRole.SECURITY)
    with app.database.write() as session:
        row = session.get(LoginSession, session_id)
        if row is None:
            raise NotFound
        account = session.get_one(Account, row.account_id)
        sessions.end(session, row.id, account.id, app.wall.now())
        doer = Doer.administrator(administrator)
        book(session, app, AuditKind.SESSION_ENDED, doer, concerned=account.login)
        return account.login


def list_locked(app: Application, administrator: Administrator) -> tuple[LockedLogin, ...]:
    """Return the logins that wait, the longest wait first; for the security administrator."""
    require_role(administrator, AdministratorRole.SECURITY)
    with app.database.read() as session:
        rows = session.execute(
            select(LoginFailure, Account.id)
            .outerjoin(Account, Account.login == LoginFailure.login)
            .where(LoginFailure.locked_until > app.clock.now())
            .order_by(LoginFailure.locked_until.desc(), LoginFailure.login)
        )
        return tuple(
            LockedLogin(
                login=row.login,
                attempts=row.attempts,
                locked_until=row.locked_until.astimezone(SHANGHAI),
                is_known=account_id is not None,
            )
            for row, account_id in rows
            if row.locked_until is not None
        )


_ACCOUNT_COLUMNS = (
    Account,
    AdministratorGrant,
    Person.name,
    Organization.short_name,
    LoginFailure.locked_until,
)


def _accounts(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Account)
        .outerjoin(AdministratorGrant, AdministratorGrant.account_id == Account.id)
        .outerjoin(Person, Person.id == Account.person_id)
        .outerjoin(Organization, Organization.id == Person.organization_id)
        .outerjoin(LoginFailure, LoginFailure.login == Account.login)
    )


def _account_item(row: Any, now: datetime) -> AccountItem:
    account, grant, person_name, organization_name, locked_until = row
    is_locked = locked_until is not None and locked_until > now
    return AccountItem(
        id=account.id,
        login=account.login,
        name=grant.name if grant else person_name,
        holder=ROLE_NAMES[grant.role] if grant else organization_name,
        is_administrator=grant is not None,
        is_disabled=account.is_disabled,
        is_revoked=grant is not None and grant.revoked_at is not None,
        awaits_first_change=account.one_time_until is not None,
        locked_until=locked_until.astimezone(SHANGHAI) if is_locked else None,
    )


def _may_open(administrator: Administrator, role: AdministratorRole | None) -> bool:
    """Tell whether an administrator may open an account: who keeps accounts or asks about it."""
    is_system = administrator.role is AdministratorRole.SYSTEM
    return is_system or PARTIES[role].asks is administrator.role


def _may_ask(
    item: AccountItem, app: Application, *, has_second_factor: bool
) -> tuple[RequestKind, ...]:
    if item.is_revoked:
        return ()
    makes_sense = {
        RequestKind.RESET_PASSWORD: not item.is_disabled,
        RequestKind.UNLOCK_LOGIN: item.locked_until is not None,
        RequestKind.ENABLE_ACCOUNT: item.is_disabled,
        RequestKind.REMOVE_SECOND_FACTOR: has_second_factor,
        RequestKind.SET_SIGN_ON: app.settings.has_sign_on and not item.is_disabled,
        RequestKind.REVOKE_ROLE: item.is_administrator,
    }
    return tuple(kind for kind in _ASKABLE if makes_sense[kind])


def _request_items(
    session: Session, administrator: Administrator, rows: Sequence[AccountRequest]
) -> tuple[RequestItem, ...]:
    ids = {i for row in rows for i in (row.asked_by, row.decided_by) if i is not None}
    found = session.execute(
        select(AdministratorGrant.id, AdministratorGrant.name).where(AdministratorGrant.id.in_(ids))
    )
    names = {grant_id: name for grant_id, name in found}  # noqa: C416 - rows are not pairs to mypy
    return tuple(_request_item(administrator, row, names) for row in rows)


def _request_item(
    administrator: Administrator, row: AccountRequest, names: dict[int, str]
) -> RequestItem:
    decides = PARTIES[row.role].decides
    is_open = row.state is RequestState.OPEN
    is_own = row.asked_by == administrator.id
    role = f"（{ROLE_NAMES[row.role]}）" if row.role else ""
    return RequestItem(
        id=row.id,
        kind=row.kind,
        state=row.state,
        login=row.login,
        concerned=f"{row.name}{role}",
        wanted=_wanted(row),
        reason=row.reason,
        asked_by=names[row.asked_by],
        asked_at=row.asked_at.astimezone(SHANGHAI),
        decider=ROLE_NAMES[decides],
        decided_by=names[row.decided_by] if row.decided_by else "",
        decided_at=row.decided_at.astimezone(SHANGHAI) if row.decided_at else None,
        note=row.note,
        may_decide=is_open and decides is administrator.role and not is_own,
        may_withdraw=is_open and is_own,
    )


def _wanted(row: AccountRequest) -> str:
    match row.kind:
        case RequestKind.GRANT_ROLE:
            return f"工号 {row.number}"
        case RequestKind.SET_SIGN_ON:
            return f"标识“{row.sign_on_name}”" if row.sign_on_name else "删除标识"
    return ""
