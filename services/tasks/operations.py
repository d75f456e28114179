"""What may be done with a task beside completing it, and who takes part: for the task page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from engine.model import InstanceStatus
from engine.procedure import Procedure
from engine.values import load_values
from services.bootstrap import Application
from services.cases.access import visible_instance
from services.cases.describe import outcome_name
from services.cases.options import chosen_options
from services.circulation.readers import may_circulate
from services.errors import Forbidden, NotFound
from services.identity.actor import Actor
from services.people.models import Person
from services.processes.models import ProcessInstance
from services.tasks.candidates import names_of
from services.tasks.colleagues import Colleague, colleagues, may_be_shared
from services.tasks.countersigns import may_adjust
from services.tasks.holdings import may_take
from services.tasks.models import (
    OPEN_STATES,
    UNANSWERED,
    SubTask,
    SubTaskState,
    TaskState,
    TaskSubmission,
    TaskTransfer,
    UserTask,
)
from services.tasks.names import KIND_NAMES, STATE_NAMES, VERDICT_NAMES
from services.tasks.sub_tasks import (
    DELEGATED,
    SUBMITTED,
    label,
    unanswered_by_task,
    why_waiting,
)
from services.tasks.urge import is_due_for_urging, may_urge
from services.tasks.views import SubmissionView, SubTaskView, TaskOperations, TransferView

Requester = aliased(Person)


def operations_of(
    session: Session,
    actor: Actor,
    task: UserTask,
    instance: ProcessInstance,
    procedure: Procedure,
    now: datetime,
) -> TaskOperations:
    """Return what the actor may do with a task they may see."""
    suspended = instance.status is InstanceStatus.SUSPENDED
    is_open = task.state in OPEN_STATES and not suspended
    mine = is_open and may_take(session, actor, task)
    pending = unanswered_by_task(session, [task.id])[task.id]
    waiting = why_waiting(task, pending) if is_open else ""
    is_shared = may_be_shared(procedure, task)
    rows = _sub_tasks(session, actor, task)
    has_unanswered = any(state in UNANSWERED for _, _, state in rows)
    word = label(task, pending)
    asked = next((view for view, is_mine, _ in rows if is_mine and not suspended), None)
    is_party = mine or asked is not None
    return TaskOperations(
        label=word,
        why_waiting=waiting,
        mine=asked,
        sub_tasks=tuple(view for view, _, _ in rows),
        transfers=_transfers(session, task),
        submission=_submission(session, task, procedure) if is_party else None,
        has_unanswered=has_unanswered,
        may_transfer=mine and is_shared and not has_unanswered,
        may_delegate=mine and is_shared and not waiting,
        may_sign=mine and is_shared and word not in {DELEGATED, SUBMITTED},
        may_recall=mine and task.state is TaskState.SUBMITTED,
        may_adjust=is_open and may_adjust(session, actor, procedure, task),
        may_urge=is_open
        and not mine
        and asked is None
        and may_urge(session, actor, task, instance)
        and is_due_for_urging(task, now),
        urged_at=task.urged_at if is_open else None,
        may_circulate=may_circulate(session, actor, instance),
    )


def people_for(app: Application, actor: Actor, task_id: str, text: str) -> tuple[Colleague, ...]:
    """Return who may be asked to take part in a task, or in its countersign, narrowed by a text.

    Raises `NotFound`, or `Forbidden` when the task is not the actor's to hand on and they did not
    open the countersign.
    """
    today = app.clock.now().date()
    with app.database.read() as session:
        task = session.get(UserTask, task_id)
        if task is None:
            raise NotFound
        instance = visible_instance(session, actor, task.instance_id)
        procedure = app.procedures.get(session, instance.deployment_id)
        is_own = may_take(session, actor, task) and may_be_shared(procedure, task)
        if not is_own and not may_adjust(session, actor, procedure, task):
            raise Forbidden
        return colleagues(session, task, instance, actor, today, text)


def _sub_tasks(
    session: Session, actor: Actor, task: UserTask
) -> list[tuple[SubTaskView, bool, SubTaskState]]:
    rows = session.execute(
        select(SubTask, Person.name, Requester.name)
        .join(Person, Person.id == SubTask.person_id)
        .join(Requester, Requester.id == SubTask.requested_by)
        .where(SubTask.parent_id == task.id)
        .order_by(SubTask.id)
    )
    is_assignee = task.assignee_id == actor.person_id
    return [
        (
            SubTaskView(
                id=row.id,
                kind=row.kind,
                kind_name=KIND_NAMES[row.kind],
                person=name,
                requested_by=requester,
                request=row.request,
                created_at=row.created_at,
                state_name=STATE_NAMES[row.state],
                verdict_name=VERDICT_NAMES[row.verdict] if row.verdict is not None else "",
                opinion=row.opinion,
                ended_at=row.ended_at,
                may_withdraw=is_assignee and row.state in UNANSWERED,
            ),
            row.person_id == actor.person_id and row.state is SubTaskState.OPEN,
            row.state,
        )
        for row, name, requester in rows
    ]


def _transfers(session: Session, task: UserTask) -> tuple[TransferView, ...]:
    rows = session.scalars(
        select(TaskTransfer).where(TaskTransfer.task_id == task.id).order_by(TaskTransfer.id)
    ).all()
    names = names_of(session, {p for row in rows for p in (row.from_id, row.to_id)})
    return tuple(
        TransferView(names[row.from_id], names[row.to_id], row.reason, row.transferred_at)
        for row in rows
    )


def _submission(session: Session, task: UserTask, procedure: Procedure) -> SubmissionView | None:
    row = session.get(TaskSubmission, task.id)
    if row is None:
        return None
    form = procedure.form_of(task.element_id)
    values = load_values(row.data)
    return SubmissionView(
        person=session.get_one(Person, row.person_id).name,
        submitted_at=row.submitted_at,
        acted_on=row.acted_on,
        outcome_name=outcome_name(procedure.nodes[task.element_id], row.outcome),
        opinion=row.opinion,
        fields=tuple(form.describe(values, chosen_options(session, [(form, values)]))),
    )
