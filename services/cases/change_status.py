"""Stopping a case for a while (挂起, 恢复办理) or for good (终止, 作废).

Time limits are legal ones and go on counting while a case is suspended; timers that become due
meanwhile fire once it goes on.  A voided case keeps its number; what was done in a terminated one
stays valid and on record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine import lifecycle
from engine.model import Advance
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.completed import completed_view
from services.cases.intervene import Intervene, intervening, tell
from services.cases.intervention import Intervention
from services.cases.views import Completed
from services.cases.write_path import Deed
from services.identity.actor import Actor
from services.tasks.staffing_job import review_soon

_CHANGES: Mapping[Intervention, tuple[Callable[..., Advance], EntryKind]] = {
    Intervention.SUSPEND: (lifecycle.suspend, EntryKind.CASE_SUSPENDED),
    Intervention.RESUME: (lifecycle.resume, EntryKind.CASE_RESUMED),
    Intervention.TERMINATE: (lifecycle.terminate, EntryKind.CASE_TERMINATED),
    Intervention.VOID: (lifecycle.void, EntryKind.CASE_VOIDED),
}


def change_status(
    app: Application, actor: Actor, intervention: Intervention, command: Intervene
) -> Completed:
    """Suspend, resume, terminate or void a case; raises KeyError for other interventions."""
    engine_command, kind = _CHANGES[intervention]
    with intervening(app, actor, intervention, command) as (case, acting):
        tell(case, acting, intervention, command.reason.strip())
        case.settle(
            case.apply(engine_command),
            Deed(
                kind=kind,
                acted_on=case.today,
                opens_from=None,
                actor=acting,
                details={"reason": command.reason.strip()},
            ),
        )
        if intervention is Intervention.RESUME:  # who may do what was not looked at meanwhile
            review_soon(case.session, case.now)
        return completed_view(case, acting)
