"""Recusing somebody from one case, by declaration or by order, and lifting that again."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.access import visible_instance
from services.cases.acts import required_text
from services.cases.staffing import review_case
from services.cases.write_path import LockedCase, lock
from services.errors import Conflict, Forbidden, Invalid, NotFound
from services.identity.actor import Actor
from services.notifications.commands import notify
from services.organizations.models import Organization
from services.people.models import Person
from services.recusal.models import Ground, Recusal
from services.recusal.names import GROUND_NAMES
from services.recusal.officers import is_officer_above
from services.tasks.record import record


@dataclass(frozen=True, slots=True)
class Recuse:
    """Keep a person (`person`, 0 for oneself) out of a case."""

    case_id: int
    ground: Ground | None
    reason: str
    person: int = 0


@dataclass(frozen=True, slots=True)
class LiftRecusal:
    """Let a person take part in a case again."""

    recusal_id: int
    reason: str


def recuse(app: Application, actor: Actor, command: Recuse) -> None:
    """Record the recusal; what the person had claimed goes back, what they were asked for ends.

    Everybody who sees a case may declare it for themselves; for others it is ordered by an officer
    of the body of the case or of one above, who is not recused themselves.  Raises `Invalid`,
    `Forbidden`, `NotFound`.
    """
    reason = required_text("reason", "回避事由", command.reason)
    if command.ground is None:
        raise Invalid("请选择回避情形。", errors={"ground": "请选择回避情形。"})
    with app.database.write() as session:
        case = _seen(app, session, actor, command.case_id)
        person_id = command.person or actor.person_id
        if person_id != actor.person_id:
            require_may_order(session, actor, case)
        person = session.get(Person, person_id)
        if person is None:
            raise Invalid("请选择人员。", errors={"people": "请选择人员。"})
        if person.id == case.instance.subject_id:
            message = "办理对象本人的事项由本人办理，无需申请回避；其职务已自动回避。"
            raise Invalid(message, errors={"people": message})
        if _standing(session, case.instance.id, person.id) is not None:
            message = f"{person.name}已在本办件中回避。"
            raise Invalid(message, errors={"people": message})
        session.add(
            Recusal(
                instance_id=case.instance.id,
                person_id=person.id,
                ground=command.ground,
                reason=reason,
                decided_by=actor.person_id,
                decided_at=case.now,
            )
        )
        words = GROUND_NAMES[command.ground]
        record(
            app,
            session,
            case.instance,
            actor,
            None,
            EntryKind.RECUSED,
            {"people": [person.id], "ground": words, "reason": reason},
        )
        if person.id != actor.person_id:
            notify(
                session,
                (person.id,),
                case.instance.id,
                f"回避：{case.instance.number}",
                f"经{actor.name}（{actor.title}）决定，您在办件{case.instance.number}中回避。"
                f"情形：{words}。事由：{reason}",
                case.now,
            )
        session.flush()
        review_case(case)


def lift_recusal(app: Application, actor: Actor, command: LiftRecusal) -> None:
    """End a recusal; only by an officer, never by the person.  Raises as `recuse`, `Conflict`."""
    reason = required_text("reason", "解除事由", command.reason)
    with app.database.write() as session:
        case_id = session.scalar(
            select(Recusal.instance_id).where(Recusal.id == command.recusal_id)
        )
        if case_id is None:
            raise NotFound
        case = _seen(app, session, actor, case_id)
        row = session.get_one(Recusal, command.recusal_id, populate_existing=True)
        if row.person_id == actor.person_id:
            raise Forbidden("本人不能解除自己的回避。", "请由办件所在党组织的书记、纪检委员解除。")
        require_may_order(session, actor, case)
        if row.lifted_at is not None:
            raise Conflict("该回避已经解除。", "请刷新页面，查看最新情况。")
        row.lifted_at = case.now
        row.lifted_by = actor.person_id
        record(
            app,
            session,
            case.instance,
            actor,
            None,
            EntryKind.RECUSAL_LIFTED,
            {"people": [row.person_id], "reason": reason},
        )
        session.flush()
        review_case(case)


def may_order(session: Session, actor: Actor, case_body: int, subject_id: int | None) -> bool:
    """Tell whether the actor is an officer of the body of a case, or above, and not its subject."""
    path = session.get_one(Organization, case_body).path
    return actor.person_id != subject_id and is_officer_above(actor, path)


def require_may_order(session: Session, actor: Actor, case: LockedCase) -> None:
    """Raise `Forbidden` for who may not order recusal in the case."""
    instance = case.instance
    recused = _standing(session, instance.id, actor.person_id) is not None
    if recused or not may_order(session, actor, instance.organization_id, instance.subject_id):
        raise Forbidden(
            "您不能决定他人回避。", "请由办件所在党组织或者其上级的书记、纪检委员决定。"
        )


def _seen(app: Application, session: Session, actor: Actor, case_id: int) -> LockedCase:
    visible_instance(session, actor, case_id)
    return lock(app, session, case_id)


def _standing(session: Session, case_id: int, person_id: int) -> int | None:
    return session.scalars(
        select(Recusal.id).where(
            Recusal.instance_id == case_id,
            Recusal.person_id == person_id,
            Recusal.lifted_at.is_(None),
        )
    ).first()
