"""Changing who is asked in a running countersign (会签加签, 会签减签).

Only in countersigns that name their people: the lane of the step names the item of its loop, so
that each instance is one person's.  Whoever opened the countersign by their act may change it.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from engine import runtime
from engine.procedure import Procedure
from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.access import visible_instance
from services.cases.acts import required_text
from services.cases.completed import completed_view
from services.cases.views import Completed
from services.cases.write_path import Deed, hold
from services.errors import Forbidden, Invalid
from services.identity.actor import Actor
from services.notifications.commands import notify
from services.tasks.colleagues import chosen
from services.tasks.countersigns import asked_in, may_adjust, people_of
from services.tasks.models import TaskState, UserTask
from services.tasks.preconditions import open_task


@dataclass(frozen=True, slots=True)
class AddCountersigner:
    """Ask one more person (an id, 0 for nobody); `task_id` is any open task of the countersign."""

    task_id: str
    person: int
    reason: str


@dataclass(frozen=True, slots=True)
class RemoveCountersigner:
    """Ask the person of this open task no more."""

    task_id: str
    reason: str


def add_countersigner(app: Application, actor: Actor, command: AddCountersigner) -> Completed:
    """Add an instance to the running countersign; in one by turns it comes last.

    Raises `Invalid` for somebody who cannot be asked or is asked already, `Forbidden`,
    `InvalidState`.
    """
    reason = required_text("reason", "加签原因", command.reason)
    with app.database.write() as session:
        task, instance = open_task(session, actor, command.task_id)
        visible_instance(session, actor, instance.id)
        case = hold(app, session, instance)
        _require_opener(session, actor, case.procedure, task)
        (person,) = chosen(session, task, instance, actor, case.today, (command.person,))
        if person.person_id in asked_in(session, task):
            message = f"{person.name}已在本次会签中，不能重复加签。"
            raise Invalid(message, errors={"people": message})
        advance = case.apply(runtime.add_instance, task.element_id, str(person.person_id))
        case.settle(
            advance,
            Deed(
                kind=EntryKind.COUNTERSIGNER_ADDED,
                acted_on=case.today,
                opens_from=task.not_before,
                actor=actor,
                element_id=task.element_id,
                task_id=task.id,
                details={"people": [person.person_id], "reason": reason},
            ),
        )
        return completed_view(case, actor)


def remove_countersigner(app: Application, actor: Actor, command: RemoveCountersigner) -> Completed:
    """Take the instance of an open task out of its countersign, which may decide it.

    Raises `LastInstance` when nobody would be left, `Forbidden`, `InvalidState`, `TaskNotOpen`.
    """
    reason = required_text("reason", "减签原因", command.reason)
    with app.database.write() as session:
        task, instance = open_task(session, actor, command.task_id)
        visible_instance(session, actor, instance.id)
        case = hold(app, session, instance)
        _require_opener(session, actor, case.procedure, task)
        people = people_of(session, [task.id])
        advance = case.apply(runtime.remove_instance, task.id)
        task.state = TaskState.CANCELED
        task.completed_at = case.now
        session.flush()
        case.settle(
            advance,
            Deed(
                kind=EntryKind.COUNTERSIGNER_REMOVED,
                acted_on=case.today,
                opens_from=case.latest_act_on(),
                actor=actor,
                element_id=task.element_id,
                task_id=task.id,
                details={"people": list(people), "reason": reason},
            ),
        )
        notify(
            session,
            people,
            instance.id,
            f"会签减签：{task.name}",
            f"{actor.name}已将您从“{task.name}”（{instance.number}）的会签中减去。原因：{reason}",
            case.now,
        )
        return completed_view(case, actor)


def _require_opener(session: Session, actor: Actor, procedure: Procedure, task: UserTask) -> None:
    if not may_adjust(session, actor, procedure, task):
        raise Forbidden("您不能调整该会签。", "按人员分派的会签由其发起人调整。")
