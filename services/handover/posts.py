"""The posts that end with a hand-over, and the delegations that end with the last of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from sqlalchemy import exists, func, or_, select

from services.audit.books import AuditEntry, record
from services.audit.models import AuditKind, Book, SubjectKind
from services.audit.registers import record_person
from services.delegation.models import Delegation
from services.delegation.rules import Agent
from services.handover.handing import Handing, Part, nothing
from services.handover.models import ItemKind, ItemOutcome
from services.identity.actor import POST_NAMES
from services.identity.permissions import Permission, holders_of
from services.people.commands import appoint, end_appointment
from services.people.models import Appointment, Person
from services.people.queries import held_on
from services.tasks.candidates import names_of
from services.tasks.conditions import is_open
from services.tasks.models import TaskCandidate, UserTask


def post_parts(handing: Handing) -> Iterator[Part]:
    """Yield the posts that are left: ended by who may record that, else for others to end."""
    for row in handing.ending:
        name = f"{handing.body.short_name}{POST_NAMES[row.post]}"
        if not handing.may_appoint:
            yield Part(
                ItemKind.POST,
                ItemOutcome.KEPT,
                name,
                f"免职登记请由{holders_of(Permission.APPOINT)}办理",
            )
            continue
        why = _why_not_followed(handing, row) if handing.takes_up else ""
        follows = handing.takes_up and not why
        taken = "，由接收人接任" if follows else ""
        yield Part(
            ItemKind.POST,
            ItemOutcome.ENDED,
            f"{name}{taken}{_unclaimed(handing, row, follows=follows)}",
            why,
            done=partial(_end, handing, row, follows=follows),
        )


def _unclaimed(handing: Handing, row: Appointment, *, follows: bool) -> str:
    """Say who does what waits for the post and nobody has claimed; empty when nothing waits."""
    waiting = handing.session.scalar(
        select(func.count()).where(
            is_open(),
            UserTask.assignee_id.is_(None),
            exists().where(
                TaskCandidate.task_id == UserTask.id,
                TaskCandidate.organization_id == row.organization_id,
                TaskCandidate.post == row.post,
            ),
        )
    )
    if not waiting:
        return ""
    by = "接收人和其他任职人员" if follows else "其他任职人员或者替补"
    return f"；本职务尚未签收的待办{waiting}件，此后由{by}办理"


def _why_not_followed(handing: Handing, row: Appointment) -> str:
    """Return why the successor does not take up a post; empty if they do."""
    if not Agent((), handing.successor.status).may_hold(row.post):
        return "接收人不是正式党员，不能接任"
    held = handing.session.scalars(
        select(Appointment.id).where(
            Appointment.person_id == handing.successor.id,
            Appointment.organization_id == row.organization_id,
            Appointment.post == row.post,
            held_on(handing.first_day_after),
        )
    ).first()
    return "接收人已任此职务" if held is not None else ""


def _end(handing: Handing, row: Appointment, *, follows: bool) -> None:
    basis, session = handing.basis, handing.session
    end_appointment(session, row.id, basis.acted_on, basis.document_number)
    name = f"{handing.body.name}{POST_NAMES[row.post]}"
    _record(handing, AuditKind.POST_LEFT, handing.leaver, f"不再担任{name}")
    if follows:
        appoint(
            session,
            handing.successor.id,
            handing.body.id,
            row.post,
            basis.acted_on + timedelta(days=1),
            basis.document_number,
        )
        _record(handing, AuditKind.POST_TAKEN_UP, handing.successor, f"任{name}")


def _record(handing: Handing, kind: AuditKind, person: Person, words: str) -> None:
    record_person(
        handing.session,
        kind,
        person.id,
        handing.body.id,
        handing.actor,
        handing.basis,
        f"{person.name}{words}",
        handing.now,
    )


def delegation_parts(handing: Handing) -> Iterator[Part]:
    """Yield the delegations the leaver has given or taken, in force or to come."""
    leaver = handing.leaver.id
    rows = handing.session.scalars(
        select(Delegation)
        .where(
            or_(Delegation.principal_id == leaver, Delegation.agent_id == leaver),
            Delegation.revoked_at.is_(None),
            Delegation.ends_on >= handing.today,
        )
        .order_by(Delegation.id)
    ).all()
    names = names_of(handing.session, {p for r in rows for p in (r.principal_id, r.agent_id)})
    for row in rows:
        words = (
            f"{names[row.principal_id]}委托{names[row.agent_id]}（{row.starts_on}至{row.ends_on}）"
        )
        if handing.leaves_all:
            done = partial(_revoke, handing, row)
            yield Part(ItemKind.DELEGATION, ItemOutcome.ENDED, words, done=done)
        else:
            why = "仍任其他职务；涉及所离职务的部分自动失效"
            yield Part(ItemKind.DELEGATION, ItemOutcome.KEPT, words, why, done=nothing)


def _revoke(handing: Handing, row: Delegation) -> None:
    row.revoked_at = handing.now
    row.revoked_by = handing.actor.person_id
    record(
        handing.session,
        AuditEntry(
            book=Book.PEOPLE,
            kind=AuditKind.DELEGATION_REVOKED,
            entered_at=handing.now,
            subject_kind=SubjectKind.PERSON,
            subject_id=row.principal_id,
            actor_id=handing.actor.person_id,
            capacity=handing.actor.title,
            data={
                "delegation": row.id,
                "principal": row.principal_id,
                "agent": row.agent_id,
                "reason": "交接",
            },
        ),
    )
