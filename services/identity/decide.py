"""Confirming, denying and withdrawing what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from services.audit.models import AuditKind
from services.bootstrap import Application
from services.errors import Conflict, Forbidden, Invalid, NotFound
from services.identity import second_factor, sessions
from services.identity.ask import (
    MAX_REASON,
    require_free_sign_on_name,
    require_not_last,
    require_number_free,
)
from services.identity.book import Doer, book
from services.identity.commands import (
    ONE_TIME,
    new_one_time_password,
    require_free_login,
    require_no_account,
    store_account,
)
from services.identity.consent import (
    CREATES_ACCOUNT,
    GIVES_PASSWORD,
    KIND_NAMES,
    PARTIES,
    grant_of,
    require_role,
)
from services.identity.lockout import strike_out
from services.identity.models import (
    Account,
    AccountRequest,
    AdministratorGrant,
    RequestKind,
    RequestState,
)
from services.identity.roles import Administrator, AdministratorRole

_EVENTS: Mapping[RequestState, AuditKind] = {
    RequestState.CONFIRMED: AuditKind.REQUEST_CONFIRMED,
    RequestState.DENIED: AuditKind.REQUEST_DENIED,
    RequestState.WITHDRAWN: AuditKind.REQUEST_WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What confirming led to; `one_time_password` is empty for kinds that give none."""

    kind: RequestKind
    login: str
    name: str
    one_time_password: str


def confirm(app: Application, administrator: Administrator, request_id: int) -> Confirmed:
    """Carry out a request; raises `Forbidden`, `NotFound`, `Conflict`, or why it is impossible now.

    The one-time password is in the answer and nowhere else.
    """
    password = new_one_time_password()
    now = app.wall.now()
    with app.database.write() as session:
        row = _open_request(session, request_id)
        _require_decider(administrator, row)
        _carry_out(session, row, password.hash, now)
        _close(session, app, row, RequestState.CONFIRMED, administrator)
        if row.kind in CREATES_ACCOUNT:
            doer = Doer.administrator(administrator)
            book(session, app, AuditKind.ACCOUNT_CREATED, doer, concerned=row.login)
        shown = password.text if row.kind in GIVES_PASSWORD else ""
        return Confirmed(row.kind, row.login, row.name, shown)


def deny(app: Application, administrator: Administrator, request_id: int, note: str) -> None:
    """Refuse a request; raises `Forbidden`, `NotFound`, `Conflict`, `Invalid` without a reason."""
    note = note.strip()
    if not 0 < len(note) <= MAX_REASON:
        raise Invalid(errors={"note": f"请写明不同意的理由，不超过{MAX_REASON}个字符。"})
    with app.database.write() as session:
        row = _open_request(session, request_id)
        _require_decider(administrator, row)
        row.note = note
        _close(session, app, row, RequestState.DENIED, administrator)


def withdraw(app: Application, administrator: Administrator, request_id: int) -> None:
    """Take back one's own request; raises `Forbidden`, `NotFound`, `Conflict`."""
    with app.database.write() as session:
        row = _open_request(session, request_id)
        if row.asked_by != administrator.id:
            raise Forbidden("只有申请人可以撤回申请。", "不同意的，请选择“不同意”。")
        _close(session, app, row, RequestState.WITHDRAWN, administrator)


def _open_request(session: Session, request_id: int) -> AccountRequest:
    row = session.get(AccountRequest, request_id, with_for_update=True)
    if row is None:
        raise NotFound
    if row.state is not RequestState.OPEN:
        raise Conflict("该申请已经处理，您的操作没有生效。", "请刷新页面查看处理结果。")
    return row


def _require_decider(administrator: Administrator, row: AccountRequest) -> None:
    require_role(administrator, PARTIES[row.role].decides)
    if row.asked_by == administrator.id:
        raise Forbidden("不能确认本人提出的申请。", "请由另一名管理员确认。")


def _close(
    session: Session,
    app: Application,
    row: AccountRequest,
    state: RequestState,
    administrator: Administrator,
) -> None:
    row.state = state
    row.decided_at = app.clock.now()
    if state is not RequestState.WITHDRAWN:
        row.decided_by = administrator.id
    details = {"事项": KIND_NAMES[row.kind], "编号": str(row.id)}
    if row.note:
        details["理由"] = row.note
    doer = Doer.administrator(administrator)
    book(session, app, _EVENTS[state], doer, concerned=row.login, details=details)


def _carry_out(session: Session, row: AccountRequest, password_hash: str, now: datetime) -> None:
    match row.kind:
        case RequestKind.GRANT_ROLE:
            _grant(session, row, password_hash, now)
        case RequestKind.OPEN_ACCOUNT:
            _open_account(session, row, password_hash, now)
        case _:
            account = session.get_one(Account, row.account_id, with_for_update=True)
            _change(session, row, account, password_hash, now)


def _grant(session: Session, row: AccountRequest, password_hash: str, now: datetime) -> None:
    if row.role is None:
        raise NotFound
    store_administrator(
        session,
        row.role,
        row.login,
        row.name,
        row.number,
        password_hash,
        now,
        one_time_until=now + ONE_TIME,
    )


def store_administrator(
    session: Session,
    role: AdministratorRole,
    login: str,
    name: str,
    number: str,
    password_hash: str,
    now: datetime,
    *,
    one_time_until: datetime | None = None,
) -> AdministratorGrant:
    """Make an administrator with an account of its own; raises `RoleTaken` or `Invalid`."""
    require_number_free(session, number)
    login = require_free_login(session, login)
    account = store_account(session, login, password_hash, now, one_time_until=one_time_until)
    grant = AdministratorGrant(
        account_id=account.id, role=role, name=name, number=number, granted_at=now
    )
    session.add(grant)
    session.flush()
    return grant


def _open_account(session: Session, row: AccountRequest, password_hash: str, now: datetime) -> None:
    if row.person_id is None:
        raise NotFound
    require_no_account(session, row.person_id)
    login = require_free_login(session, row.login)
    store_account(
        session,
        login,
        password_hash,
        now,
        person_id=row.person_id,
        one_time_until=now + ONE_TIME,
    )


def _change(
    session: Session, row: AccountRequest, account: Account, password_hash: str, now: datetime
) -> None:
    match row.kind:
        case RequestKind.REVOKE_ROLE:
            _revoke(session, account, now)
        case RequestKind.ENABLE_ACCOUNT:
            account.is_disabled = False
        case RequestKind.RESET_PASSWORD:
            account.password_hash = password_hash
            account.password_set_at = now
            account.one_time_until = now + ONE_TIME
            strike_out(session, account.login)
            sessions.end_all(session, account.id, now)
        case RequestKind.UNLOCK_LOGIN:
            strike_out(session, account.login)
        case RequestKind.REMOVE_SECOND_FACTOR:
            second_factor.remove(session, account.id)
        case RequestKind.SET_SIGN_ON:
            require_free_sign_on_name(session, row.sign_on_name, account.id)
            account.sign_on_name = row.sign_on_name or None


def _revoke(session: Session, account: Account, now: datetime) -> None:
    grant = grant_of(session, account.id)
    if grant is None or grant.revoked_at is not None:
        raise Conflict("该管理员身份已经撤销。", "请刷新页面查看。")
    require_not_last(session, grant)
    grant.revoked_at = now
    account.is_disabled = True
    sessions.end_all(session, account.id, now)
