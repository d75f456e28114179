"""Firing the due timers of a case; a timer reminds and escalates, it never decides."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine import runtime
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.write_path import Deed, lock


def fire_timers(app: Application, session: Session, case_id: int) -> None:
    """Fire everything due in one case, inside the caller's transaction."""
    case = lock(app, session, case_id)
    due = case.instance.next_due_at
    if not case.instance.status.is_running or due is None or due > case.now:
        return
    case.settle(
        case.apply(runtime.fire_timers),
        Deed(
            kind=EntryKind.TIMER_FIRED,
            acted_on=case.today,
            opens_from=case.latest_act_on(),
            details={"due_at": due.isoformat()},
        ),
    )
