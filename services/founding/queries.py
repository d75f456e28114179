"""Reading proposals to found a body without a superior."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from services.bootstrap import Application
from services.clock import SHANGHAI
from services.errors import Forbidden
from services.founding.commands import DECIDES, PROPOSES
from services.founding.models import RootProposal
from services.founding.views import ProposalView
from services.identity.models import AdministratorGrant, RequestState
from services.identity.roles import Administrator
from services.organizations.names import KIND_NAMES, LEVEL_NAMES

RECENT = 50
Asking, Deciding = aliased(AdministratorGrant), aliased(AdministratorGrant)


def proposals(app: Application, administrator: Administrator) -> tuple[ProposalView, ...]:
    """Return the proposals, open ones first, then the newest; `Forbidden` for the auditor."""
    if administrator.role not in {PROPOSES, DECIDES}:
        raise Forbidden("设立顶层组织由系统管理员申请、安全管理员确认。")
    with app.database.read() as session:
        rows = session.execute(
            select(RootProposal, Asking.name, func.coalesce(Deciding.name, ""))
            .join(Asking, Asking.id == RootProposal.asked_by)
            .outerjoin(Deciding, Deciding.id == RootProposal.decided_by)
            .order_by(RootProposal.state != RequestState.OPEN, RootProposal.id.desc())
            .limit(RECENT)
        )
        return tuple(
            ProposalView(
                id=row.id,
                code=row.code,
                name=row.name,
                short_name=row.short_name,
                kind_name=KIND_NAMES[row.kind],
                level_name=LEVEL_NAMES[row.level],
                established_on=row.established_on,
                document_number=row.document_number,
                reason=row.reason,
                state=row.state,
                asked_by=asked_by,
                asked_at=row.asked_at.astimezone(SHANGHAI),
                decided_by=decided_by,
                decided_at=row.decided_at.astimezone(SHANGHAI) if row.decided_at else None,
                note=row.note,
                organization_id=row.organization_id,
                may_decide=row.state is RequestState.OPEN and administrator.role is DECIDES,
                may_withdraw=row.state is RequestState.OPEN and row.asked_by == administrator.id,
            )
            for row, asked_by, decided_by in rows
        )
