"""Applying an act once its last signer has confirmed it, or giving it back."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import DangwuError
from engine.values import load_values
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.complete import CompleteTask, carry_out, checked
from services.cases.held import reopen
from services.cases.write_path import hold
from services.errors import Conflict
from services.identity.queries import actor_on
from services.notifications.commands import notify
from services.people.models import Person
from services.processes.models import ProcessInstance
from services.tasks.models import SubTask, TaskState, TaskSubmission, UserTask, Verdict
from services.tasks.record import record
from services.tasks.sub_tasks import unanswered


def confirm_if_due(
    app: Application, session: Session, task: UserTask, instance: ProcessInstance
) -> None:
    """Apply a submitted act nobody has to confirm any more, in the name of who submitted it.

    It is checked again.  What fails now, or what a signer disagreed with after it was submitted,
    goes back to the assignee with the reason; they may submit it again as it is.
    """
    if task.state is not TaskState.SUBMITTED or unanswered(session, task.id):
        return
    submission = session.get_one(TaskSubmission, task.id)
    against = session.scalars(
        select(Person.name)
        .join(SubTask, SubTask.person_id == Person.id)
        .where(
            SubTask.parent_id == task.id,
            SubTask.verdict == Verdict.DISAGREED,
            SubTask.ended_at >= submission.submitted_at,
        )
        .order_by(SubTask.id)
    ).all()
    if against:
        _give_back(app, session, task, instance, f"{'、'.join(against)}不同意，请研究后再提交。")
        return
    try:
        with session.begin_nested():
            _apply(app, session, task, instance, submission)
    except DangwuError as error:
        _give_back(app, session, task, instance, error.message)


def _apply(
    app: Application,
    session: Session,
    task: UserTask,
    instance: ProcessInstance,
    submission: TaskSubmission,
) -> None:
    case = hold(app, session, instance)
    actor = actor_on(session, submission.person_id, case.today).on_behalf_of(task.on_behalf_of)
    if actor.principal_id != (task.on_behalf_of or actor.person_id):
        raise Conflict("委托已经结束，受委托人的提交没有生效。", "请由委托人办理。")
    actor = replace(actor, submitted_as=submission.capacity)
    command = CompleteTask(
        task.id,
        submission.outcome,
        submission.opinion,
        submission.late_reason,
        load_values(submission.data),
    )
    carry_out(case, task, actor, command, checked(case, task, command))


def _give_back(
    app: Application, session: Session, task: UserTask, instance: ProcessInstance, reason: str
) -> None:
    now = app.clock.now()
    person_id = reopen(session, task, now)
    record(
        app,
        session,
        instance,
        None,
        task,
        EntryKind.SUBMISSION_GIVEN_BACK,
        {"people": [person_id], "reason": reason},
    )
    notify(
        session,
        (person_id,),
        instance.id,
        f"提交未生效：{task.name}",
        f"您对“{task.name}”（{instance.number}）的提交没有生效，已交回给您。{reason}",
        now,
    )
