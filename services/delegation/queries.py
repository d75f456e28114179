"""Reading delegations: one's own page, who may be chosen, and who is told instead of somebody."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from engine.forms import Option
from services.bootstrap import Application
from services.delegation.mandates import in_force, is_away
from services.delegation.models import Absence, Delegation
from services.delegation.names import ABSENCE_NAMES
from services.delegation.rules import Agent
from services.delegation.views import AbsenceView, DelegationPage, DelegationView
from services.identity.actor import POST_NAMES, Actor
from services.organizations.models import Organization
from services.people.models import Appointment, Person
from services.people.queries import held_on
from services.people.search import matches
from services.processes.models import Deployment
from services.tasks.colleagues import Colleague

LIMIT = 30
Principal, Chosen = aliased(Person), aliased(Person)


def page(app: Application, actor: Actor) -> DelegationPage:
    """Return the actor's delegations and absences, the newest first."""
    today = app.clock.now().date()
    with app.database.read() as session:
        rows = session.execute(
            select(Delegation, Principal.name, Chosen.name)
            .join(Principal, Principal.id == Delegation.principal_id)
            .join(Chosen, Chosen.id == Delegation.agent_id)
            .where(
                or_(
                    Delegation.principal_id == actor.person_id,
                    Delegation.agent_id == actor.person_id,
                )
            )
            .order_by(Delegation.starts_on.desc(), Delegation.id.desc())
        ).all()
        titles = _titles(session)
        absences = session.scalars(
            select(Absence)
            .where(Absence.person_id == actor.person_id)
            .order_by(Absence.starts_on.desc(), Absence.id.desc())
        ).all()
    views = [
        (
            row,
            DelegationView(
                id=row.id,
                principal=principal,
                agent=agent,
                procedure=titles.get(row.procedure_key, "") if row.procedure_key else "",
                starts_on=row.starts_on,
                ends_on=row.ends_on,
                reason=row.reason,
                state=_state(row.starts_on, row.ends_on, row.revoked_at, today),
                may_revoke=row.revoked_at is None and row.ends_on >= today,
            ),
        )
        for row, principal, agent in rows
    ]
    return DelegationPage(
        given=tuple(view for row, view in views if row.principal_id == actor.person_id),
        received=tuple(view for row, view in views if row.agent_id == actor.person_id),
        absences=tuple(
            AbsenceView(
                id=row.id,
                kind_name=ABSENCE_NAMES[row.kind],
                starts_on=row.starts_on,
                ends_on=row.ends_on,
                note=row.note,
                state=_state(row.starts_on, row.ends_on, row.canceled_at, today),
                may_cancel=row.canceled_at is None and row.ends_on >= today,
            )
            for row in absences
        ),
        procedures=tuple(Option(key, title) for key, title in titles.items()),
    )


def agents(app: Application, actor: Actor, text: str) -> tuple[Colleague, ...]:
    """Return who could stand in for the actor today, narrowed by name or pinyin."""
    today = app.clock.now().date()
    with app.database.read() as session:
        return _eligible(session, actor, today, text)


def covers(session: Session, actor: Actor, agent_id: int, on: date) -> bool:
    """Tell whether a person may stand in for the actor in anything."""
    found = _eligible(session, actor, on, person_id=agent_id)
    return bool(found)


def agents_of(
    session: Session, person_ids: Collection[int], procedure_key: str, on: date
) -> dict[int, int]:
    """Return, by principal, who acts for them in a procedure on the day; one statement."""
    if not person_ids:
        return {}
    rows = session.execute(
        select(Delegation.principal_id, Delegation.agent_id).where(
            Delegation.principal_id.in_(person_ids),
            or_(Delegation.procedure_key.is_(None), Delegation.procedure_key == procedure_key),
            in_force(on),
        )
    )
    return {principal: agent for principal, agent in rows}  # noqa: C416 - rows are not pairs


def absent_of(session: Session, person_ids: Collection[int], on: date) -> frozenset[int]:
    """Return which of the people are away on the day."""
    rows = session.scalars(
        select(Absence.person_id).where(Absence.person_id.in_(person_ids), is_away(on))
    )
    return frozenset(rows)


def _eligible(
    session: Session, actor: Actor, on: date, text: str = "", person_id: int | None = None
) -> tuple[Colleague, ...]:
    """Return people of the actor's bodies and of those above who may take over any of it."""
    home = session.get_one(Organization, actor.organization_id)
    own = [(held.organization_path, held.post) for held in actor.posts]
    bodies = {
        int(part) for path in (home.path, *(p for p, _ in own)) for part in path.split("/") if part
    }
    query = (
        select(Person, Organization, Appointment)
        .outerjoin(Appointment, (Appointment.person_id == Person.id) & held_on(on))
        .join(
            Organization,
            or_(
                Organization.id == Person.organization_id,
                Organization.id == Appointment.organization_id,
            ),
        )
        .where(Person.id != actor.person_id, Organization.id.in_(bodies))
        .order_by(Organization.path.desc(), Appointment.starts_on, Person.name, Person.id)
    )
    if person_id is not None:
        query = query.where(Person.id == person_id)
    if text.strip():
        query = query.where(matches(text))
    known: dict[int, tuple[Person, list[str], list[str]]] = {}
    for person, body, held in session.execute(query):
        _, paths, titles = known.setdefault(person.id, (person, [], []))
        paths.append(body.path)
        if held is not None and held.organization_id == body.id:
            titles.append(f"{body.short_name}{POST_NAMES[held.post]}")
    found = []
    for person, paths, titles in known.values():
        agent = Agent(paths, person.status)
        if agent.may_act_for_people_of(home.path) or any(
            agent.is_of(path) and agent.may_hold(post) for path, post in own
        ):
            found.append(
                Colleague(person.id, person.name, "、".join(dict.fromkeys(titles)) or "无职务")
            )
        if len(found) == LIMIT:
            break
    return tuple(found)


def _titles(session: Session) -> dict[str, str]:
    rows = session.execute(
        select(Deployment.key, Deployment.title).order_by(Deployment.key, Deployment.version)
    )
    return {key: title for key, title in rows}  # noqa: C416 - rows are not pairs to mypy


def _state(starts_on: date, ends_on: date, ended_at: datetime | None, today: date) -> str:
    if ended_at is not None:
        return "已撤销"
    if ends_on < today:
        return "已结束"
    return "未开始" if today < starts_on else "进行中"
