"""Reading what one was sent: 已阅, with an opinion where one was asked for."""

from __future__ import annotations

from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.acts import check_text, required_text
from services.circulation.models import Circulation, CirculationKind
from services.errors import Conflict, NotFound
from services.identity.actor import Actor
from services.notifications.commands import notify
from services.processes.models import ProcessInstance
from services.tasks.record import record


def mark_read(app: Application, actor: Actor, circulation_id: int, opinion: str = "") -> int:
    """Mark as read now and return the case; an opinion stays apart from every form.

    That one has read is kept with its time and not journaled: only opinions are part of the record.
    Raises `NotFound` for anybody else's, `Invalid` without the opinion that was asked for, and
    `Conflict` when it was read before.
    """
    check_text("opinion", "传阅意见", opinion)
    with app.database.write() as session:
        row = session.get(Circulation, circulation_id)
        if row is None or row.person_id != actor.person_id:
            raise NotFound
        instance = session.get_one(ProcessInstance, row.instance_id, with_for_update=True)
        session.refresh(row)
        if row.read_at is not None:
            raise Conflict("该件已经阅看。", "请在“已阅”中查看。")
        if row.kind is CirculationKind.OPINION:
            opinion = required_text("opinion", "传阅意见", opinion)
        now = app.clock.now()
        row.read_at = now
        row.opinion = opinion.strip()
        if row.opinion:
            record(
                app,
                session,
                instance,
                actor,
                None,
                EntryKind.CIRCULATION_ANSWERED,
                {"people": [row.sender_id], "opinion": row.opinion},
            )
            notify(
                session,
                (row.sender_id,),
                instance.id,
                f"传阅意见：{instance.number}",
                f"{actor.name}：{row.opinion}",
                now,
            )
        return row.instance_id
