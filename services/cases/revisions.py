"""The revision of a case: what somebody saw, and whether it is still so."""

from __future__ import annotations

from services.bootstrap import Application
from services.cases.access import visible_instance
from services.errors import NotFound, ServiceError
from services.identity.actor import Actor
from services.processes.models import ProcessInstance
from services.tasks.models import UserTask


class RevisionOutdated(ServiceError):  # noqa: N818 - the state is the name of the error
    """The case has moved on since the caller looked."""

    code = "revision-outdated"
    message = "办件在您查看之后已有变化，操作没有生效。"
    remedy = "请重新读取办件，核对最新情况后再决定是否需要继续。"


def case_of_task(app: Application, actor: Actor, task_id: str) -> int:
    """Return the case a task belongs to; `NotFound` when it is not the actor's to see."""
    with app.database.read() as session:
        task = session.get(UserTask, task_id)
        if task is None:
            raise NotFound
        return visible_instance(session, actor, task.instance_id).id


def revision_of(app: Application, actor: Actor, case_id: int) -> int:
    """Return the revision of a case; `NotFound` when it is not the actor's to see."""
    with app.database.read() as session:
        return visible_instance(session, actor, case_id).revision


def require_revision(app: Application, actor: Actor, case_id: int, revision: int) -> None:
    """Raise `RevisionOutdated` unless the case stands at the revision.

    Inside a transaction of the caller the case is locked, so that it stays there.
    """
    with app.database.write() as session:
        visible_instance(session, actor, case_id)
        instance = session.get_one(
            ProcessInstance, case_id, with_for_update=True, populate_existing=True
        )
        if instance.revision != revision:
            raise RevisionOutdated
