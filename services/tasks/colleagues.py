"""Who may be asked to do or to sign a task: the holders of posts in its own body.

A task is not handed to who is kept out of the case (回避), nor to somebody without any post in the
body it lies with; and what the person concerned has to do in person is handed to nobody.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.procedure import Candidate, Procedure
from services.errors import Forbidden, Invalid
from services.identity.actor import POST_NAMES, Actor
from services.people.models import Appointment, Person
from services.people.queries import held_on
from services.people.search import matches
from services.processes.models import ProcessInstance
from services.recusal.rules import is_recused, is_subject
from services.tasks.models import UserTask


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may be asked; `title` names the posts, e.g. “书记”."""

    person_id: int
    name: str
    title: str

    @property
    def label(self) -> str:
        """Name and posts as offered for choosing."""
        return f"{self.name}（{self.title}）"


def colleagues(
    session: Session,
    task: UserTask,
    instance: ProcessInstance,
    actor: Actor,
    on: date,
    text: str = "",
) -> tuple[Colleague, ...]:
    """Return who may be asked by the actor on that day, narrowed by name or pinyin."""
    query = (
        select(Person.id, Person.name, Appointment.post)
        .join(Appointment, Appointment.person_id == Person.id)
        .join(ProcessInstance, ProcessInstance.id == instance.id)
        .where(
            Appointment.organization_id == task.organization_id,
            held_on(on),
            Person.id != actor.person_id,
            ~is_subject(Person.id),
            ~is_recused(Person.id, task.separate_from),
        )
        .order_by(Appointment.starts_on, Appointment.id)
    )
    if text.strip():
        query = query.where(matches(text))
    found: dict[int, Colleague] = {}
    for person_id, name, post in session.execute(query):
        known = found.get(person_id)
        title = f"{known.title}、{POST_NAMES[post]}" if known else POST_NAMES[post]
        found[person_id] = Colleague(person_id, name, title)
    return tuple(found.values())


def chosen(
    session: Session,
    task: UserTask,
    instance: ProcessInstance,
    actor: Actor,
    on: date,
    person_ids: Collection[int],
) -> tuple[Colleague, ...]:
    """Return the chosen people, each once; raises `Invalid` under `people` for anybody else.

    0 stands for nobody.
    """
    allowed = {c.person_id: c for c in colleagues(session, task, instance, actor, on)}
    wanted = tuple(dict.fromkeys(person_id for person_id in person_ids if person_id))
    message = ""
    if not wanted:
        message = "请选择人员。"
    elif any(person_id not in allowed for person_id in wanted):
        message = "所选人员不在本事项所属党组织任职，或者须在本事项中回避，不能选择。"
    if message:
        raise Invalid(message, "请在列出的人员中选择。", errors={"people": message})
    return tuple(allowed[person_id] for person_id in wanted)


def may_be_shared(procedure: Procedure, task: UserTask) -> bool:
    """Tell whether others may take part in a task: not in what one has to do in person."""
    rule = procedure.lanes.get(task.lane_id)
    return rule is not None and rule.candidate is not Candidate.SUBJECT


def require_shareable(procedure: Procedure, task: UserTask) -> None:
    """Raise `Forbidden` when the person concerned has to do the task in person."""
    if not may_be_shared(procedure, task):
        raise Forbidden("该事项须由本人办理，不能转办、委派或者加签。", "请由本人办理。")
