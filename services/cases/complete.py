"""Completing a user task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine import runtime
from engine.values import dump_values
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.acts import Act, ActRequest, chosen_outcome
from services.cases.completed import completed_view
from services.cases.held import hold_back
from services.cases.views import Completed
from services.cases.write_path import Deed, LockedCase, hold
from services.documents.commands import attach
from services.errors import Conflict
from services.identity.actor import Actor
from services.tasks.identities import in_fitting_identity
from services.tasks.models import TaskState, UserTask
from services.tasks.preconditions import own_task_in_hand
from services.tasks.sub_tasks import require_free


@dataclass(frozen=True, slots=True)
class CompleteTask:
    """Complete a task with the chosen outcome.

    `data` is the form as submitted, `sent` the same as a browser sent it, by the names of fields;
    one of the two.  `late_reason` is needed when the act is past its limit; `revision` is the
    case's revision the person saw, None to skip the check.
    """

    task_id: str
    outcome: str = ""
    opinion: str = ""
    late_reason: str = ""
    data: Mapping[str, object] | None = None
    revision: int | None = None
    sent: Mapping[str, Sequence[str]] | None = None


def complete_task(app: Application, actor: Actor, command: CompleteTask) -> Completed:
    """Complete a task and run the case to its next quiet point.

    While signers are asked to confirm it, the act is checked and kept until they have.
    """
    with app.database.write() as session:
        hand, actor = own_task_in_hand(session, actor, command.task_id)
        task = hand.task
        actor = in_fitting_identity(session, actor, task)
        signers = () if hand.is_free else require_free(session, task)
        case = hold(app, session, hand.instance)
        if command.revision is not None and command.revision != case.instance.revision:
            raise Conflict(
                "您填写期间办件已有变化，操作没有生效。",
                "您填写的内容已保留，请核对最新情况后重新提交。",
            )
        act = checked(case, task, command)
        form = case.procedure.form_of(task.element_id)
        limit_mb = int(app.settings.max_case_mb)
        attach(session, act.values, form, case.instance.id, task.id, limit_mb)
        if not hold_back(
            case,
            task,
            actor,
            act,
            signers,
            outcome=_outcome(case, task, command),
            opinion=command.opinion.strip(),
            late_reason=command.late_reason.strip(),
        ):
            carry_out(case, task, actor, command, act, has_drafts=hand.has_drafts)
        return completed_view(case, actor, act.warnings, task.name)


def checked(case: LockedCase, task: UserTask, command: CompleteTask) -> Act:
    """Check the act against form and rules; see `services.cases.acts.accept` for what is raised."""
    outcome = _outcome(case, task, command)
    form = case.procedure.form_of(task.element_id)
    return case.accept(
        ActRequest(
            element_id=task.element_id,
            form=form,
            raw=form.sent(command.sent) if command.sent is not None else command.data or {},
            outcome=outcome,
            opinion=command.opinion,
            late_reason=command.late_reason,
            not_before=task.not_before,
        ),
        task.id,
    )


def carry_out(
    case: LockedCase,
    task: UserTask,
    actor: Actor,
    command: CompleteTask,
    act: Act,
    *,
    has_drafts: bool | None = None,
) -> None:
    """Let a checked act take effect, in the transaction of the caller.

    `has_drafts` tells whether the task leaves drafts and nothing else, None if that is not known.
    """
    advance = case.apply(runtime.complete, task.id, act.changes)
    complete_row(task, actor, act, case.now)
    task.outcome = _outcome(case, task, command)
    task.opinion = command.opinion.strip()
    case.session.flush()
    case.settle(
        advance,
        Deed(
            kind=EntryKind.TASK_COMPLETED,
            acted_on=act.acted_on,
            opens_from=act.acted_on,
            actor=actor,
            element_id=task.element_id,
            task_id=task.id,
            has_drafts=has_drafts,
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


def _outcome(case: LockedCase, task: UserTask, command: CompleteTask) -> str:
    """Return the chosen outcome's id, empty where the step has none; raises `Invalid`."""
    node = case.procedure.nodes[task.element_id]
    chosen = chosen_outcome(node, command.outcome, command.opinion)
    return chosen.id if chosen is not None else ""


def complete_row(task: UserTask, actor: Actor, act: Act, now: datetime) -> None:
    """Write into the row of a task who completed it, when, and with what."""
    task.state = TaskState.COMPLETED
    task.assignee_id = actor.principal_id
    task.completed_by = actor.person_id
    task.on_behalf_of = actor.acting_principal_id
    task.completed_at = now
    task.acted_on = act.acted_on
    task.data = dump_values(act.values)
