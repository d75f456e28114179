"""Asking colleagues to sign a task: before, beside or after its assignee (加签)."""

from __future__ import annotations

from dataclasses import dataclass

from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.acts import check_text
from services.errors import Invalid
from services.identity.actor import Actor
from services.notifications.commands import notify
from services.tasks.colleagues import chosen, require_shareable
from services.tasks.identities import in_fitting_identity
from services.tasks.models import SubTask, SubTaskKind, SubTaskState, TaskState
from services.tasks.names import KIND_NAMES
from services.tasks.preconditions import task_of_actor
from services.tasks.record import record
from services.tasks.sub_tasks import require_free, unanswered

MAX_SIGNERS = 20


@dataclass(frozen=True, slots=True)
class AddSigners:
    """Ask people (ids) to sign a task; `kind` is one of the three ways of signing."""

    task_id: str
    kind: SubTaskKind
    people: tuple[int, ...]
    request: str = ""


def add_signers(app: Application, actor: Actor, command: AddSigners) -> None:
    """Ask the signers; a candidate becomes the assignee.

    前加签 holds up the assignee; 并行加签 and 后加签 hold up what follows, the latter being asked
    only once the assignee has submitted.  Raises `Invalid`, `Conflict`, `Forbidden`.
    """
    check_text("request", "加签说明", command.request)
    if command.kind is SubTaskKind.DELEGATION:
        raise Invalid("请选择加签方式。", errors={"kind": "请选择加签方式。"})
    with app.database.write() as session:
        task, instance = task_of_actor(session, actor, command.task_id)
        actor = in_fitting_identity(session, actor, task)
        require_shareable(app.procedures.get(session, instance.deployment_id), task)
        already = unanswered(session, task.id)
        is_delegated = any(row.kind is SubTaskKind.DELEGATION for row in already)
        if is_delegated or task.state is TaskState.SUBMITTED:
            require_free(session, task)
        now = app.clock.now()
        signers = chosen(session, task, instance, actor, now.date(), command.people)
        asked = {row.person_id for row in already}
        twice = "、".join(s.name for s in signers if s.person_id in asked)
        if twice:
            message = f"{twice}已在加签或者受委派，尚未答复，不能重复选择。"
            raise Invalid(message, errors={"people": message})
        if len(already) + len(signers) > MAX_SIGNERS:
            message = f"一个事项同时加签不能超过{MAX_SIGNERS}人。"
            raise Invalid(message, errors={"people": message})
        task.state = TaskState.CLAIMED
        task.assignee_id = actor.person_id
        is_later = command.kind is SubTaskKind.SIGN_AFTER
        session.add_all(
            SubTask(
                parent_id=task.id,
                kind=command.kind,
                state=SubTaskState.WAITING if is_later else SubTaskState.OPEN,
                person_id=signer.person_id,
                requested_by=actor.person_id,
                request=command.request.strip(),
                created_at=now,
            )
            for signer in signers
        )
        record(
            app,
            session,
            instance,
            actor,
            task,
            EntryKind.SIGNERS_ADDED,
            {
                "people": [signer.person_id for signer in signers],
                "kind": str(command.kind),
                "request": command.request.strip(),
            },
        )
        if not is_later:
            notify(
                session,
                [signer.person_id for signer in signers],
                instance.id,
                f"{KIND_NAMES[command.kind]}：{task.name}",
                f"{actor.name}请您对“{task.name}”（{instance.number}）加签。",
                now,
            )
