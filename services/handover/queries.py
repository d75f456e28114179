"""Reading hand-overs: who can hand over to whom, the preview, the list of a body, one of them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from services.bootstrap import Application
from services.cases.access import visible_to
from services.errors import Forbidden, NotFound
from services.handover.commands import HandOver, is_of, prepare
from services.handover.models import Handover, HandoverItem
from services.handover.names import KIND_NAMES, OUTCOME_NAMES, SCOPE_NAMES
from services.handover.plan import digest, plan
from services.handover.views import (
    HandoverRow,
    HandoverView,
    ItemView,
    Leaver,
    PostChoice,
    Preview,
)
from services.identity.actor import POST_NAMES, Actor
from services.identity.permissions import Permission, authority, require
from services.organizations.models import Organization
from services.people.models import Appointment, Person, PoliticalStatus
from services.people.queries import held_on
from services.people.search import matches
from services.processes.models import ProcessInstance
from services.tasks.colleagues import Colleague

LIMIT = 30
Left, Following, Entering = aliased(Person), aliased(Person), aliased(Person)


def preview(app: Application, actor: Actor, command: HandOver) -> Preview:
    """Return what a hand-over would do; raises as `hand_over`."""
    with app.database.read() as session:
        parts = plan(prepare(app, session, actor, command))
        items = tuple(
            ItemView(
                kind=part.kind,
                kind_name=KIND_NAMES[part.kind],
                outcome=part.outcome,
                outcome_name=OUTCOME_NAMES[part.outcome],
                words=part.words,
                reason=part.reason,
                case_id=part.case_id,
            )
            for part in parts
        )
        return Preview(items, digest(parts))


def leaver(app: Application, actor: Actor, organization_id: int, person_id: int) -> Leaver:
    """Return somebody who may hand over in a body, with their posts there.

    Raises `NotFound`, and `Forbidden` for oneself and for who may not enter hand-overs there.
    """
    today = app.clock.now().date()
    with app.database.read() as session:
        body = session.get(Organization, organization_id)
        person = session.get(Person, person_id)
        if body is None or person is None or not is_of(session, person, body):
            raise NotFound
        require(session, actor, Permission.HAND_OVER, body)
        if person.id == actor.person_id:
            raise Forbidden("不能办理本人的交接。", "请由其他有权限的同志办理。")
        posts = session.scalars(
            select(Appointment)
            .where(
                Appointment.person_id == person.id,
                Appointment.organization_id == body.id,
                held_on(today),
            )
            .order_by(Appointment.starts_on, Appointment.id)
        )
        return Leaver(
            person_id=person.id,
            name=person.name,
            organization_id=body.id,
            organization_name=body.name,
            posts=tuple(PostChoice(row.id, POST_NAMES[row.post]) for row in posts),
            may_appoint=authority(session, actor, Permission.APPOINT, body) is not None,
        )


def leavers(
    app: Application, actor: Actor, organization_id: int, text: str = ""
) -> tuple[Colleague, ...]:
    """Return who may hand over in a body: holders of its posts first, and its people by name.

    Raises `NotFound`, `Forbidden`.
    """
    with app.database.read() as session:
        body = session.get(Organization, organization_id)
        if body is None:
            raise NotFound
        require(session, actor, Permission.HAND_OVER, body)
        found = _people(session, app, text, Organization.id == body.id)
        return tuple(one for one in found if one.person_id != actor.person_id)


def successors(
    app: Application,
    actor: Actor,
    organization_id: int,
    person_id: int,
    text: str = "",
    keep: Collection[int] = (),
) -> tuple[Colleague, ...]:
    """Return who may follow somebody: people of the body, and of those above by name.

    Those of `keep` (ids) who may stay in the list.  Raises as `leaver`.
    """
    leaver(app, actor, organization_id, person_id)
    with app.database.read() as session:
        body = session.get_one(Organization, organization_id)
        bodies = [int(part) for part in body.path.split("/") if part]
        which = Organization.id.in_(bodies) if text.strip() else Organization.id == body.id
        found = {one.person_id: one for one in _people(session, app, text, which)}
        if set(keep) - found.keys():
            kept = Organization.id.in_(bodies) & Person.id.in_(keep)
            found |= {one.person_id: one for one in _people(session, app, "", kept)}
        return tuple(one for one in found.values() if one.person_id != person_id)


def _people(
    session: Session, app: Application, text: str, which: ColumnElement[bool]
) -> tuple[Colleague, ...]:
    """Return who holds a post in bodies or belongs to them as a full member, posts first."""
    today = app.clock.now().date()
    query = (
        select(Person.id, Person.name, Organization.short_name, Appointment.post)
        .outerjoin(Appointment, (Appointment.person_id == Person.id) & held_on(today))
        .join(
            Organization,
            or_(
                Organization.id == Person.organization_id,
                Organization.id == Appointment.organization_id,
            ),
        )
        .where(
            which,
            Person.left_on.is_(None),
            or_(Person.status == PoliticalStatus.FULL, Appointment.id.is_not(None)),
        )
        .order_by(Appointment.starts_on.is_(None), Organization.path.desc(), Person.id)
    )
    if text.strip():
        query = query.where(matches(text))
    found: dict[int, Colleague] = {}
    for person_id, name, body, post in session.execute(query.limit(LIMIT * 3)):
        found.setdefault(
            person_id, Colleague(person_id, name, POST_NAMES[post] if post else f"{body}人员")
        )
    return tuple(found.values())[:LIMIT]


def hand_overs(app: Application, actor: Actor, organization_id: int) -> tuple[HandoverRow, ...]:
    """Return the hand-overs of a body the actor may see, the newest first."""
    with app.database.read() as session:
        rows = session.execute(
            select(Handover, Left.name, Following.name, Entering.name)
            .join(Left, Left.id == Handover.person_id)
            .join(Following, Following.id == Handover.successor_id)
            .join(Entering, Entering.id == Handover.entered_by)
            .where(
                Handover.organization_id == organization_id,
                _seen_by(session, actor, organization_id),
            )
            .order_by(Handover.acted_on.desc(), Handover.id.desc())
        )
        return tuple(
            HandoverRow(row.id, left, following, row.acted_on, row.entered_at, entering)
            for row, left, following, entering in rows
        )


def hand_over_page(app: Application, actor: Actor, handover_id: int) -> HandoverView:
    """Return a hand-over; `NotFound` also for who may not see it.

    Cases the reader may not see lead nowhere.
    """
    with app.database.read() as session:
        row = session.get(Handover, handover_id)
        if row is None:
            raise NotFound
        seen = _seen_by(session, actor, row.organization_id)
        found = session.execute(
            select(Left.name, Following.name, Entering.name, Organization.name)
            .select_from(Handover)
            .join(Left, Left.id == Handover.person_id)
            .join(Following, Following.id == Handover.successor_id)
            .join(Entering, Entering.id == Handover.entered_by)
            .join(Organization, Organization.id == Handover.organization_id)
            .where(Handover.id == row.id, seen)
        ).one_or_none()
        if found is None:
            raise NotFound
        left, following, entering, body = found
        items = session.execute(
            select(HandoverItem, ProcessInstance.id)
            .outerjoin(
                ProcessInstance,
                (ProcessInstance.id == HandoverItem.instance_id) & visible_to(actor),
            )
            .where(HandoverItem.handover_id == row.id)
            .order_by(HandoverItem.id)
        )
        return HandoverView(
            id=row.id,
            organization_id=row.organization_id,
            organization_name=body,
            leaver=left,
            successor=following,
            scope=row.scope,
            scope_name=SCOPE_NAMES[row.scope],
            acted_on=row.acted_on,
            document_number=row.document_number,
            reason=row.reason,
            entered_by=entering,
            capacity=row.capacity,
            entered_at=row.entered_at,
            items=tuple(
                ItemView(
                    kind=item.kind,
                    kind_name=KIND_NAMES[item.kind],
                    outcome=item.outcome,
                    outcome_name=OUTCOME_NAMES[item.outcome],
                    words=item.words,
                    reason=item.reason,
                    case_id=case_id,
                )
                for item, case_id in items
            ),
        )


def _seen_by(session: Session, actor: Actor, organization_id: int) -> ColumnElement[bool]:
    """SQL: the actor took part in the `Handover` of the query, or may enter such in its body."""
    body = session.get(Organization, organization_id)
    if body is not None and authority(session, actor, Permission.HAND_OVER, body) is not None:
        return Handover.id.is_not(None)
    return or_(
        Handover.person_id == actor.person_id,
        Handover.successor_id == actor.person_id,
        Handover.entered_by == actor.person_id,
    )
