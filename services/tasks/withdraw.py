"""Taking back what somebody was asked to do on a task: 撤销委派 and 减签."""

from __future__ import annotations

from dataclasses import dataclass

from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.acts import required_text
from services.cases.confirm import confirm_if_due
from services.identity.actor import Actor
from services.notifications.commands import notify
from services.tasks.models import SubTaskKind, SubTaskState
from services.tasks.names import KIND_NAMES
from services.tasks.record import record
from services.tasks.sub_tasks import open_sub_task, require_assignee


@dataclass(frozen=True, slots=True)
class WithdrawSubTask:
    """Withdraw an unanswered delegation or signature, with a reason."""

    sub_task_id: int
    reason: str


def withdraw_sub_task(app: Application, actor: Actor, command: WithdrawSubTask) -> None:
    """Ask the person no more; only the assignee may, and only before the answer.

    When nobody is left to confirm an act that was submitted, it takes effect.
    """
    reason = required_text("reason", "原因", command.reason)
    with app.database.write() as session:
        row, task, instance = open_sub_task(session, actor, command.sub_task_id)
        require_assignee(actor, task)
        now = app.clock.now()
        was_asked = row.state is SubTaskState.OPEN
        row.state = SubTaskState.WITHDRAWN
        row.ended_at = now
        is_delegation = row.kind is SubTaskKind.DELEGATION
        record(
            app,
            session,
            instance,
            actor,
            task,
            EntryKind.DELEGATION_WITHDRAWN if is_delegation else EntryKind.SIGNER_REMOVED,
            {"people": [row.person_id], "kind": str(row.kind), "reason": reason},
        )
        if was_asked:
            notify(
                session,
                (row.person_id,),
                instance.id,
                f"撤销{KIND_NAMES[row.kind]}：{task.name}",
                f"{actor.name}已撤销对您的{KIND_NAMES[row.kind]}，您不必再办。原因：{reason}",
                now,
            )
        session.flush()
        confirm_if_due(app, session, task, instance)
