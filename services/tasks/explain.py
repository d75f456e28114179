"""Why somebody may do an open task, or may not: for whoever wonders about the list of names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.delegation.queries import agents_of
from services.identity.actor import POST_NAMES
from services.organizations.models import Organization
from services.people.models import Post
from services.processes.models import ProcessInstance
from services.recusal.rules import why_recused
from services.tasks.candidates import candidates_in, names_of, those_meant
from services.tasks.models import MEMBERS, TaskCandidate, UserTask


@dataclass(frozen=True, slots=True)
class Eligibility:
    """A person, why they would do a task, and why they are kept out; `excluded` else empty."""

    name: str
    because: str
    excluded: str


def eligibility(
    session: Session, instance: ProcessInstance, tasks: Sequence[UserTask], on: date
) -> Mapping[str, tuple[Eligibility, ...]]:
    """Return for every task, by id, whom it means and who of them may do it."""
    return {task.id: _of(session, instance, task, on) for task in tasks}


def _of(
    session: Session, instance: ProcessInstance, task: UserTask, on: date
) -> tuple[Eligibility, ...]:
    rows = session.scalars(
        select(TaskCandidate).where(TaskCandidate.task_id == task.id).order_by(TaskCandidate.id)
    )
    found = candidates_in(rows)
    why: dict[int, str] = {}
    kept: set[int] = set()
    bodies = _names(session, {body for body, _ in found.groups})
    for body, group, person, is_kept in those_meant(
        session, found, instance, on, task.separate_from
    ):
        if body == 0:
            words = "办理对象本人" if person == instance.subject_id else "按姓名确定"
        elif group == MEMBERS:
            words = f"{bodies[body]}正式党员"
        else:
            words = f"{bodies[body]}{POST_NAMES[Post(group)]}"
        why.setdefault(person, words)
        if is_kept:
            kept.add(person)
    if task.assignee_id is not None:
        why = {task.assignee_id: why.get(task.assignee_id, "已签收或者被指定")}
    reasons = why_recused(session, instance, kept, task.separate_from)
    agents = {} if task.in_person else agents_of(session, why, instance.key, on)
    names = names_of(session, {*why, *agents.values()})
    out = why_recused(session, instance, agents.values(), task.separate_from)
    own = [
        Eligibility(
            names[person], because, f"{reasons[person]}，须回避" if person in reasons else ""
        )
        for person, because in why.items()
    ]
    stand_in = [
        Eligibility(
            names[agent],
            f"受{names[principal]}委托",
            f"{out[agent]}，须回避" if agent in out else "",
        )
        for principal, agent in agents.items()
        if principal not in kept
    ]
    return (*own, *stand_in)


def _names(session: Session, ids: set[int]) -> dict[int, str]:
    rows = session.execute(
        select(Organization.id, Organization.short_name).where(Organization.id.in_(ids))
    )
    return {row.id: row.short_name for row in rows}
