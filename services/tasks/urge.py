"""Reminding those who hold an open task (催办)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.audit.models import EntryKind
from services.bootstrap import Application
from services.cases.access import visible_instance
from services.cases.acts import check_text
from services.cases.identities import to_urge
from services.clock import SHANGHAI
from services.delegation.queries import absent_of, agents_of
from services.errors import Conflict, Forbidden
from services.identity.actor import Actor
from services.notifications.commands import notify
from services.organizations.models import Organization
from services.processes.models import ProcessInstance
from services.tasks.candidates import candidates_in, people_of
from services.tasks.identities import in_one_of
from services.tasks.models import SubTaskState, TaskCandidate, UserTask
from services.tasks.preconditions import open_task
from services.tasks.record import record
from services.tasks.sub_tasks import unanswered

INTERVAL = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class UrgeTask:
    """Remind whoever an open task waits for; `words` may say why."""

    task_id: str
    words: str = ""


def urge_task(app: Application, actor: Actor, command: UrgeTask) -> None:
    """Send a notice to everyone the task waits for, at most once in 24 hours.

    Raises `Forbidden` for who is neither party to the case nor above the task's body, and
    `Conflict` when it was urged lately or nobody is there to be urged.
    """
    check_text("words", "催办说明", command.words)
    with app.database.write() as session:
        task, instance = open_task(session, actor, command.task_id)
        visible_instance(session, actor, instance.id)
        if not may_urge(session, actor, task, instance):
            raise Forbidden("您不能催办该事项。", "催办由发起人、办理对象或者上级党组织进行。")
        actor = in_one_of(actor, to_urge(session, instance, task, actor))
        now = app.clock.now()
        if not is_due_for_urging(task, now):
            raise Conflict(
                f"该事项已于{_moment(task.urged_at)}催办过，24小时内不再重复催办。",
                "请稍后再催；情况紧急的，请直接与办理人联系。",
            )
        people = [p for p in waited_for(session, task, instance, now) if p != actor.person_id]
        if not people:
            raise Conflict("该事项目前没有可以催办的办理人。", "请联系上级党组织确定办理人。")
        task.urged_at = now
        words = command.words.strip()
        record(
            app,
            session,
            instance,
            actor,
            task,
            EntryKind.TASK_URGED,
            {"people": list(people), "request": words},
        )
        notify(
            session,
            people,
            instance.id,
            f"催办：{task.name}",
            f"{actor.name}（{actor.title}）催办“{task.name}”（{instance.number}），请抓紧办理。{words}",
            now,
        )


def may_urge(session: Session, actor: Actor, task: UserTask, instance: ProcessInstance) -> bool:
    """Tell whether the actor started the case, is its subject, or sits above the task's body."""
    if actor.person_id in {instance.starter_id, instance.subject_id}:
        return True
    body = session.get_one(Organization, task.organization_id)
    return any(
        held.organization_id != body.id and body.path.startswith(held.organization_path)
        for held in actor.posts
    )


def is_due_for_urging(task: UserTask, now: datetime) -> bool:
    """Tell whether the last reminder was long enough ago."""
    return task.urged_at is None or task.urged_at + INTERVAL <= now


def waited_for(
    session: Session, task: UserTask, instance: ProcessInstance, now: datetime
) -> tuple[int, ...]:
    """Return by id whom a task waits for: assignee or candidates, and who is asked to take part.

    Who acts for them is told as well, and in the place of who is away.
    """
    asked = [
        row.person_id for row in unanswered(session, task.id) if row.state is SubTaskState.OPEN
    ]
    on = now.astimezone(SHANGHAI).date()
    if task.assignee_id is not None:
        people = [task.assignee_id]
    else:
        rows = session.scalars(select(TaskCandidate).where(TaskCandidate.task_id == task.id))
        people = [p.id for p in people_of(session, candidates_in(rows), instance, on)]
    agents = {} if task.in_person else agents_of(session, people, instance.key, on)
    away = absent_of(session, people, on)
    told = [person for person in people if person not in agents or person not in away]
    return tuple(dict.fromkeys([*told, *agents.values(), *asked]))


def _moment(value: datetime | None) -> str:
    return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if value is not None else ""
