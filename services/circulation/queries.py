"""Reading what was sent to be read: one's own 待阅 and 已阅, and who has read what one sent."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import Session, aliased

from services.bootstrap import Application
from services.cases.access import visible_instance
from services.cases.views import Listing
from services.circulation.models import Circulation, CirculationKind
from services.circulation.names import KIND_NAMES
from services.circulation.readers import may_circulate, readers
from services.circulation.views import CirculationView
from services.errors import Forbidden, NotFound
from services.identity.actor import Actor
from services.people.models import Person
from services.processes.models import Deployment, ProcessInstance
from services.tasks.colleagues import Colleague

PAGE_SIZE = 20

Subject = aliased(Person)
Sender = aliased(Person)
Reader = aliased(Person)


def unread_count(app: Application, actor: Actor) -> int:
    """Return how many cases the actor has yet to read."""
    with app.database.read() as session:
        return (
            session.scalar(
                select(func.count()).where(
                    Circulation.person_id == actor.person_id, Circulation.read_at.is_(None)
                )
            )
            or 0
        )


def listing(
    app: Application, actor: Actor, *, is_read: bool, page: int = 1
) -> Listing[CirculationView]:
    """Return one page of 待阅 (the oldest first) or 已阅 (the latest read first)."""
    condition = (Circulation.person_id == actor.person_id) & (
        Circulation.read_at.is_not(None) if is_read else Circulation.read_at.is_(None)
    )
    order = Circulation.read_at.desc() if is_read else Circulation.sent_at.asc()
    with app.database.read() as session:
        total = session.scalar(select(func.count()).select_from(Circulation).where(condition)) or 0
        rows = session.execute(
            _query(condition)
            .order_by(order, Circulation.id)
            .limit(PAGE_SIZE)
            .offset(PAGE_SIZE * (page - 1))
        )
        items = tuple(_view(row) for row in rows)
    return Listing(items, total, page, PAGE_SIZE)


def circulation(app: Application, actor: Actor, circulation_id: int) -> CirculationView:
    """Return what the actor was sent; `NotFound` for anybody else's."""
    with app.database.read() as session:
        row = session.execute(
            _query((Circulation.id == circulation_id) & (Circulation.person_id == actor.person_id))
        ).one_or_none()
        if row is None:
            raise NotFound
        return _view(row)


def sent_by(session: Session, actor: Actor, case_id: int) -> tuple[CirculationView, ...]:
    """Return what the actor sent of a case and who has read it, the latest first."""
    rows = session.execute(
        _query(
            (Circulation.instance_id == case_id) & (Circulation.sender_id == actor.person_id)
        ).order_by(Circulation.sent_at.desc(), Circulation.id)
    )
    return tuple(_view(row) for row in rows)


def people_to_send(
    app: Application, actor: Actor, case_id: int, text: str, keep: Collection[int] = ()
) -> tuple[Colleague, ...]:
    """Return who may be sent a case, see `readers`; raises `NotFound` and `Forbidden`."""
    today: date = app.clock.now().date()
    with app.database.read() as session:
        instance = visible_instance(session, actor, case_id)
        if not may_circulate(session, actor, instance):
            raise Forbidden("您不能抄送或者传阅该办件。", "抄送传阅由办件的办理人或者发起人进行。")
        return readers(session, actor, instance, today, text, keep)


def _query(
    condition: ColumnElement[bool],
) -> Select[tuple[Circulation, str, str, str, str, str]]:
    return (
        select(
            Circulation,
            ProcessInstance.number,
            Deployment.title,
            Subject.name,
            Sender.name,
            Reader.name,
        )
        .join(ProcessInstance, ProcessInstance.id == Circulation.instance_id)
        .join(Deployment, Deployment.id == ProcessInstance.deployment_id)
        .join(Sender, Sender.id == Circulation.sender_id)
        .join(Reader, Reader.id == Circulation.person_id)
        .outerjoin(Subject, Subject.id == ProcessInstance.subject_id)
        .where(condition)
    )


def _view(row: Row[tuple[Circulation, str, str, str, str, str]]) -> CirculationView:
    entry, number, title, subject, sender, reader = row
    return CirculationView(
        id=entry.id,
        case_id=entry.instance_id,
        case_number=number,
        title=f"{subject}·{title}" if subject else title,
        step_name=entry.step_name,
        kind_name=KIND_NAMES[entry.kind],
        asks_opinion=entry.kind is CirculationKind.OPINION,
        reader=reader,
        sender=sender,
        words=entry.words,
        sent_at=entry.sent_at,
        read_at=entry.read_at,
        opinion=entry.opinion,
    )
