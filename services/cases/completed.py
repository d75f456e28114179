"""What follows a command: shown at once, from the same transaction."""

from __future__ import annotations

from sqlalchemy import ScalarSelect, or_, select

from engine.model import InstanceStatus
from services.cases.steps import describe
from services.cases.views import Completed
from services.cases.write_path import LockedCase
from services.identity.actor import Actor
from services.processes.models import ProcessInstance
from services.tasks.conditions import is_open, may_be_taken_by, waits_for_others
from services.tasks.holdings import holdings
from services.tasks.models import UserTask


def completed_view(
    case: LockedCase, actor: Actor, warnings: tuple[str, ...] = (), step_name: str = ""
) -> Completed:
    """Describe where the case is now and what the actor has to do next, here or elsewhere.

    `step_name` is the step that was completed, if one was.
    """
    found = holdings(
        case.session,
        or_(
            (UserTask.instance_id == case.instance.id) & is_open(),
            UserTask.id == _most_urgent_elsewhere(actor, case.instance.id),
        ),
        case.today,
    )
    here = [holding for holding in found if holding.task.instance_id == case.instance.id]
    elsewhere = [h.task.id for h in found if h.task.instance_id != case.instance.id]
    steps = describe(case.session, case.instance, case.procedure, actor, here, case.today)
    return Completed(
        case_id=case.instance.id,
        step_name=step_name,
        status=case.instance.status,
        outcome_name=case.procedure.outcomes.get(case.instance.outcome, ""),
        next_steps=steps,
        next_task_id=next((s.task_id for s in steps if s.is_mine), next(iter(elsewhere), None)),
        warnings=warnings,
        incidents=case.failed_steps,
    )


def _most_urgent_elsewhere(actor: Actor, case_id: int) -> ScalarSelect[str]:
    """SQL: the task in another case the actor should do first."""
    return (
        select(UserTask.id)
        .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
        .where(
            UserTask.instance_id != case_id,
            ProcessInstance.status != InstanceStatus.SUSPENDED,
            is_open(),
            may_be_taken_by(actor),
            ~waits_for_others(),
        )
        .order_by(UserTask.due_on.is_(None), UserTask.due_on, UserTask.created_at)
        .limit(1)
        .correlate(None)
        .scalar_subquery()
    )
