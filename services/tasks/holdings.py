"""Who has tasks now: the assignee, or everybody who may take them; read in one statement."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from services.delegation.mandates import in_force, is_away
from services.delegation.models import Absence, Delegation
from services.delegation.names import absence_words
from services.identity.actor import POST_NAMES, Actor
from services.people.models import Appointment, Person, PoliticalStatus
from services.people.queries import held_on
from services.processes.models import ProcessInstance
from services.recusal.rules import is_recused, is_subject
from services.tasks.conditions import is_shared, taken_for
from services.tasks.models import MEMBERS, TaskCandidate, UserTask

Member, Agent = aliased(Person), aliased(Person)


@dataclass(frozen=True, slots=True)
class Holding:
    """A task and who may do it, by id: the assignee by name, candidates as “name（post）”.

    `agents` are who may do it on behalf of one of them.  `is_shared` tells whether somebody is
    asked to take part and has not answered.
    """

    task: UserTask
    is_shared: bool
    people: dict[int, str] = field(default_factory=dict)
    agents: set[int] = field(default_factory=set)

    def is_of(self, actor: Actor) -> bool:
        """Tell whether the actor may do it."""
        return actor.person_id in self.people or (
            actor.person_id in self.agents
            and any(mandate.principal_id in self.people for mandate in actor.mandates)
        )


def holdings(session: Session, which: ColumnElement[bool], on: date) -> tuple[Holding, ...]:
    """Return the tasks of a condition on `UserTask`, oldest first, with who may do them that day.

    Nobody is in it who is kept out of the case; who is away, or has somebody act for them, is
    marked as such.
    """
    holder = Appointment.person_id
    someone = func.coalesce(UserTask.assignee_id, TaskCandidate.person_id, holder, Member.id)
    rows = session.execute(
        select(
            UserTask,
            is_shared(),
            Person.id,
            Person.name,
            Appointment.post,
            Agent.id,
            Agent.name,
            Absence,
        )
        .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
        .outerjoin(
            TaskCandidate,
            and_(TaskCandidate.task_id == UserTask.id, UserTask.assignee_id.is_(None)),
        )
        .outerjoin(
            Appointment,
            and_(
                Appointment.organization_id == TaskCandidate.organization_id,
                Appointment.post == TaskCandidate.post,
                held_on(on),
                ~is_subject(holder),
            ),
        )
        .outerjoin(
            Member,
            and_(
                TaskCandidate.post == MEMBERS,
                Member.organization_id == TaskCandidate.organization_id,
                Member.status == PoliticalStatus.FULL,
                Member.left_on.is_(None),
                ~is_subject(Member.id),
            ),
        )
        .outerjoin(Person, and_(Person.id == someone, ~is_recused(Person.id)))
        .outerjoin(
            Delegation,
            and_(
                Delegation.principal_id == Person.id,
                in_force(on),
                or_(
                    Delegation.procedure_key.is_(None),
                    Delegation.procedure_key == ProcessInstance.key,
                ),
                ~UserTask.in_person,
                ~is_subject(Delegation.agent_id),
                ~is_recused(Delegation.agent_id),
            ),
        )
        .outerjoin(Agent, Agent.id == Delegation.agent_id)
        .outerjoin(Absence, and_(Absence.person_id == Person.id, is_away(on)))
        .where(which)
        .order_by(
            UserTask.created_at,
            UserTask.element_id,
            UserTask.id,
            TaskCandidate.id,
            Appointment.starts_on,
            Appointment.id,
            Member.id,
        )
    )
    found: dict[str, Holding] = {}
    for task, shared, person_id, name, post, agent_id, agent, absence in rows:
        holding = found.setdefault(task.id, Holding(task, shared))
        if person_id is None:
            continue
        notes = [
            POST_NAMES[post] if post is not None else "",
            "已签收" if task.assignee_id is not None else "",
            absence_words(absence) if absence is not None else "",
            f"委托{agent}代办" if agent is not None else "",
        ]
        words = "，".join(note for note in notes if note)
        holding.people.setdefault(person_id, f"{name}（{words}）" if words else name)
        if agent_id is not None:
            holding.agents.add(agent_id)
    return tuple(found.values())


def taking(session: Session, actor: Actor, task: UserTask) -> Actor | None:
    """Return the actor as they may take a task: for themselves or for a principal; None if not."""
    principal = session.scalar(
        select(taken_for(actor))
        .select_from(UserTask)
        .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
        .where(UserTask.id == task.id)
    )
    return actor.on_behalf_of(principal) if principal is not None else None


def may_take(session: Session, actor: Actor, task: UserTask) -> bool:
    """Tell whether the task is the actor's own to take: as assignee, or as a candidate."""
    found = taking(session, actor, task)
    return found is not None and found.acting_for is None
