"""Who may send a case to be read, and to whom."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from services.errors import Invalid
from services.identity.actor import POST_NAMES, Actor
from services.organizations.models import Organization
from services.people.models import Appointment, Person
from services.people.queries import held_on, visible_to
from services.people.search import matches
from services.processes.models import ProcessInstance
from services.tasks.colleagues import Colleague
from services.tasks.conditions import is_candidate
from services.tasks.models import OPEN_STATES, UserTask

SHOWN = 20


def may_circulate(session: Session, actor: Actor, instance: ProcessInstance) -> bool:
    """Tell whether the actor acts or acted on the case, and is not whom it is about."""
    if actor.person_id == instance.subject_id:
        return False
    if actor.person_id == instance.starter_id:
        return True
    acts = (
        select(UserTask.id)
        .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
        .where(
            UserTask.instance_id == instance.id,
            or_(
                UserTask.completed_by == actor.person_id,
                UserTask.assignee_id == actor.person_id,
                UserTask.state.in_(OPEN_STATES) & is_candidate(actor),
            ),
        )
    )
    return session.scalars(acts).first() is not None


def readers(
    session: Session,
    actor: Actor,
    instance: ProcessInstance,
    on: date,
    text: str,
    keep: Collection[int] = (),
) -> tuple[Colleague, ...]:
    """Return who may be sent the case: those who hold a post in the actor's own bodies.

    With a `text`, instead everybody of that name (or pinyin) among them and the people the actor
    may see; in any case those of `keep` (ids) who may be sent it.
    """
    query = (
        select(Person, Organization.short_name)
        .join(Organization, Organization.id == Person.organization_id)
        .where(_allowed(actor, instance, on))
        .order_by(Person.name, Person.id)
    )
    if text.strip():
        query = query.where(matches(text) | Person.id.in_(keep)).limit(SHOWN + len(keep))
    else:
        query = query.where(_holds_a_post_beside(actor, on) | Person.id.in_(keep))
    rows = session.execute(query).all()
    titles = _titles(session, [person.id for person, _ in rows], on)
    return tuple(
        Colleague(person.id, person.name, titles.get(person.id, home)) for person, home in rows
    )


def chosen_readers(
    session: Session, actor: Actor, instance: ProcessInstance, on: date, people: Collection[int]
) -> dict[int, str]:
    """Return the names of the chosen people by id; raises `Invalid` under `people`."""
    wanted = tuple(dict.fromkeys(people))
    rows = session.execute(
        select(Person.id, Person.name)
        .join(Organization, Organization.id == Person.organization_id)
        .where(Person.id.in_(wanted), _allowed(actor, instance, on))
    )
    found = {person_id: name for person_id, name in rows}  # noqa: C416 - rows are not pairs to mypy
    message = ""
    if not wanted:
        message = "请选择接收人。"
    elif len(found) < len(wanted):
        message = "所选接收人中有不能选择的人员。"
    if message:
        raise Invalid(message, "请在列出的人员中选择。", errors={"people": message})
    return {person_id: found[person_id] for person_id in wanted}


def _allowed(actor: Actor, instance: ProcessInstance, on: date) -> ColumnElement[bool]:
    is_other = (Person.id != actor.person_id) & Person.left_on.is_(None)
    allowed = or_(_holds_a_post_beside(actor, on), visible_to(actor)) & is_other
    if instance.subject_id is not None:
        allowed &= Person.id != instance.subject_id
    return allowed


def _holds_a_post_beside(actor: Actor, on: date) -> ColumnElement[bool]:
    bodies = {held.organization_id for held in actor.posts} | {actor.organization_id}
    return (
        exists()
        .where(
            Appointment.person_id == Person.id,
            Appointment.organization_id.in_(bodies),
            held_on(on),
        )
        .correlate(Person)
    )


def _titles(session: Session, people: Collection[int], on: date) -> dict[int, str]:
    rows = session.execute(
        select(Appointment.person_id, Organization.short_name, Appointment.post)
        .join(Organization, Organization.id == Appointment.organization_id)
        .where(Appointment.person_id.in_(people), held_on(on))
        .order_by(Appointment.starts_on, Appointment.id)
    )
    found: dict[int, str] = {}
    for person_id, body, post in rows:
        found.setdefault(person_id, f"{body}{POST_NAMES[post]}")
    return found
