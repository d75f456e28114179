"""What follows a command: shown at once, from the same transaction."""

from __future__ import annotations

from sqlalchemy import select

from services.cases.steps import open_steps
from services.cases.views import Completed
from services.cases.write_path import LockedCase
from services.identity.actor import Actor
from services.processes.models import ProcessInstance
from services.tasks.candidates import is_candidate
from services.tasks.models import OPEN_STATES, TaskState, UserTask
from services.tasks.sub_tasks import waits_for_others


def completed_view(case: LockedCase, actor: Actor, warnings: tuple[str, ...] = ()) -> Completed:
    """Describe where the case is now and what the actor has to do next."""
    steps = open_steps(case.session, case.instance, case.procedure, actor, case.now)
    mine = next((s.task_id for s in steps if s.is_mine), None)
    if mine is None:
        mine = case.session.scalars(
            select(UserTask.id)
            .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
            .where(
                UserTask.state.in_(OPEN_STATES),
                ~waits_for_others(),
                (UserTask.assignee_id == actor.person_id)
                | ((UserTask.state == TaskState.CREATED) & is_candidate(actor)),
            )
            .order_by(UserTask.due_on.is_(None), UserTask.due_on, UserTask.created_at)
        ).first()
    return Completed(
        case_id=case.instance.id,
        status=case.instance.status,
        outcome_name=case.procedure.outcomes.get(case.instance.outcome, ""),
        next_steps=steps,
        next_task_id=mine,
        warnings=warnings,
        incidents=case.failed_steps,
    )
