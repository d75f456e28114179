"""Letting a colleague prepare a task that stays one's own (委派; WS-HumanTask: delegate)."""

from __future__ import annotations

from dataclasses import dataclass

from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.acts import check_text
from services.identity.actor import Actor
from services.notifications.commands import notify
from services.tasks.colleagues import chosen, require_shareable
from services.tasks.identities import in_fitting_identity
from services.tasks.models import SubTask, SubTaskKind, SubTaskState, TaskState
from services.tasks.preconditions import task_of_actor
from services.tasks.record import record
from services.tasks.sub_tasks import require_free


@dataclass(frozen=True, slots=True)
class DelegateTask:
    """Let another holder of a post in the task's body work on it; `to` is a person's id."""

    task_id: str
    to: int
    request: str = ""


def delegate_task(app: Application, actor: Actor, command: DelegateTask) -> None:
    """Ask the delegate; the task waits for the answer and then comes back to the actor.

    A candidate becomes the assignee.  Raises `Invalid`, `Conflict`, `Forbidden`.
    """
    check_text("request", "委派说明", command.request)
    with app.database.write() as session:
        task, instance = task_of_actor(session, actor, command.task_id)
        actor = in_fitting_identity(session, actor, task)
        require_shareable(app.procedures.get(session, instance.deployment_id), task)
        require_free(session, task)
        now = app.clock.now()
        (delegate,) = chosen(session, task, instance, actor, now.date(), (command.to,))
        task.state = TaskState.CLAIMED
        task.assignee_id = actor.person_id
        session.add(
            SubTask(
                parent_id=task.id,
                kind=SubTaskKind.DELEGATION,
                state=SubTaskState.OPEN,
                person_id=delegate.person_id,
                requested_by=actor.person_id,
                request=command.request.strip(),
                created_at=now,
            )
        )
        record(
            app,
            session,
            instance,
            actor,
            task,
            EntryKind.TASK_DELEGATED,
            {"people": [delegate.person_id], "request": command.request.strip()},
        )
        notify(
            session,
            (delegate.person_id,),
            instance.id,
            f"委派：{task.name}",
            f"{actor.name}委派您办理“{task.name}”（{instance.number}），"
            "请填写办理情况后交回，由委派人办结。",
            now,
        )
