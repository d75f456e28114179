"""Delegating one's tasks for a time, taking that back, and saying that one is away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NoReturn

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.model import Variables
from services.audit.books import AuditEntry, record
from services.audit.models import AuditKind, Book, SubjectKind
from services.bootstrap import Application
from services.cases.acts import required_text
from services.delegation.models import Absence, AbsenceKind, Delegation
from services.delegation.queries import covers
from services.errors import Conflict, Invalid, NotFound
from services.identity.actor import Actor
from services.notifications.commands import notify
from services.people.models import Person
from services.processes.models import Deployment

LONGEST = timedelta(days=366)
"""A delegation is for a time; who leaves for good hands over (交接)."""


@dataclass(frozen=True, slots=True)
class Delegate:
    """Let a person (`agent`, an id) do one's tasks from `starts_on` to `ends_on`, both included.

    `procedure_key` empty stands for all procedures.
    """

    agent: int
    starts_on: date | None
    ends_on: date | None
    reason: str
    procedure_key: str = ""


@dataclass(frozen=True, slots=True)
class BeAway:
    """Say that one is away from `starts_on` to `ends_on`, both included."""

    kind: AbsenceKind
    starts_on: date | None
    ends_on: date | None
    note: str = ""


def delegate(app: Application, actor: Actor, command: Delegate) -> int:
    """Record a delegation of the actor's tasks and tell the agent; returns its id.

    Raises `Invalid` for dates that do not fit, for somebody who may stand in for none of the
    actor's posts, for a second delegation of the same time and procedure, and for an agent who has
    delegated away that time: there are no chains.
    """
    reason = required_text("reason", "委托事由", command.reason)
    now = app.clock.now()
    starts_on, ends_on = _period(command.starts_on, command.ends_on, now.date())
    if ends_on - starts_on > LONGEST:
        _refuse("ends_on", "委托期限最长一年，长期离任的请办理交接。")
    key = command.procedure_key.strip() or None
    with app.database.write() as session:
        known = select(Deployment.id).where(Deployment.key == key).limit(1)
        if key is not None and session.scalar(known) is None:
            _refuse("procedure", "没有这一流程，请重新选择。")
        if command.agent == actor.person_id:
            _refuse("people", "不能委托本人。")
        agent = session.get(Person, command.agent) if command.agent else None
        if agent is None:
            _refuse("people", "请选择受委托人。")
        if not covers(session, actor, agent.id, now.date()):
            _refuse(
                "people",
                "受委托人须是您所在的党组织或者其上级的正式党员。",
            )
        _require_free(session, actor.person_id, agent, key, starts_on, ends_on)
        row = Delegation(
            principal_id=actor.person_id,
            agent_id=agent.id,
            procedure_key=key,
            starts_on=starts_on,
            ends_on=ends_on,
            reason=reason,
            created_at=now,
        )
        session.add(row)
        session.flush()
        _journal(
            session,
            actor,
            AuditKind.DELEGATION_GIVEN,
            now,
            {
                "delegation": row.id,
                "agent": agent.id,
                "procedure": key or "",
                "starts_on": starts_on,
                "ends_on": ends_on,
                "reason": reason,
            },
        )
        notify(
            session,
            (agent.id,),
            None,
            f"{actor.name}委托您代为办理",
            f"{actor.name}（{actor.title}）委托您自{starts_on:%Y-%m-%d}至{ends_on:%Y-%m-%d}"
            f"代为办理事项。事由：{reason}",
            now,
        )
        return row.id


def revoke(app: Application, actor: Actor, delegation_id: int) -> None:
    """End a delegation now: by the principal, or by the agent who gives it back.

    Raises `NotFound` for anybody else, `Conflict` when it has ended already.
    """
    now = app.clock.now()
    with app.database.write() as session:
        row = session.get(Delegation, delegation_id)
        if row is None or actor.person_id not in {row.principal_id, row.agent_id}:
            raise NotFound
        if row.revoked_at is not None or row.ends_on < now.date():
            raise Conflict("该委托已经结束。", "无需再撤销。")
        row.revoked_at = now
        row.revoked_by = actor.person_id
        ended = {"delegation": row.id, "principal": row.principal_id, "agent": row.agent_id}
        _journal(session, actor, AuditKind.DELEGATION_REVOKED, now, ended)
        by_principal = actor.person_id == row.principal_id
        notify(
            session,
            (row.agent_id if by_principal else row.principal_id,),
            None,
            f"{actor.name}{'撤销' if by_principal else '辞去'}委托",
            f"{actor.name}{'撤销了对您' if by_principal else '辞去了您'}的委托，即时生效；"
            "尚未办结的事项由委托人办理。",
            now,
        )


def be_away(app: Application, actor: Actor, command: BeAway) -> int:
    """Record an absence of the actor; returns its id.  Raises `Invalid`.

    It gives nobody anything to do: who shall act meanwhile is said by a delegation.
    """
    now = app.clock.now()
    starts_on, ends_on = _period(command.starts_on, command.ends_on, now.date())
    with app.database.write() as session:
        overlapping = select(Absence.id).where(
            Absence.person_id == actor.person_id,
            Absence.canceled_at.is_(None),
            Absence.starts_on <= ends_on,
            Absence.ends_on >= starts_on,
        )
        if session.scalars(overlapping.limit(1)).first() is not None:
            _refuse("starts_on", "这段时间已经登记请假或者外出，请先撤销原登记。")
        row = Absence(
            person_id=actor.person_id,
            kind=command.kind,
            starts_on=starts_on,
            ends_on=ends_on,
            note=command.note.strip()[:200],
            created_at=now,
        )
        session.add(row)
        session.flush()
        _journal(session, actor, AuditKind.ABSENCE_RECORDED, now, _dates(row))
        return row.id


def cancel_absence(app: Application, actor: Actor, absence_id: int) -> None:
    """Take back an absence of the actor (销假); `NotFound` for anybody else's, `Conflict`."""
    now = app.clock.now()
    with app.database.write() as session:
        row = session.get(Absence, absence_id)
        if row is None or row.person_id != actor.person_id:
            raise NotFound
        if row.canceled_at is not None or row.ends_on < now.date():
            raise Conflict("该登记已经结束。", "无需再撤销。")
        row.canceled_at = now
        _journal(session, actor, AuditKind.ABSENCE_CANCELED, now, _dates(row))


