"""Handing over: who may, between whom, and doing everything in one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.model import Value
from services.audit.models import AuditKind, EntryKind
from services.audit.registers import record_body
from services.basis import Basis
from services.bootstrap import Application
from services.cases.acts import required_text
from services.delegation.rules import Agent
from services.errors import Conflict, Forbidden, Invalid, NotFound
from services.handover.handing import Handing, Part
from services.handover.models import (
    Handover,
    HandoverItem,
    HandoverScope,
    ItemOutcome,
)
from services.handover.names import KIND_NAMES, OUTCOME_NAMES
from services.handover.plan import digest, plan
from services.identity.actor import Actor
from services.identity.permissions import Permission, authority, require
from services.notifications.commands import notify
from services.organizations.models import Organization
from services.people.models import Appointment, Person
from services.people.queries import held_on
from services.processes.models import ProcessInstance
from services.tasks.record import record
from services.tasks.staffing_job import review_soon

LISTED = 10
"""How many things a notice names; the page of the hand-over lists all."""

DONE = frozenset({ItemOutcome.HANDED_OVER, ItemOutcome.RELEASED, ItemOutcome.ENDED})


@dataclass(frozen=True, slots=True)
class HandOver:
    """Hand over what a person has in a body to a successor; both are ids (0 for nobody).

    `basis` is the document, and the leaver's last day.  `posts` are the appointments left (ids);
    with the scope BODY all of that body are.  `takes_up`: the successor takes up these posts the
    day after.  `seen` is the digest of the preview that was confirmed, empty for none.
    """

    organization_id: int
    person_id: int
    successor_id: int
    scope: HandoverScope
    basis: Basis
    reason: str
    posts: tuple[int, ...] = ()
    takes_up: bool = False
    seen: str = ""


def hand_over(app: Application, actor: Actor, command: HandOver) -> int:
    """Do what the preview shows, journal it on every case it touches, and tell both; returns an id.

    Raises `Forbidden`, `Invalid`, `NotFound`, and `Conflict` when anything has changed since the
    preview; then nothing has been done.
    """
    with app.database.write() as session:
        before = plan(prepare(app, session, actor, command))
        cases = _locked(session, before)
        handing = prepare(app, session, actor, command)
        parts = plan(handing)
        if digest(parts) != (command.seen or digest(before)):
            raise Conflict("预览以后情况有变化，交接没有办理。", "请核对最新的预览后重新确定。")
        if all(part.outcome not in DONE for part in parts):
            raise Invalid("没有需要移交的事项。", "请核对移交人、组织和交接范围。")
        for part in parts:
            part.done()
            session.flush()
        row = _row(handing)
        session.add(row)
        session.flush()
        session.add_all(_items(row.id, parts))
        _journal(handing, parts, cases)
        _tell(handing, parts)
        review_soon(session, handing.now)
        return row.id


def prepare(app: Application, session: Session, actor: Actor, command: HandOver) -> Handing:
    """Return the hand-over a command asks for; raises `Forbidden`, `Invalid`, `NotFound`."""
    now = app.clock.now()
    reason = required_text("reason", "交接事由", command.reason)
    basis = command.basis.checked(now.date())
    body = session.get(Organization, command.organization_id)
    leaver = session.get(Person, command.person_id)
    if body is None or leaver is None or not is_of(session, leaver, body):
        raise NotFound
    if leaver.id == actor.person_id:
        raise Forbidden("不能办理本人的交接。", "请由其他有权限的同志办理。")
    actor = require(session, actor, Permission.HAND_OVER, body)
    successor = session.get(Person, command.successor_id) if command.successor_id else None
    if successor is None or not may_succeed(session, leaver, successor, body):
        message = "请选择接收人：本组织或者其上级党组织的在册人员，且不是移交人本人。"
        raise Invalid(message, errors={"people": message})
    held = session.scalars(
        select(Appointment)
        .where(Appointment.person_id == leaver.id, held_on(now.date()))
        .order_by(Appointment.starts_on, Appointment.id)
    ).all()
    here = [row for row in held if row.organization_id == body.id]
    ending = here if command.scope is HandoverScope.BODY else _chosen(here, command.posts)
    if any(row.starts_on > basis.acted_on for row in ending):
        raise Invalid(errors={"acted_on": "日期不能早于任职日期。"})
    return Handing(
        app=app,
        session=session,
        actor=actor,
        body=body,
        leaver=leaver,
        successor=successor,
        scope=command.scope,
        ending=[row for row in ending if row.ends_on is None],
        remaining=[row for row in held if row not in ending and _goes_on(row, basis.acted_on)],
        takes_up=command.takes_up,
        may_appoint=authority(session, actor, Permission.APPOINT, body) is not None,
        basis=basis,
        reason=reason,
        now=now,
    )


def is_of(session: Session, person: Person, body: Organization) -> bool:
    """Tell whether a person belongs to a body, or holds or held a post in it."""
    if person.organization_id == body.id:
        return True
    held = select(Appointment.id).where(
        Appointment.person_id == person.id, Appointment.organization_id == body.id
    )
    return session.scalars(held.limit(1)).first() is not None


def may_succeed(session: Session, leaver: Person, person: Person, body: Organization) -> bool:
    """Tell whether a person is of the body or of one above it, by membership or by a post today."""
    if person.id == leaver.id or person.left_on is not None:
        return False
    home = session.get_one(Organization, person.organization_id)
    posts = session.scalars(
        select(Organization.path)
        .join(Appointment, Appointment.organization_id == Organization.id)
        .where(Appointment.person_id == person.id, Appointment.ends_on.is_(None))
    )
    return Agent((home.path, *posts), person.status).is_of(body.path)


def _chosen(held: Sequence[Appointment], posts: Sequence[int]) -> list[Appointment]:
    chosen = [row for row in held if row.id in posts]
    if len(chosen) < len(set(posts)):
        message = "请在所列职务中选择。"
        raise Invalid(message, errors={"posts": message})
    if held and not chosen:
        message = "请选择离任的职务。"
        raise Invalid(message, errors={"posts": message})
    return chosen


def _goes_on(row: Appointment, last_day: date) -> bool:
    return row.ends_on is None or row.ends_on > last_day


def _locked(session: Session, parts: Sequence[Part]) -> Mapping[int, ProcessInstance]:
    """Lock the cases in the order of their ids, and forget what was read before."""
    session.expire_all()
    return {
        case_id: session.get_one(
            ProcessInstance, case_id, with_for_update=True, populate_existing=True
        )
        for case_id in sorted({part.case_id for part in parts if part.case_id is not None})
    }


def _row(handing: Handing) -> Handover:
    return Handover(
        organization_id=handing.body.id,
        person_id=handing.leaver.id,
        successor_id=handing.successor.id,
        scope=handing.scope,
        acted_on=handing.basis.acted_on,
        document_number=handing.basis.document_number,
        reason=handing.reason,
        entered_by=handing.actor.person_id,
        capacity=handing.actor.title,
        entered_at=handing.now,
    )


def _items(handover_id: int, parts: Sequence[Part]) -> list[HandoverItem]:
    return [
        HandoverItem(
            handover_id=handover_id,
            instance_id=part.case_id,
            kind=part.kind,
            outcome=part.outcome,
            words=part.words,
            reason=part.reason,
        )
        for part in parts
    ]


def _journal(handing: Handing, parts: Sequence[Part], cases: Mapping[int, ProcessInstance]) -> None:
    """Write one entry on every case that was touched, and one in the book of bodies."""
    by_case: dict[int, list[Part]] = defaultdict(list)
    for part in parts:
        if part.case_id is not None:
            by_case[part.case_id].append(part)
    people: list[Value] = [handing.leaver.id, handing.successor.id]
    for case_id, of_case in sorted(by_case.items()):
        if any(part.outcome in DONE for part in of_case):
            record(
                handing.app,
                handing.session,
                cases[case_id],
                handing.actor,
                None,
                EntryKind.HANDED_OVER,
                {
                    "people": list(people),
                    "request": "；".join(_told(part) for part in of_case),
                    "reason": handing.reason,
                    "document_number": handing.basis.document_number,
                },
            )
    counts = "，".join(_counts(parts))
    record_body(
        handing.session,
        AuditKind.WORK_HANDED_OVER,
        handing.body.id,
        handing.actor,
        handing.basis,
        f"{handing.leaver.name}向{handing.successor.name}交接：{counts}。事由：{handing.reason}",
        handing.now,
    )


def _told(part: Part) -> str:
    reason = f"：{part.reason}" if part.reason else ""
    return f"{OUTCOME_NAMES[part.outcome]}{KIND_NAMES[part.kind]}{part.words}{reason}"


def _counts(parts: Sequence[Part]) -> list[str]:
    return [
        f"{OUTCOME_NAMES[outcome]}{number}项"
        for outcome in ItemOutcome
        if (number := sum(part.outcome is outcome for part in parts))
    ]


def _tell(handing: Handing, parts: Sequence[Part]) -> None:
    """Tell both what has become of it."""
    counts = "，".join(_counts(parts))
    actor = f"{handing.actor.name}（{handing.actor.title}）"
    moved = [
        f"{KIND_NAMES[p.kind]}{p.words}" for p in parts if p.outcome is ItemOutcome.HANDED_OVER
    ]
    shown = "；".join(moved[:LISTED]) + ("等" if len(moved) > LISTED else "")
    notify(
        handing.session,
        (handing.successor.id,),
        None,
        f"交接：{handing.leaver.name}的事项转由您办理",
        f"{actor}办理了{handing.leaver.name}在{handing.body.name}的交接，接收人为您。{counts}。{shown}",
        handing.now,
    )
    notify(
        handing.session,
        (handing.leaver.id,),
        None,
        f"交接：您的事项转由{handing.successor.name}办理",
        f"{actor}办理了您在{handing.body.name}的交接，接收人为{handing.successor.name}。{counts}。",
        handing.now,
    )
