"""Asking for what takes two administrators; nothing happens before another one confirms."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.audit.models import AuditKind
from services.bootstrap import Application
from services.errors import Conflict, Invalid, NotFound
from services.identity.book import Doer, book
from services.identity.commands import require_free_login, require_no_account
from services.identity.consent import KIND_NAMES, PARTIES, grant_of, require_role
from services.identity.errors import LastAdministrator, RoleTaken
from services.identity.models import (
    Account,
    AccountRequest,
    AdministratorGrant,
    RequestKind,
    RequestState,
)
from services.identity.roles import Administrator, AdministratorRole
from services.people.models import Person

MAX_NAME = 40
MAX_NUMBER = 32
MAX_SIGN_ON_NAME = 128
MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class AskForRole:
    """Make somebody an administrator under a new login; `number` is the staff number."""

    role: AdministratorRole
    login: str
    name: str
    number: str
    reason: str


@dataclass(frozen=True, slots=True)
class AskForAccount:
    """Give a person an account."""

    person_id: int
    login: str
    reason: str


@dataclass(frozen=True, slots=True)
class AskAboutAccount:
    """Do one of the other `RequestKind` to an account; `sign_on_name` for `SET_SIGN_ON` only."""

    kind: RequestKind
    account_id: int
    reason: str
    sign_on_name: str = ""


Asking = AskForRole | AskForAccount | AskAboutAccount


def ask(app: Application, administrator: Administrator, asking: Asking) -> int:
    """Put a request before the other kind of administrator; return its id.

    Raises `Forbidden` for the wrong kind of administrator, `NotFound`, `Invalid` with errors by
    field, `RoleTaken`, `LastAdministrator`, and `Conflict` when the same is asked already.
    """
    reason = asking.reason.strip()
    if not 0 < len(reason) <= MAX_REASON:
        raise Invalid(errors={"reason": f"请写明事由，不超过{MAX_REASON}个字符。"})
    with app.database.write() as session:
        row = _drafted(session, asking)
        require_role(administrator, PARTIES[row.role].asks)
        _require_new(session, row)
        row.state = RequestState.OPEN
        row.reason = reason
        row.asked_by = administrator.id
        row.asked_at = app.clock.now()
        row.note = ""
        session.add(row)
        session.flush()
        book(
            session,
            app,
            AuditKind.REQUEST_ASKED,
            Doer.administrator(administrator),
            concerned=row.login,
            details={"事项": KIND_NAMES[row.kind], "编号": str(row.id), "事由": reason},
        )
        return row.id


def require_number_free(session: Session, number: str) -> None:
    """Raise `RoleTaken` when the staff number belongs to an administrator in office."""
    held = select(AdministratorGrant.id).where(
        AdministratorGrant.number == number, AdministratorGrant.revoked_at.is_(None)
    )
    if session.scalar(held) is not None:
        raise RoleTaken


def require_not_last(session: Session, grant: AdministratorGrant) -> None:
    """Raise `LastAdministrator` when no other of the kind is in office."""
    others = select(AdministratorGrant.id).where(
        AdministratorGrant.role == grant.role,
        AdministratorGrant.revoked_at.is_(None),
        AdministratorGrant.id != grant.id,
    )
    if session.scalars(others.limit(1)).first() is None:
        raise LastAdministrator


def checked_holder(name: str, number: str) -> tuple[str, str]:
    """Return name and staff number without outer spaces; raises `Invalid`."""
    name, number = name.strip(), number.strip()
    errors = {}
    if not 0 < len(name) <= MAX_NAME:
        errors["name"] = f"姓名应为1至{MAX_NAME}个字符。"
    if not 0 < len(number) <= MAX_NUMBER:
        errors["number"] = f"工号应为1至{MAX_NUMBER}个字符。"
    if errors:
        raise Invalid(errors=errors)
    return name, number


def _drafted(session: Session, asking: Asking) -> AccountRequest:
    match asking:
        case AskForRole():
            name, number = checked_holder(asking.name, asking.number)
            require_number_free(session, number)
            login = require_free_login(session, asking.login)
            return AccountRequest(
                kind=RequestKind.GRANT_ROLE,
                role=asking.role,
                login=login,
                name=name,
                number=number,
                sign_on_name="",
            )
        case AskForAccount():
            person = require_no_account(session, asking.person_id)
            login = require_free_login(session, asking.login)
            return AccountRequest(
                kind=RequestKind.OPEN_ACCOUNT,
                person_id=person.id,
                login=login,
                name=person.name,
                number="",
                sign_on_name="",
            )
        case AskAboutAccount():
            return _drafted_about(session, asking)


def _drafted_about(session: Session, asking: AskAboutAccount) -> AccountRequest:
    account = session.get(Account, asking.account_id)
    if account is None or asking.kind in {RequestKind.GRANT_ROLE, RequestKind.OPEN_ACCOUNT}:
        raise NotFound
    grant = grant_of(session, account.id)
    if asking.kind is RequestKind.REVOKE_ROLE:
        if grant is None or grant.revoked_at is not None:
            raise NotFound
        require_not_last(session, grant)
    elif grant is not None and grant.revoked_at is not None:
        raise Conflict("该管理员身份已撤销，账号不再使用。", "需要的，请重新申请设立管理员。")
    sign_on_name = asking.sign_on_name.strip()
    if asking.kind is RequestKind.SET_SIGN_ON:
        require_free_sign_on_name(session, sign_on_name, account.id)
    person = session.get(Person, account.person_id) if account.person_id else None
    return AccountRequest(
        kind=asking.kind,
        account_id=account.id,
        person_id=account.person_id,
        role=grant.role if grant else None,
        login=account.login,
        name=grant.name if grant else person.name if person else "",
        number=grant.number if grant else "",
        sign_on_name=sign_on_name,
    )


def require_free_sign_on_name(session: Session, name: str, account_id: int) -> None:
    """Raise `Invalid` for a name that is too long or belongs to another account; empty removes."""
    if len(name) > MAX_SIGN_ON_NAME:
        raise Invalid(errors={"sign_on_name": f"标识最多{MAX_SIGN_ON_NAME}个字符。"})
    taken = select(Account.id).where(Account.sign_on_name == name, Account.id != account_id)
    if name and session.scalar(taken) is not None:
        raise Invalid(errors={"sign_on_name": "该标识已属于另一个账号。"})


def _require_new(session: Session, row: AccountRequest) -> None:
    same = select(AccountRequest.id).where(
        AccountRequest.kind == row.kind,
        AccountRequest.login == row.login,
        AccountRequest.state == RequestState.OPEN,
    )
    if session.scalars(same.limit(1)).first() is not None:
        raise Conflict("同一事项已有申请等待确认。", "请等待确认，或者先撤回原来的申请。")
