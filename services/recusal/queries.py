"""Reading recusal: the register of one's relationships, and the recusals of a case."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from services.bootstrap import Application
from services.cases.access import visible_instance
from services.errors import Forbidden
from services.identity.actor import Actor
from services.organizations.models import Organization
from services.people.models import Appointment, Person
from services.people.queries import held_on
from services.people.search import matches
from services.processes.models import ProcessInstance
from services.recusal.commands import may_order
from services.recusal.models import Recusal, Relationship
from services.recusal.names import GROUND_NAMES, KIND_NAMES
from services.recusal.officers import OFFICERS
from services.recusal.views import CaseRecusals, RecusalView, RelationshipView
from services.tasks.colleagues import Colleague

LIMIT = 30
SHORTEST_NAME = 2
One, Other, Declarer = aliased(Person), aliased(Person), aliased(Person)
OneHome, OtherHome = aliased(Organization), aliased(Organization)


def relationships(app: Application, actor: Actor) -> tuple[RelationshipView, ...]:
    """Return what concerns the actor, and for officers what concerns the people of their bodies."""
    conditions = [
        Relationship.person_id == actor.person_id,
        Relationship.relative_id == actor.person_id,
    ]
    officer_of = [held.organization_path for held in actor.posts if held.post in OFFICERS]
    in_office = [
        or_(
            OneHome.path.startswith(path, autoescape=True),
            OtherHome.path.startswith(path, autoescape=True),
        )
        for path in officer_of
    ]
    with app.database.read() as session:
        rows = session.execute(
            select(Relationship, One.name, Other.name, Declarer.name)
            .join(One, One.id == Relationship.person_id)
            .join(Other, Other.id == Relationship.relative_id)
            .join(OneHome, OneHome.id == One.organization_id)
            .join(OtherHome, OtherHome.id == Other.organization_id)
            .join(Declarer, Declarer.id == Relationship.declared_by)
            .where(or_(*conditions, *in_office))
            .order_by(Relationship.ended_on.is_not(None), Relationship.declared_at.desc())
        )
        return tuple(
            RelationshipView(
                id=row.id,
                person=one,
                relative=other,
                kind_name=KIND_NAMES[row.kind],
                since=row.since,
                note=row.note,
                declared_by=declarer,
                declared_at=row.declared_at,
                ended_on=row.ended_on,
                may_end=row.ended_on is None
                and bool(officer_of)
                and actor.person_id not in {row.person_id, row.relative_id},
            )
            for row, one, other, declarer in rows
        )


def namesakes(app: Application, actor: Actor, name: str) -> tuple[Colleague, ...]:
    """Return the people who bear exactly this name, with their bodies: to declare a relative.

    One has to know the name; nothing can be browsed here.
    """
    if len(name.strip()) < SHORTEST_NAME:
        return ()
    with app.database.read() as session:
        rows = session.execute(
            select(Person.id, Person.name, Organization.short_name)
            .join(Organization, Organization.id == Person.organization_id)
            .where(Person.name == name.strip(), Person.id != actor.person_id)
            .order_by(Person.id)
            .limit(LIMIT)
        )
        return tuple(Colleague(person_id, full, body) for person_id, full, body in rows)


def case_recusals(session: Session, actor: Actor, instance: ProcessInstance) -> CaseRecusals:
    """Return the recusals of a case the actor may see, and what they may do about them."""
    orders = may_order(session, actor, instance.organization_id, instance.subject_id)
    rows = session.execute(
        select(Recusal, One.name, Declarer.name)
        .join(One, One.id == Recusal.person_id)
        .join(Declarer, Declarer.id == Recusal.decided_by)
        .where(Recusal.instance_id == instance.id)
        .order_by(Recusal.id)
    ).all()
    running = instance.status.is_running
    own = {row.person_id for row, _, _ in rows if row.lifted_at is None}
    orders = orders and running and actor.person_id not in own
    return CaseRecusals(
        items=tuple(
            RecusalView(
                id=row.id,
                person=name,
                ground_name=GROUND_NAMES[row.ground],
                reason=row.reason,
                is_declared=row.person_id == row.decided_by,
                decided_by=by,
                decided_at=row.decided_at,
                lifted_at=row.lifted_at,
                may_lift=orders and row.lifted_at is None and row.person_id != actor.person_id,
            )
            for row, name, by in rows
        ),
        may_declare=running
        and actor.person_id != instance.subject_id
        and actor.person_id not in own,
        may_order=orders,
    )


def people_to_recuse(
    app: Application, actor: Actor, case_id: int, text: str
) -> tuple[Colleague, ...]:
    """Return who may be ordered to recuse themselves: holders of posts in the case's bodies.

    `Forbidden` for who may not order it.
    """
    today = app.clock.now().date()
    with app.database.read() as session:
        instance = visible_instance(session, actor, case_id)
        if not case_recusals(session, actor, instance).may_order:
            raise Forbidden("您不能决定他人回避。")
        path = session.get_one(Organization, instance.organization_id).path
        bodies = [int(part) for part in path.split("/") if part]
        query = (
            select(Person.id, Person.name, Organization.short_name)
            .join(Appointment, Appointment.person_id == Person.id)
            .join(Organization, Organization.id == Appointment.organization_id)
            .where(
                Organization.id.in_(bodies),
                held_on(today),
                Person.id.not_in([actor.person_id, instance.subject_id or 0]),
            )
            .order_by(Organization.path.desc(), Appointment.starts_on, Person.id)
        )
        if text.strip():
            query = query.where(matches(text))
        found: dict[int, Colleague] = {}
        for person_id, name, body in session.execute(query):
            found.setdefault(person_id, Colleague(person_id, name, body))
        return tuple(found.values())[:LIMIT]
