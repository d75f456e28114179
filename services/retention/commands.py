"""Proposing to dispose of records, and confirming, denying or withdrawing that.

The system administrator proposes, the audit administrator decides; the machine only makes the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.audit.books import AuditEntry, record
from services.audit.models import AuditKind, Book, SubjectKind
from services.bootstrap import Application
from services.errors import Conflict, Forbidden, Invalid, NotFound
from services.identity.ask import MAX_REASON
from services.identity.consent import require_role
from services.identity.models import RequestState
from services.identity.roles import Administrator, AdministratorRole
from services.retention.models import DisposalProposal, RecordKind
from services.retention.periods import PERIODS, cut_off, digest_of, past_ids

PROPOSES, DECIDES = AdministratorRole.SYSTEM, AdministratorRole.AUDIT
_BATCH = 500
_EVENTS: Mapping[RequestState, AuditKind] = {
    RequestState.OPEN: AuditKind.REQUEST_ASKED,
    RequestState.CONFIRMED: AuditKind.RECORDS_DISPOSED,
    RequestState.DENIED: AuditKind.REQUEST_DENIED,
    RequestState.WITHDRAWN: AuditKind.REQUEST_WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class ProposeDisposal:
    """Propose to dispose of all records of a kind that are past their period now."""

    kind: RecordKind
    reason: str


def propose_disposal(
    app: Application, administrator: Administrator, command: ProposeDisposal
) -> int:
    """Make the list and put it before the audit administrator; returns its id.

    Raises `Forbidden` for other administrators, `Invalid` without reason, and `Conflict` when
    nothing is past its period or a list of this kind waits already.
    """
    require_role(administrator, PROPOSES)
    reason = _words(command.reason, "reason", "事由")
    before = cut_off(app, command.kind)
    with app.database.write() as session:
        waiting = select(DisposalProposal.id).where(
            DisposalProposal.kind == command.kind, DisposalProposal.state == RequestState.OPEN
        )
        if session.scalars(waiting.limit(1)).first() is not None:
            raise Conflict("这类记录已有销毁清单等待确认。", "请等待确认，或者先撤回原来的清单。")
        ids = past_ids(session, command.kind, before)
        if not ids:
            raise Conflict("这类记录没有超过保管期限的。", "不需要销毁。")
        row = DisposalProposal(
            kind=command.kind,
            before=before,
            count=len(ids),
            digest=digest_of(ids),
            reason=reason,
            state=RequestState.OPEN,
            asked_by=administrator.id,
            asked_at=app.clock.now(),
        )
        session.add(row)
        session.flush()
        _note(app, session, row, administrator, reason)
        return row.id


def confirm_disposal(app: Application, administrator: Administrator, proposal_id: int) -> int:
    """Delete what is on the list; returns how many records.

    Raises `Forbidden`, `NotFound`, and `Conflict` when the list is no longer what was proposed.
    """
    with app.database.write() as session:
        row = _to_decide(session, administrator, proposal_id)
        ids = past_ids(session, row.kind, row.before)
        if digest_of(ids) != row.digest:
            raise Conflict(
                "清单提出后记录有变化，没有销毁。", "请不同意此清单，由系统管理员重新提出。"
            )
        column = PERIODS[row.kind].id
        for start in range(0, len(ids), _BATCH):
            batch = ids[start : start + _BATCH]
            session.execute(delete(column.class_).where(column.in_(batch)))
        _close(app, session, row, RequestState.CONFIRMED, administrator)
        return len(ids)


def deny_disposal(
    app: Application, administrator: Administrator, proposal_id: int, note: str
) -> None:
    """Refuse a list; raises `Forbidden`, `NotFound`, `Conflict`, `Invalid` without reason."""
    note = _words(note, "note", "不同意的理由")
    with app.database.write() as session:
        row = _to_decide(session, administrator, proposal_id)
        row.note = note
        _close(app, session, row, RequestState.DENIED, administrator)


def withdraw_disposal(app: Application, administrator: Administrator, proposal_id: int) -> None:
    """Take back one's own list; raises `Forbidden`, `NotFound`, `Conflict`."""
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


def _open(session: Session, proposal_id: int) -> DisposalProposal:
    row = session.get(DisposalProposal, proposal_id, with_for_update=True)
    if row is None:
        raise NotFound
    if row.state is not RequestState.OPEN:
        raise Conflict("该申请已经处理，您的操作没有生效。", "请刷新页面查看处理结果。")
    return row


def _to_decide(
    session: Session, administrator: Administrator, proposal_id: int
) -> DisposalProposal:
    row = _open(session, proposal_id)
    require_role(administrator, DECIDES)
    return row


def _close(
    app: Application,
    session: Session,
    row: DisposalProposal,
    state: RequestState,
    administrator: Administrator,
) -> None:
    row.state = state
    row.decided_at = app.clock.now()
    if state is not RequestState.WITHDRAWN:
        row.decided_by = administrator.id
    _note(app, session, row, administrator, row.note)


def _note(
    app: Application,
    session: Session,
    row: DisposalProposal,
    administrator: Administrator,
    reason: str,
) -> None:
    data = {
        "words": f"销毁{PERIODS[row.kind].name}{row.count}条",
        "before": row.before.isoformat(),
        "digest": row.digest,
        "proposal": str(row.id),
    }
    record(
        session,
        AuditEntry(
            book=Book.SETTINGS,
            kind=_EVENTS[row.state],
            entered_at=app.clock.now(),
            subject_kind=SubjectKind.SETTING,
            subject_id=row.kind,
            capacity=f"{administrator.title} {administrator.name}",
            data={**data, "reason": reason} if reason else data,
        ),
    )
