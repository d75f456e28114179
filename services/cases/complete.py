"""Completing a user task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from engine import runtime
from engine.values import dump_values
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.acts import Act, ActRequest, chosen_outcome
from services.cases.completed import completed_view
from services.cases.views import Completed
from services.cases.write_path import Deed, hold
from services.documents.commands import attach
from services.errors import Conflict
from services.identity.actor import Actor
from services.tasks.models import TaskState, UserTask
from services.tasks.preconditions import task_of_actor


@dataclass(frozen=True, slots=True)
class CompleteTask:
    """Complete a task with the chosen outcome.

    `data` is the form as submitted; `late_reason` is needed when the act is past its limit;
    `revision` is the case's revision the person saw, None to skip the check.
    """

    task_id: str
    outcome: str = ""
    opinion: str = ""
    late_reason: str = ""
    data: Mapping[str, object] | None = None
    revision: int | None = None


def complete_task(app: Application, actor: Actor, command: CompleteTask) -> Completed:
    """Complete a task and run the case to its next quiet point."""
    with app.database.write() as session:
        task, instance = task_of_actor(session, actor, command.task_id)
        case = hold(app, session, instance)
        if command.revision is not None and command.revision != case.instance.revision:
            raise Conflict(
                "您填写期间办件已有变化，操作没有生效。",
                "您填写的内容已保留，请核对最新情况后重新提交。",
            )
        node = case.procedure.nodes[task.element_id]
        outcome = chosen_outcome(node, command.outcome, command.opinion)
        form = case.procedure.form_of(node.id)
        act = case.accept(
            ActRequest(
                element_id=node.id,
                form=form,
                raw=command.data or {},
                outcome=command.outcome if outcome else "",
                opinion=command.opinion,
                late_reason=command.late_reason,
                not_before=task.not_before,
            ),
            task.id,
        )
        advance = case.apply(runtime.complete, task.id, act.changes)
        complete_row(task, actor, act, case.now)
        task.outcome = command.outcome if outcome else ""
        task.opinion = command.opinion.strip()
        session.flush()
        attach(session, act.values, form, case.instance.id, task.id)
        case.settle(
            advance,
            Deed(
                kind=EntryKind.TASK_COMPLETED,
                acted_on=act.acted_on,
                opens_from=act.acted_on,
                actor=actor,
                element_id=node.id,
                task_id=task.id,
                values=act.values,
                details={
                    "outcome": task.outcome,
                    "opinion": task.opinion,
                    "rule_version": act.rule_version,
                    "late_reason": command.late_reason.strip(),
                    "warnings": list(act.warnings),
                },
            ),
        )
        return completed_view(case, actor, act.warnings)


def complete_row(task: UserTask, actor: Actor, act: Act, now: datetime) -> None:
    """Write into the row of a task who completed it, when, and with what."""
    task.state = TaskState.COMPLETED
    task.assignee_id = actor.person_id
    task.completed_by = actor.person_id
    task.completed_at = now
    task.acted_on = act.acted_on
    task.data = dump_values(act.values)
