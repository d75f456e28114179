"""Proposing a body without a superior, and confirming, denying or withdrawing that.

The system administrator proposes, the security administrator decides: neither could do it alone,
and neither acts in a procedure.  Bodies below a root are founded by those who keep its register.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.audit.books import AuditEntry, record
from services.audit.models import AuditKind, Book, SubjectKind
from services.basis import Basis
from services.bootstrap import Application
from services.errors import Conflict, Forbidden, Invalid, NotFound
from services.founding.models import RootProposal
from services.identity.ask import MAX_REASON
from services.identity.consent import require_role
from services.identity.models import RequestState
from services.identity.roles import Administrator, AdministratorRole
from services.organizations.commands import NewOrganization, checked_words, establish
from services.organizations.models import Level, Organization, OrganizationKind
from services.organizations.rules import require_place

PROPOSES, DECIDES = AdministratorRole.SYSTEM, AdministratorRole.SECURITY
_EVENTS: Mapping[RequestState, AuditKind] = {
    RequestState.OPEN: AuditKind.REQUEST_ASKED,
    RequestState.CONFIRMED: AuditKind.REQUEST_CONFIRMED,
    RequestState.DENIED: AuditKind.REQUEST_DENIED,
    RequestState.WITHDRAWN: AuditKind.REQUEST_WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class ProposeRoot:
    """Propose a body; `basis` is the act that founded it."""

    code: str
    name: str
    short_name: str
    kind: OrganizationKind
    level: Level
    basis: Basis
    reason: str


def propose_root(app: Application, administrator: Administrator, command: ProposeRoot) -> int:
    """Put a proposal before the security administrator; returns its id.

    Raises `Forbidden` for other administrators, `Invalid` with errors by field, and `Conflict` when
    a body of this code is proposed already.
    """
    require_role(administrator, PROPOSES)
    reason = _words(command.reason, "reason", "事由")
    basis = command.basis.checked(app.clock.now().date())
    code, name, short_name = checked_words(command.code, command.name, command.short_name)
    require_place(command.kind, command.level, None)
    with app.database.write() as session:
        if session.scalar(select(Organization.id).where(Organization.code == code)) is not None:
            raise Invalid(errors={"code": f"组织代码“{code}”已被使用。"})
        same = select(RootProposal.id).where(
            RootProposal.code == code, RootProposal.state == RequestState.OPEN
        )
        if session.scalars(same.limit(1)).first() is not None:
            raise Conflict("该组织代码已有申请等待确认。", "请等待确认，或者先撤回原来的申请。")
        row = RootProposal(
            code=code,
            name=name,
            short_name=short_name,
            kind=command.kind,
            level=command.level,
            established_on=basis.acted_on,
            document_number=basis.document_number,
            reason=reason,
            state=RequestState.OPEN,
            asked_by=administrator.id,
            asked_at=app.clock.now(),
        )
        session.add(row)
        session.flush()
        _note(app, session, row, administrator, {"reason": reason})
        return row.id


def confirm_root(app: Application, administrator: Administrator, proposal_id: int) -> int:
    """Found the body; returns its id.

    Raises `Forbidden`, `NotFound`, `Conflict`, and `Invalid` when it is impossible by now.
    """
    with app.database.write() as session:
        row = _to_decide(session, administrator, proposal_id)
        body = establish(
            session,
            NewOrganization(
                row.code,
                row.name,
                row.short_name,
                row.kind,
                row.level,
                established_on=row.established_on,
                document_number=row.document_number,
            ),
        )
        row.organization_id = body.id
        _close(app, session, row, RequestState.CONFIRMED, administrator)
        _record(
            app,
            session,
            AuditKind.ORGANIZATION_ESTABLISHED,
            body.id,
            administrator,
            Basis(row.established_on, row.document_number),
            {"words": f"“{body.name}”成立，没有上级组织。"},
        )
        return body.id


def deny_root(app: Application, administrator: Administrator, proposal_id: int, note: str) -> None:
    """Refuse a proposal; raises `Forbidden`, `NotFound`, `Conflict`, `Invalid` without reason."""
    note = _words(note, "note", "不同意的理由")
    with app.database.write() as session:
        row = _to_decide(session, administrator, proposal_id)
        row.note = note
        _close(app, session, row, RequestState.DENIED, administrator)


def withdraw_root(app: Application, administrator: Administrator, proposal_id: int) -> None:
    """Take back one's own proposal; raises `Forbidden`, `NotFound`, `Conflict`."""
    with app.database.write() as session:
        row = _open(session, proposal_id)
        if row.asked_by != administrator.id:
            raise Forbidden("只有申请人可以撤回申请。", "不同意的，请选择“不同意”。")
        _close(app, session, row, RequestState.WITHDRAWN, administrator)


def _words(text: str, field: str, label: str) -> str:
    text = text.strip()
    if not 0 < len(text) <= MAX_REASON:
        raise Invalid(errors={field: f"请写明{label}，不超过{MAX_REASON}个字符。"})
    return text


def _open(session: Session, proposal_id: int) -> RootProposal:
    row = session.get(RootProposal, proposal_id, with_for_update=True)
    if row is None:
        raise NotFound
    if row.state is not RequestState.OPEN:
        raise Conflict("该申请已经处理，您的操作没有生效。", "请刷新页面查看处理结果。")
    return row


def _to_decide(session: Session, administrator: Administrator, proposal_id: int) -> RootProposal:
    row = _open(session, proposal_id)
    require_role(administrator, DECIDES)
    return row


def _close(
    app: Application,
    session: Session,
    row: RootProposal,
    state: RequestState,
    administrator: Administrator,
) -> None:
    row.state = state
    row.decided_at = app.clock.now()
    if state is not RequestState.WITHDRAWN:
        row.decided_by = administrator.id
    _note(app, session, row, administrator, {"reason": row.note} if row.note else {})


def _note(
    app: Application,
    session: Session,
    row: RootProposal,
    administrator: Administrator,
    data: Mapping[str, str],
) -> None:
    basis = Basis(app.clock.now().date(), row.document_number)
    words = {"words": f"设立顶层组织“{row.name}”", "proposal": str(row.id), **data}
    _record(app, session, _EVENTS[row.state], row.code, administrator, basis, words)


def _record(
    app: Application,
    session: Session,
    kind: AuditKind,
    subject: int | str,
    administrator: Administrator,
    basis: Basis,
    data: Mapping[str, str],
) -> None:
    record(
        session,
        AuditEntry(
            book=Book.ORGANIZATIONS,
            kind=kind,
            entered_at=app.clock.now(),
            subject_kind=SubjectKind.ORGANIZATION,
            subject_id=subject,
            capacity=f"{administrator.title} {administrator.name}",
            acted_on=basis.acted_on,
            data={**data, "document_number": basis.document_number},
        ),
    )
