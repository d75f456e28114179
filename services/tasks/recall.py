"""Taking back an act that signers have not confirmed yet (取回提交)."""

from __future__ import annotations

from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.held import reopen
from services.errors import Conflict
from services.identity.actor import Actor
from services.tasks.models import TaskState
from services.tasks.preconditions import open_task
from services.tasks.record import record
from services.tasks.sub_tasks import require_assignee


def recall_submission(app: Application, actor: Actor, task_id: str) -> None:
    """Have the task back with everything as submitted; answers already given stay.

    Raises `TaskNotOpen` once the act has taken effect, `Forbidden` for anybody but the assignee.
    """
    with app.database.write() as session:
        task, instance = open_task(session, actor, task_id)
        require_assignee(actor, task)
        if task.state is not TaskState.SUBMITTED:
            raise Conflict("该事项没有待加签的提交。", "请刷新页面，查看最新情况。")
        reopen(session, task, app.clock.now())
        record(app, session, instance, actor, task, EntryKind.SUBMISSION_RECALLED)
