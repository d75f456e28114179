"""Answering a delegation or a request to sign."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.acts import check_text, required_text
from services.cases.confirm import confirm_if_due
from services.errors import Conflict, Forbidden, Invalid, Recused
from services.identity.actor import Actor
from services.notifications.commands import notify
from services.recusal.rules import why_recused
from services.tasks.identities import in_fitting_identity
from services.tasks.models import SubTask, SubTaskKind, SubTaskState, TaskDraft, UserTask, Verdict
from services.tasks.names import KIND_NAMES
from services.tasks.record import record
from services.tasks.sub_tasks import open_sub_task


@dataclass(frozen=True, slots=True)
class AnswerSubTask:
    """Answer: a delegate says what was done, a signer agrees or disagrees and says why."""

    sub_task_id: int
    opinion: str
    verdict: Verdict | None = None


def answer_sub_task(app: Application, actor: Actor, command: AnswerSubTask) -> None:
    """Record the answer; the task goes on with its assignee, or takes effect if it was the last.

    A disagreement blocks nothing: it is shown to the assignee, who decides.  Raises `Invalid`,
    `Forbidden`, `Conflict`, `NotFound`.
    """
    with app.database.write() as session:
        row, task, instance = open_sub_task(session, actor, command.sub_task_id)
        if row.person_id != actor.person_id:
            raise Forbidden
        why = why_recused(session, instance, [actor.person_id], task.separate_from)
        if why:
            raise Recused(f"您{why[actor.person_id]}，须在本事项中回避，不能答复。")
        if row.state is SubTaskState.WAITING:
            raise Conflict("办理人尚未提交，暂不能加签。", "请待办理人提交后再加签。")
        actor = in_fitting_identity(session, actor, task)
        opinion, verdict = _checked(row, command)
        now = app.clock.now()
        row.state = SubTaskState.ANSWERED
        row.ended_at = now
        row.verdict = verdict
        row.opinion = opinion
        is_delegation = row.kind is SubTaskKind.DELEGATION
        if is_delegation:
            _hand_over(session, task, row)
        record(
            app,
            session,
            instance,
            actor,
            task,
            EntryKind.DELEGATION_ANSWERED if is_delegation else EntryKind.SIGNER_ANSWERED,
            {
                "people": [row.requested_by],
                "kind": str(row.kind),
                "verdict": str(verdict) if verdict is not None else "",
                "opinion": opinion,
            },
        )
        words = "不同意" if verdict is Verdict.DISAGREED else "已答复"
        notify(
            session,
            (row.requested_by,),
            instance.id,
            f"{KIND_NAMES[row.kind]}{words}：{task.name}",
            f"{actor.name}对“{task.name}”（{instance.number}）的{KIND_NAMES[row.kind]}"
            f"{words}。{opinion}",
            now,
        )
        session.flush()
        confirm_if_due(app, session, task, instance)


def _checked(row: SubTask, command: AnswerSubTask) -> tuple[str, Verdict | None]:
    if row.kind is SubTaskKind.DELEGATION:
        return required_text("opinion", "办理情况", command.opinion), None
    if command.verdict is None:
        message = "请选择同意或者不同意。"
        raise Invalid(message, errors={"verdict": message})
    if command.verdict is Verdict.DISAGREED:
        return required_text("opinion", "不同意的意见", command.opinion), command.verdict
    check_text("opinion", "意见", command.opinion)
    return command.opinion.strip(), command.verdict


def _hand_over(session: Session, task: UserTask, row: SubTask) -> None:
    """Put the delegate's words into the draft of the delegator, unless one is written already."""
    draft = session.get(TaskDraft, (task.id, row.requested_by))
    if draft is None:
        session.add(
            TaskDraft(
                task_id=task.id,
                person_id=row.requested_by,
                data=b"{}",
                opinion=row.opinion,
                late_reason="",
                saved_at=row.ended_at,
            )
        )
    elif not draft.opinion.strip():
        draft.opinion = row.opinion
