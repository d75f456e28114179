"""What recusal does to a countersign of named people: the part of who is kept out drops out.

A countersign counts those who are to take part, and who is recused is none of them: their part is
taken out (会签减签), so that thresholds are shares of the rest.  The last part cannot drop out;
it is left for the body above to name somebody (无人可办).  What has been answered stays.
"""

from __future__ import annotations

from sqlalchemy import delete, select

from engine import runtime
from engine.errors import LastInstance
from engine.model import InstanceStatus, Value
from services.audit.models import EntryKind
from services.cases.write_path import Deed, LockedCase
from services.notifications.commands import notify
from services.recusal.rules import why_recused
from services.tasks.arranging import arranger
from services.tasks.candidates import candidates_in
from services.tasks.conditions import is_open
from services.tasks.countersigns import names_people, opener_of
from services.tasks.models import OPEN_STATES, TaskCandidate, TaskState, UserTask

REASON = "因回避，不再参加会签，应会签人数相应减少"


def drop_recused_parts(case: LockedCase) -> None:
    """Take the open parts nobody may do out of their countersigns, which may decide those."""
    if case.instance.status is InstanceStatus.SUSPENDED:
        return
    session = case.session
    open_ids = session.scalars(
        select(UserTask.id)
        .where(UserTask.instance_id == case.instance.id, is_open())
        .order_by(UserTask.created_at, UserTask.id)
    ).all()
    for task_id in open_ids:
        task = session.get_one(UserTask, task_id, populate_existing=True)
        if (
            task.state in OPEN_STATES
            and task.assignee_id is None
            and names_people(case.procedure, task)
        ):
            _review(case, task)


def _review(case: LockedCase, task: UserTask) -> None:
    session = case.session
    rows = session.scalars(select(TaskCandidate).where(TaskCandidate.task_id == task.id))
    found = candidates_in(rows)
    if found.groups:
        return
    barred = why_recused(session, case.instance, found.people, task.separate_from)
    if found.people and set(found.people) <= barred.keys():
        _drop(case, task, found.people)
    elif not found.people and task.arranged_by is None:
        _leave_to_the_body_above(case, task)


def _drop(case: LockedCase, task: UserTask, people: tuple[int, ...]) -> None:
    session = case.session
    try:
        advance = case.apply(runtime.remove_instance, task.id)
    except LastInstance:
        session.execute(delete(TaskCandidate).where(TaskCandidate.task_id == task.id))
        _leave_to_the_body_above(case, task)
        return
    opener = opener_of(session, task)
    task.state = TaskState.CANCELED
    task.completed_at = case.now
    session.flush()
    concerned: list[Value] = list(people)
    case.settle(
        advance,
        Deed(
            kind=EntryKind.COUNTERSIGNER_REMOVED,
            acted_on=case.today,
            opens_from=case.latest_act_on(),
            element_id=task.element_id,
            task_id=task.id,
            details={"people": concerned, "reason": REASON},
        ),
    )
    notify(
        session,
        [*people, *([opener] if opener is not None else [])],
        case.instance.id,
        f"会签减签：{task.name}",
        f"“{task.name}”（{case.instance.number}）的会签中一人{REASON}。",
        case.now,
    )


def _leave_to_the_body_above(case: LockedCase, task: UserTask) -> None:
    above = arranger(case.session, case.instance.organization_id, case.today)
    if above is None:
        return
    task.arranged_by = above.organization_id
    task.fallback_reason = f"会签人员均须回避，由{above.name}指定办理人"
