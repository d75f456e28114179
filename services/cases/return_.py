"""Returning a task to an earlier step (退回)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import runtime
from engine.errors import TargetNotAllowed
from engine.model import DirectObstacle, Resubmission
from engine.procedure import Procedure
from services.audit.models import EntryKind, JournalEntry
from services.bootstrap import Application
from services.cases.acts import check_text
from services.cases.completed import completed_view
from services.cases.views import Completed, ReturnTarget
from services.cases.write_path import Deed, LockedCase, hold
from services.errors import Invalid
from services.identity.actor import Actor
from services.processes.models import ProcessInstance
from services.tasks.identities import in_fitting_identity
from services.tasks.models import OPEN_STATES, TaskDraft, TaskState, UserTask
from services.tasks.preconditions import own_task_in_hand

OBSTACLES: Mapping[DirectObstacle | None, str] = {
    DirectObstacle.POLICY: "须重新逐级办理",
    DirectObstacle.INCIDENT: "本环节运行异常，须重新逐级办理",
    DirectObstacle.LOOP: "会签须重新进行，不能直接送回",
    DirectObstacle.SCOPE: "将离开所在的子流程，不能直接送回",
    DirectObstacle.BRANCHES: "同时进行的其他环节将一并收回，不能直接送回",
}


@dataclass(frozen=True, slots=True)
class ReturnTask:
    """Send the case back from a task to an earlier user task, with an opinion.

    `way` says how it comes back from there; None takes the way there is, the whole path if both.
    """

    task_id: str
    target: str
    opinion: str
    way: Resubmission | None = None


def return_task(app: Application, actor: Actor, command: ReturnTask) -> Completed:
    """Return a task; every other open task of the moved tokens is cancelled."""
    if not command.opinion.strip():
        message = "退回时须填写意见。"
        raise Invalid(message, errors={"opinion": message})
    check_text("opinion", "意见", command.opinion)
    with app.database.write() as session:
        hand, actor = own_task_in_hand(session, actor, command.task_id)
        task, instance = hand.task, hand.instance
        actor = in_fitting_identity(session, actor, task)
        case = hold(app, session, instance)
        targets = return_targets(session, instance, case.procedure, task)
        target = next((t for t in targets if t.element_id == command.target), None)
        if target is None:
            raise TargetNotAllowed
        way = command.way or target.ways[0]
        if way not in target.ways:
            message = f"退回到“{target.label}”时{target.obstacle or '须由其直接送回'}。"
            raise TargetNotAllowed(message, "请改选其他环节或者其他方式。")
        advance = case.apply(runtime.return_to, task.id, command.target, {}, way)
        task.state = TaskState.RETURNED
        task.completed_by = actor.person_id
        task.on_behalf_of = actor.acting_principal_id
        task.completed_at = case.now
        task.acted_on = case.today
        task.outcome = "returned"
        task.opinion = command.opinion.strip()
        session.flush()
        case.settle(
            advance,
            Deed(
                kind=EntryKind.TASK_RETURNED,
                acted_on=case.today,
                opens_from=first_act_on(session, case, command.target),
                actor=actor,
                element_id=task.element_id,
                task_id=task.id,
                details={
                    "target": command.target,
                    "opinion": task.opinion,
                    "way": str(way) if way is Resubmission.DIRECT else "",
                },
            ),
        )
        give_back(session, case, command.target)
        return completed_view(case, actor)


def give_back(session: Session, case: LockedCase, element_id: str) -> None:
    """Let whoever did the step find what they wrote, as a draft: nobody types it twice."""
    rows = session.scalars(
        select(UserTask)
        .where(UserTask.instance_id == case.instance.id, UserTask.element_id == element_id)
        .order_by(UserTask.completed_at.desc())
    ).all()
    opened = next((row for row in rows if row.state in OPEN_STATES), None)
    before = next((row for row in rows if row.state is TaskState.COMPLETED), None)
    if opened is None or before is None or before.data is None or before.completed_by is None:
        return
    session.add(
        TaskDraft(
            task_id=opened.id,
            person_id=before.on_behalf_of or before.completed_by,
            data=before.data,
            opinion=before.opinion,
            late_reason="",
            saved_at=case.now,
        )
    )


def return_targets(
    session: Session, instance: ProcessInstance, procedure: Procedure, task: UserTask
) -> tuple[ReturnTarget, ...]:
    """Return the allowed targets, the previous step first; the step that started it is named."""
    return targets_from(session, instance, procedure, task.id, task.element_id)


def targets_from(
    session: Session,
    instance: ProcessInstance,
    procedure: Procedure,
    token_id: str,
    element_id: str,
) -> tuple[ReturnTarget, ...]:
    """Return the allowed targets of a token, an open task or incident, on an element."""
    options = runtime.return_options(procedure.process, instance.state, token_id)
    allowed = {option.element_id: option for option in options}
    if not allowed:
        return ()
    done = session.scalars(
        select(UserTask.element_id)
        .join(JournalEntry, JournalEntry.task_id == UserTask.id)
        .where(
            JournalEntry.instance_id == instance.id,
            JournalEntry.kind.in_((EntryKind.CASE_STARTED, EntryKind.TASK_COMPLETED)),
            UserTask.state == TaskState.COMPLETED,
            UserTask.element_id != element_id,
        )
        .order_by(JournalEntry.sequence.desc())
    ).all()
    found: dict[str, ReturnTarget] = {}
    for target in done:
        if target in allowed and target not in found:
            found[target] = ReturnTarget(
                element_id=target,
                label=procedure.nodes[target].name,
                is_previous=not found,
                is_starter=target == procedure.start.task,
                ways=allowed[target].ways,
                obstacle=OBSTACLES.get(allowed[target].obstacle, ""),
            )
    return tuple(found.values())


def first_act_on(session: Session, case: LockedCase, element_id: str) -> date | None:
    """Return from which date the repeated step may be dated: as it was allowed the first time."""
    return session.scalars(
        select(UserTask.not_before)
        .where(UserTask.instance_id == case.instance.id, UserTask.element_id == element_id)
        .order_by(UserTask.created_at)
    ).first()
