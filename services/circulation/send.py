"""Sending a case to people to read (抄送, 传阅)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.access import visible_instance
from services.cases.acts import check_text
from services.cases.identities import on_the_case
from services.circulation.models import Circulation, CirculationKind
from services.circulation.names import KIND_NAMES
from services.circulation.readers import chosen_readers, may_circulate
from services.errors import Forbidden, Invalid
from services.identity.actor import Actor
from services.notifications.commands import notify
from services.people.models import Person
from services.processes.models import ProcessInstance
from services.tasks.identities import in_one_of
from services.tasks.models import UserTask
from services.tasks.record import record

MAX_READERS = 50


@dataclass(frozen=True, slots=True)
class Circulate:
    """Send a case to people (ids) to read; `task_id` names the step it is sent from, if any."""

    case_id: int
    kind: CirculationKind
    people: tuple[int, ...]
    words: str = ""
    task_id: str = ""


def circulate(app: Application, actor: Actor, command: Circulate) -> None:
    """Put the case into everybody's 待阅; it moves nothing, and gives them the right to see it.

    Raises `Forbidden` for who does not act on the case, `Invalid` for people that may not be
    chosen or still have the case unread from the actor.
    """
    check_text("words", "说明", command.words)
    with app.database.write() as session:
        visible_instance(session, actor, command.case_id)
        instance = session.get_one(ProcessInstance, command.case_id, with_for_update=True)
        if not may_circulate(session, actor, instance):
            raise Forbidden("您不能抄送或者传阅该办件。", "抄送传阅由办件的办理人或者发起人进行。")
        actor = in_one_of(actor, on_the_case(instance, actor))
        task = session.get(UserTask, command.task_id) if command.task_id else None
        if task is not None and task.instance_id != instance.id:
            raise Invalid("所选环节不属于本办件。")
        now = app.clock.now()
        people = chosen_readers(session, actor, instance, now.date(), command.people)
        if len(people) > MAX_READERS:
            message = f"一次不能超过{MAX_READERS}人。"
            raise Invalid(message, errors={"people": message})
        unread = session.scalars(
            select(Person.name)
            .join(Circulation, Circulation.person_id == Person.id)
            .where(
                Circulation.instance_id == instance.id,
                Circulation.sender_id == actor.person_id,
                Circulation.person_id.in_(people),
                Circulation.read_at.is_(None),
            )
        ).all()
        if unread:
            message = f"{'、'.join(dict.fromkeys(unread))}已收到您发送的本办件，尚未阅看。"
            raise Invalid(message, "请取消选择；需要提醒的，可以催阅。", errors={"people": message})
        session.add_all(
            Circulation(
                instance_id=instance.id,
                step_name=task.name if task is not None else "",
                kind=command.kind,
                person_id=person_id,
                sender_id=actor.person_id,
                words=command.words.strip(),
                sent_at=now,
            )
            for person_id in people
        )
        record(
            app,
            session,
            instance,
            actor,
            task,
            EntryKind.CIRCULATION_SENT,
            {"people": list(people), "kind": str(command.kind), "request": command.words.strip()},
        )
        notify(
            session,
            people,
            instance.id,
            f"{KIND_NAMES[command.kind]}：{instance.number}",
            f"{actor.name}将办件{instance.number}{KIND_NAMES[command.kind]}给您，请在“待阅”中阅看。",
            now,
        )
