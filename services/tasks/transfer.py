"""Handing a task to a colleague for good (转办)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete

from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.acts import required_text
from services.identity.actor import Actor
from services.notifications.commands import notify
from services.tasks.colleagues import chosen, require_shareable
from services.tasks.identities import in_fitting_identity
from services.tasks.models import TaskDraft, TaskState, TaskTransfer
from services.tasks.preconditions import task_of_actor
from services.tasks.record import record
from services.tasks.sub_tasks import require_alone


@dataclass(frozen=True, slots=True)
class TransferTask:
    """Hand a task to another holder of a post in its body; `to` is a person's id."""

    task_id: str
    to: int
    reason: str


def transfer_task(app: Application, actor: Actor, command: TransferTask) -> None:
    """Make the receiver the assignee; what the actor had drafted is dropped, limits stay.

    Raises `Invalid`, `Conflict` (claimed by somebody else, or others still asked), `Forbidden`.
    """
    reason = required_text("reason", "转办原因", command.reason)
    with app.database.write() as session:
        task, instance = task_of_actor(session, actor, command.task_id)
        actor = in_fitting_identity(session, actor, task)
        require_shareable(app.procedures.get(session, instance.deployment_id), task)
        require_alone(session, task)
        now = app.clock.now()
        (receiver,) = chosen(session, task, instance, actor, now.date(), (command.to,))
        task.state = TaskState.CLAIMED
        task.assignee_id = receiver.person_id
        session.add(
            TaskTransfer(
                task_id=task.id,
                from_id=actor.person_id,
                to_id=receiver.person_id,
                reason=reason,
                transferred_at=now,
            )
        )
        session.execute(
            delete(TaskDraft).where(
                TaskDraft.task_id == task.id, TaskDraft.person_id == actor.person_id
            )
        )
        record(
            app,
            session,
            instance,
            actor,
            task,
            EntryKind.TASK_TRANSFERRED,
            {"people": [receiver.person_id], "reason": reason},
        )
        notify(
            session,
            (receiver.person_id,),
            instance.id,
            f"转办：{task.name}",
            f"{actor.name}将“{task.name}”（{instance.number}）转由您办理。原因：{reason}",
            now,
        )
