"""Reminding those who have not read what they were sent (催阅)."""

from __future__ import annotations

from sqlalchemy import or_, select

from services.bootstrap import Application
from services.cases.access import visible_instance
from services.circulation.models import Circulation
from services.errors import Conflict
from services.identity.actor import Actor
from services.notifications.commands import notify
from services.processes.models import ProcessInstance
from services.tasks.urge import INTERVAL


def urge_readers(app: Application, actor: Actor, case_id: int) -> int:
    """Remind whoever has not read what the actor sent; returns how many.

    Each at most once in 24 hours; raises `Conflict` when there is nobody to be reminded.
    """
    now = app.clock.now()
    with app.database.write() as session:
        visible_instance(session, actor, case_id)
        instance = session.get_one(ProcessInstance, case_id, with_for_update=True)
        rows = session.scalars(
            select(Circulation).where(
                Circulation.instance_id == case_id,
                Circulation.sender_id == actor.person_id,
                Circulation.read_at.is_(None),
                Circulation.sent_at <= now,
                or_(Circulation.urged_at.is_(None), Circulation.urged_at <= now - INTERVAL),
            )
        ).all()
        if not rows:
            raise Conflict(
                "没有需要催阅的人员：都已阅看，或者24小时内已经催过。", "请在办件页面查看阅看情况。"
            )
        for row in rows:
            row.urged_at = now
        notify(
            session,
            [row.person_id for row in rows],
            case_id,
            f"催阅：{instance.number}",
            f"{actor.name}提醒您阅看办件{instance.number}，请在“待阅”中阅看。",
            now,
        )
    return len(rows)
