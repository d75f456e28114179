"""Reading periods and disposal lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from services.bootstrap import Application
from services.clock import SHANGHAI
from services.errors import Forbidden
from services.identity.models import AdministratorGrant, RequestState
from services.identity.roles import Administrator
from services.retention.commands import DECIDES, PROPOSES
from services.retention.models import DisposalProposal, RecordKind
from services.retention.periods import PERIODS, cut_off

RECENT = 50
Asking, Deciding = aliased(AdministratorGrant), aliased(AdministratorGrant)


@dataclass(frozen=True, slots=True)
class PeriodView:
    """How long a kind is kept, and how many records are past that."""

    kind: RecordKind
    name: str
    days: int
    source: str
    is_verified: bool
    past: int


@dataclass(frozen=True, slots=True)
class DisposalView:
    """A list: what is on it, who asked and decided, what the reader may do; Asia/Shanghai."""

    id: int
    name: str
    before: datetime
    count: int
    digest: str
    reason: str
    state: RequestState
    asked_by: str
    asked_at: datetime
    decided_by: str
    decided_at: datetime | None
    note: str
    may_decide: bool
    may_withdraw: bool


def periods(app: Application, administrator: Administrator) -> tuple[PeriodView, ...]:
    """Return the periods in force; raises `Forbidden` for the security administrator."""
    _require_party(administrator)
    with app.database.read() as session:
        return tuple(
            PeriodView(
                kind,
                period.name,
                period.days(app),
                period.source,
                period.is_verified,
                session.scalar(
                    select(func.count(period.id)).where(period.is_past(cut_off(app, kind)))
                )
                or 0,
            )
            for kind, period in PERIODS.items()
        )


def disposals(app: Application, administrator: Administrator) -> tuple[DisposalView, ...]:
    """Return the lists, open ones first, then the newest; `Forbidden` as for `periods`."""
    _require_party(administrator)
    with app.database.read() as session:
        rows = session.execute(
            select(DisposalProposal, Asking.name, func.coalesce(Deciding.name, ""))
            .join(Asking, Asking.id == DisposalProposal.asked_by)
            .outerjoin(Deciding, Deciding.id == DisposalProposal.decided_by)
            .order_by(DisposalProposal.state != RequestState.OPEN, DisposalProposal.id.desc())
            .limit(RECENT)
        )
        return tuple(
            DisposalView(
                id=row.id,
                name=PERIODS[row.kind].name,
                before=row.before.astimezone(SHANGHAI),
                count=row.count,
                digest=row.digest,
                reason=row.reason,
                state=row.state,
                asked_by=asked_by,
                asked_at=row.asked_at.astimezone(SHANGHAI),
                decided_by=decided_by,
                decided_at=row.decided_at.astimezone(SHANGHAI) if row.decided_at else None,
                note=row.note,
                may_decide=row.state is RequestState.OPEN and administrator.role is DECIDES,
                may_withdraw=row.state is RequestState.OPEN and row.asked_by == administrator.id,
            )
            for row, asked_by, decided_by in rows
        )


def _require_party(administrator: Administrator) -> None:
    if administrator.role not in {PROPOSES, DECIDES}:
        raise Forbidden("销毁记录由系统管理员提出、审计管理员确认。")