def _dates(row: Absence) -> Variables:
    return {
        "absence": row.id,
        "kind": str(row.kind),
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
    }


def _journal(
    session: Session, actor: Actor, kind: AuditKind, now: datetime, data: Variables
) -> None:
    record(
        session,
        AuditEntry(
            book=Book.PEOPLE,
            kind=kind,
            entered_at=now,
            subject_kind=SubjectKind.PERSON,
            subject_id=actor.person_id,
            actor_id=actor.person_id,
            capacity=actor.title,
            data=data,
        ),
    )


def _require_free(
    session: Session,
    principal_id: int,
    agent: Person,
    key: str | None,
    starts_on: date,
    ends_on: date,
) -> None:
    """Refuse two agents for one procedure at one time, and an agent who is to be stood in for."""
    meanwhile = (
        Delegation.revoked_at.is_(None),
        Delegation.starts_on <= ends_on,
        Delegation.ends_on >= starts_on,
    )
    own = select(Delegation.id).where(Delegation.principal_id == principal_id, *meanwhile)
    if key is not None:
        own = own.where(or_(Delegation.procedure_key.is_(None), Delegation.procedure_key == key))
    if session.scalars(own.limit(1)).first() is not None:
        _refuse("starts_on", "这段时间已有委托，同一流程同一时间只能委托一人；请先撤销原委托。")
    theirs = select(Delegation.id).where(Delegation.principal_id == agent.id, *meanwhile)
    if session.scalars(theirs.limit(1)).first() is not None:
        _refuse("people", f"{agent.name}在这段时间已委托他人，不能再接受委托。")


def _period(starts_on: date | None, ends_on: date | None, today: date) -> tuple[date, date]:
    if starts_on is None:
        _refuse("starts_on", "请填写开始日期。")
    if ends_on is None:
        _refuse("ends_on", "请填写结束日期。")
    if starts_on < today:
        _refuse("starts_on", "开始日期不能早于今天。")
    if ends_on < starts_on:
        _refuse("ends_on", "结束日期不能早于开始日期。")
    return starts_on, ends_on


def _refuse(field: str, message: str) -> NoReturn:
    raise Invalid(message, errors={field: message})
