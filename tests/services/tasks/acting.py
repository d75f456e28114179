"""The operations on the talk of the test world, by cast alias."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from services.audit.journal import contents
from services.audit.models import EntryKind, JournalEntry
from services.notifications.models import Notification
from services.tasks.answer import AnswerSubTask, answer_sub_task
from services.tasks.delegate import DelegateTask, delegate_task
from services.tasks.models import SubTask, SubTaskKind, SubTaskState, UserTask, Verdict
from services.tasks.sign import AddSigners, add_signers
from services.tasks.transfer import TransferTask, transfer_task
from services.tasks.withdraw import WithdrawSubTask, withdraw_sub_task
from tests.world import World

TALK = {"talker": "@secretary", "talk_record": "入党动机端正。"}


def task_id(world: World, element: str = "talk") -> str:
    return world.open()[element].id


def transfer(world: World, by: str, to: str, reason: str = "本人出差。") -> None:
    command = TransferTask(task_id(world), world.people[to], reason)
    transfer_task(world.app, world.actor(by), command)


def delegate(world: World, by: str, to: str, request: str = "请先谈。") -> int:
    command = DelegateTask(task_id(world), world.people[to], request)
    delegate_task(world.app, world.actor(by), command)
    return asked(world, to).id


def sign(world: World, kind: SubTaskKind, by: str, *to: str, element: str = "talk") -> None:
    people = tuple(world.people[alias] for alias in to)
    add_signers(
        world.app, world.actor(by), AddSigners(task_id(world, element), kind, people, "请审。")
    )


def answer(
    world: World, alias: str, verdict: Verdict | None = Verdict.AGREED, opinion: str = "可以。"
) -> None:
    command = AnswerSubTask(asked(world, alias).id, opinion, verdict)
    answer_sub_task(world.app, world.actor(alias), command)


def withdraw(world: World, by: str, alias: str, reason: str = "不再需要。") -> None:
    withdraw_sub_task(world.app, world.actor(by), WithdrawSubTask(asked(world, alias).id, reason))


def asked(world: World, alias: str) -> SubTask:
    """The newest thing a person was asked."""
    with world.app.database.read() as session:
        return session.scalars(
            select(SubTask)
            .where(SubTask.person_id == world.people[alias])
            .order_by(SubTask.id.desc())
        ).one()


def states(world: World) -> list[SubTaskState]:
    with world.app.database.read() as session:
        return list(session.scalars(select(SubTask.state).order_by(SubTask.id)))


def notices(world: World, alias: str) -> list[str]:
    with world.app.database.read() as session:
        return list(
            session.scalars(
                select(Notification.subject)
                .where(Notification.person_id == world.people[alias])
                .order_by(Notification.id)
            )
        )


def kinds(world: World) -> list[EntryKind]:
    return [EntryKind(entry.kind) for entry in world.journal()]


def entry_of(world: World, kind: EntryKind) -> tuple[JournalEntry, dict[str, Any]]:
    """The newest entry of a kind with its data."""
    entry = next(e for e in reversed(world.journal()) if e.kind == kind)
    return entry, contents(entry)


def talk(world: World) -> UserTask:
    return world.task("talk")
