"""Keeping the register of people: each command checks who may, does it, and journals it.

Nobody keeps their own record.  Every command raises `Forbidden`, `Invalid`, `Conflict` or
`NotFound`; then nothing has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.audit.models import AuditKind
from services.audit.registers import record_person
from services.basis import Basis
from services.bootstrap import Application
from services.cases.follow import Following, cases_about, follow
from services.db import NO_KEY_UPDATE
from services.errors import Forbidden, Invalid, NotFound
from services.identity.actor import POST_NAMES, Actor
from services.identity.permissions import Permission, require
from services.organizations.commands import in_force
from services.organizations.models import Organization
from services.people import commands
from services.people.commands import NewPerson
from services.people.errors import PersonInUse
from services.people.models import Appointment, LeavingReason, Person, PoliticalStatus, Post
from services.people.names import LEAVING_NAMES
from services.processes.models import ProcessInstance
from services.tasks.models import OPEN_STATES, UserTask

SEXES = ("男", "女")


@dataclass(frozen=True, slots=True)
class AppointPerson:
    """Appoint a person to a post from the date of the act on."""

    person_id: int
    organization_id: int
    post: Post
    basis: Basis


@dataclass(frozen=True, slots=True)
class EndAppointment:
    """End an appointment; the date of the act is its last day."""

    appointment_id: int
    basis: Basis


@dataclass(frozen=True, slots=True)
class TransferMembership:
    """Transfer a person to another branch (转接组织关系) from the date of the act on."""

    person_id: int
    organization_id: int
    basis: Basis


@dataclass(frozen=True, slots=True)
class ChangeEmployer:
    """Record the law firm a person works for from the date of the act on, None for none."""

    person_id: int
    employer_id: int | None
    basis: Basis


@dataclass(frozen=True, slots=True)
class EndMembership:
    """Record that a person belongs to no body any more, from the date of the act on."""

    person_id: int
    reason: LeavingReason
    basis: Basis


@dataclass(frozen=True, slots=True)
class ReadmitPerson:
    """Record that somebody who had left belongs to a body again."""

    person_id: int
    organization_id: int
    status: PoliticalStatus
    basis: Basis


def enter_person(app: Application, actor: Actor, new: NewPerson) -> int:
    """Enter a person with the body they belong to; returns their id."""
    today = app.clock.now().date()
    if new.belongs_since is None:
        raise Invalid(errors={"acted_on": "请填写转入日期。"})
    basis = Basis(new.belongs_since, new.document_number).checked(today)
    errors: dict[str, str] = {}
    if new.sex not in SEXES:
        errors["sex"] = "请选择性别。"
    if new.born_on >= today:
        errors["born_on"] = "出生日期应早于今天。"
    if errors:
        raise Invalid(errors=errors)
    with app.database.write() as session:
        home = in_force(session, new.organization_id)
        actor = require(session, actor, Permission.KEEP_PEOPLE, home)
        person = commands.register_person(
            session, replace(new, document_number=basis.document_number)
        )
        _record(
            app,
            session,
            AuditKind.PERSON_REGISTERED,
            (person, home),
            actor,
            basis,
            f"登记{person.name}",
        )
        return person.id


def appoint_person(app: Application, actor: Actor, command: AppointPerson) -> None:
    """Appoint; several posts in several bodies may be held at a time."""
    basis = command.basis.checked(app.clock.now().date())
    with app.database.write() as session:
        person = _other(session, actor, command.person_id)
        body = in_force(session, command.organization_id)
        actor = require(session, actor, Permission.APPOINT, body)
        commands.appoint(
            session, person.id, body.id, command.post, basis.acted_on, basis.document_number
        )
        words = f"{person.name}任{body.name}{POST_NAMES[command.post]}"
        _record(app, session, AuditKind.POST_TAKEN_UP, (person, body), actor, basis, words)


def end_post(app: Application, actor: Actor, command: EndAppointment) -> int:
    """End an appointment; returns the id of the person."""
    basis = command.basis.checked(app.clock.now().date())
    with app.database.write() as session:
        row = session.get(Appointment, command.appointment_id)
        if row is None:
            raise NotFound
        person = _other(session, actor, row.person_id)
        body = session.get_one(Organization, row.organization_id)
        actor = require(session, actor, Permission.APPOINT, body)
        commands.end_appointment(session, row.id, basis.acted_on, basis.document_number)
        words = f"{person.name}不再担任{body.name}{POST_NAMES[row.post]}"
        _record(app, session, AuditKind.POST_LEFT, (person, body), actor, basis, words)
        return person.id


def transfer_membership(app: Application, actor: Actor, command: TransferMembership) -> None:
    """Transfer a person; what counts time for them goes on, and their running cases go along.

    Who may keep the people of both bodies, or those of the old one, may do it.
    """
    basis = command.basis.checked(app.clock.now().date())
    with app.database.write() as session:
        person = _other(session, actor, command.person_id)
        old = session.get_one(Organization, person.organization_id)
        actor = require(session, actor, Permission.KEEP_PEOPLE, old)
        new = in_force(session, command.organization_id)
        if new.id == old.id:
            raise Invalid(errors={"organization_id": "该同志的组织关系已在所选组织。"})
        commands.move(session, person.id, new.id, basis.acted_on, basis.document_number)
        words = f"{person.name}的组织关系由“{old.name}”转到“{new.name}”。"
        follow(
            app,
            session,
            cases_about(session, [person.id]),
            Following(actor, basis, words),
            lying_with=old.id,
            to=new.id,
        )
        _record(app, session, AuditKind.PERSON_MOVED, (person, old), actor, basis, words)


def change_employer(app: Application, actor: Actor, command: ChangeEmployer) -> int:
    """Record where a person works; returns the id of the body they belong to."""
    basis = command.basis.checked(app.clock.now().date())
    with app.database.write() as session:
        person = _other(session, actor, command.person_id)
        home = session.get_one(Organization, person.organization_id)
        actor = require(session, actor, Permission.KEEP_PEOPLE, home)
        firm = commands.employ(session, person.id, command.employer_id)
        name = firm.name if firm is not None else "无"
        words = f"{person.name}的执业机构登记为：{name}"
        _record(app, session, AuditKind.PERSON_CHANGED, (person, home), actor, basis, words)
        return home.id


def end_membership(app: Application, actor: Actor, command: EndMembership) -> None:
    """End the membership of a person with all their posts; raises `PersonInUse` too."""
    basis = command.basis.checked(app.clock.now().date())
    with app.database.write() as session:
        person = _other(session, actor, command.person_id)
        home = session.get_one(Organization, person.organization_id)
        actor = require(session, actor, Permission.KEEP_PEOPLE, home)
        obstacles = left_with(session, person)
        if obstacles:
            raise PersonInUse(obstacles)
        commands.leave(session, person.id, command.reason, basis)
        words = f"{person.name}离开名册：{LEAVING_NAMES[command.reason]}"
        _record(app, session, AuditKind.PERSON_LEFT, (person, home), actor, basis, words)


def readmit_person(app: Application, actor: Actor, command: ReadmitPerson) -> None:
    """Take somebody who had left into a body again."""
    basis = command.basis.checked(app.clock.now().date())
    with app.database.write() as session:
        person = _other(session, actor, command.person_id)
        body = in_force(session, command.organization_id)
        actor = require(session, actor, Permission.KEEP_PEOPLE, body)
        commands.readmit(session, person.id, body.id, command.status, basis)
        _record(
            app,
            session,
            AuditKind.PERSON_READMITTED,
            (person, body),
            actor,
            basis,
            f"{person.name}重新登记",
        )


def left_with(session: Session, person: Person) -> tuple[str, ...]:
    """Return in words what has to be settled before a person can leave."""
    about = _numbers(session, cases_about(session, [person.id]))
    claimed = session.execute(
        select(UserTask.name, ProcessInstance.number)
        .join(ProcessInstance, ProcessInstance.id == UserTask.instance_id)
        .where(UserTask.assignee_id == person.id, UserTask.state.in_(OPEN_STATES))
        .order_by(UserTask.created_at)
    )
    return (
        *(f"本人的办件{number}" for number in about),
        *(f"已签收的“{name}”（{number}）" for name, number in claimed),
    )


def _numbers(session: Session, case_ids: Sequence[int]) -> Sequence[str]:
    query = select(ProcessInstance.number).where(ProcessInstance.id.in_(case_ids))
    return session.scalars(query.order_by(ProcessInstance.id)).all()


def _other(session: Session, actor: Actor, person_id: int) -> Person:
    """Return a person who is not the actor."""
    if person_id == actor.person_id:
        raise Forbidden("不能办理本人的登记事项。", "请由其他有权限的同志办理。")
    person = session.get(Person, person_id, with_for_update=NO_KEY_UPDATE)
    if person is None:
        raise NotFound
    return person


def _record(
    app: Application,
    session: Session,
    kind: AuditKind,
    about: tuple[Person, Organization],
    actor: Actor,
    basis: Basis,
    words: str,
) -> None:
    person, body = about
    record_person(session, kind, person.id, body.id, actor, basis, words, app.clock.now())
