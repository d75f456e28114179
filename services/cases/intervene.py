"""What every intervention begins with: reason, lock, permission, and telling those concerned."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from engine.model import InstanceStatus
from engine.procedure import Procedure
from services.bootstrap import Application
from services.cases.access import visible_instance
from services.cases.acts import check_text
from services.cases.identities import of_lanes
from services.cases.intervention import NAMES, PERMISSIONS, Intervention
from services.cases.lanes import may_operate
from services.cases.steps import open_tasks
from services.cases.write_path import LockedCase, lock
from services.errors import Conflict, Forbidden, Invalid
from services.identity.actor import Actor
from services.notifications.commands import notify
from services.processes.models import ProcessInstance
from services.tasks.identities import in_one_of


@dataclass(frozen=True, slots=True)
class Intervene:
    """What every intervention says; `revision` is the case's revision the person saw."""

    case_id: int
    reason: str
    revision: int | None = None


def allowed(
    session: Session, procedure: Procedure, instance: ProcessInstance, actor: Actor, on: date
) -> tuple[Intervention, ...]:
    """Return the interventions the actor may choose from now."""
    if instance.status.has_ended or not procedure.operations:
        return ()
    return tuple(
        intervention
        for intervention in Intervention
        if _fits(intervention, instance.status)
        and may_operate(session, procedure, instance, PERMISSIONS[intervention], actor, on)
    )


def _fits(intervention: Intervention, status: InstanceStatus) -> bool:
    suspended = status is InstanceStatus.SUSPENDED
    match intervention:
        case Intervention.JUMP | Intervention.SUSPEND:
            return not suspended
        case Intervention.RESUME:
            return suspended
        case Intervention.TERMINATE | Intervention.VOID:
            return True


@contextmanager
def intervening(
    app: Application, actor: Actor, intervention: Intervention, command: Intervene
) -> Iterator[tuple[LockedCase, Actor]]:
    """Lock the case for an intervention; commits when the block ends without an error.

    Yields the case, and the actor in the identity in which they act.  Raises `Invalid` without a
    reason or for an identity that does not fit, `NotFound`, `Forbidden`, and `Conflict` when the
    case has ended, does not fit, or has moved on since the person looked.
    """
    name = NAMES[intervention]
    if not command.reason.strip():
        message = f"请填写{name}的原因。"
        raise Invalid(message, errors={"reason": message})
    check_text("reason", "原因", command.reason)
    with app.database.write() as session:
        visible_instance(session, actor, command.case_id)
        case = lock(app, session, command.case_id)
        operation = PERMISSIONS[intervention]
        if not may_operate(session, case.procedure, case.instance, operation, actor, case.today):
            raise Forbidden
        status = case.instance.status
        if status.has_ended:
            raise Conflict(f"办件已经结束，不能{name}。", "请回到办件页面查看当前状态。")
        if not _fits(intervention, status):
            raise Conflict(f"办件当前不能{name}。", "请回到办件页面查看当前状态。")
        if command.revision is not None and command.revision != case.instance.revision:
            raise Conflict("您查看期间办件已有变化，操作没有生效。", "请核对最新情况后重新提交。")
        lanes = case.procedure.operations[operation]
        fitting = of_lanes(session, case.procedure, case.instance, lanes, actor, case.today)
        yield case, in_one_of(actor, fitting)


def tell(case: LockedCase, actor: Actor, intervention: Intervention, reason: str) -> None:
    """Notify those concerned: whose case it is, who started it, and who had claimed a task.

    To be called while the tasks are as before.
    """
    instance = case.instance
    claimed = [task.assignee_id for task in open_tasks(case.session, instance.id)]
    people = {instance.subject_id, instance.starter_id, *claimed} - {actor.person_id}
    notify(
        case.session,
        sorted(person for person in people if person is not None),
        instance.id,
        f"{case.procedure.title} {instance.number}：{NAMES[intervention]}",
        f"原因：{reason}",
        case.now,
    )
