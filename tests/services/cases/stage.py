"""Several cases that talk to each other, and the worker between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from services.audit.models import EntryKind, JournalEntry
from services.bootstrap import Application
from services.cases.change_status import change_status
from services.cases.complete import CompleteTask, complete_task
from services.cases.intervene import Intervene
from services.cases.intervention import Intervention
from services.cases.start import StartCase, start_case
from services.clock import FixedClock
from services.identity.actor import Actor
from services.jobs.models import Job, JobKind
from services.notifications.models import Notification
from services.processes.models import ProcessInstance
from services.tasks.models import OPEN_STATES, UserTask
from services.worker import run

PROCEDURES = Path(__file__).resolve().parents[2] / "fixtures" / "procedures"


@dataclass
class Stage:
    """Several cases of several procedures, and the worker between them."""

    app: Application
    clock: FixedClock
    actor: Actor

    def start(self, key: str, **data: Any) -> int:
        filled = {"acted_on": self.clock.now().date(), **data}
        command = StartCase(key, None, filled)
        return start_case(self.app, self.actor, command).case_id

    def complete(self, case_id: int, element: str, **data: Any) -> None:
        task_id = self.open(case_id)[element]
        filled = {"acted_on": self.clock.now().date(), **data}
        complete_task(self.app, self.actor, CompleteTask(task_id, data=filled))

    def open(self, case_id: int) -> dict[str, str]:
        with self.app.database.read() as session:
            rows = session.scalars(
                select(UserTask).where(
                    UserTask.instance_id == case_id, UserTask.state.in_(OPEN_STATES)
                )
            )
            return {row.element_id: row.id for row in rows}

    def work(self) -> None:
        """Run everything that is due, until nothing is."""
        while run.run_due(self.app):
            pass

    def later(self, by: timedelta) -> None:
        self.clock.advance(by)
        self.work()

    def all(self, key: str) -> list[ProcessInstance]:
        with self.app.database.read() as session:
            return list(
                session.scalars(
                    select(ProcessInstance)
                    .where(ProcessInstance.key == key)
                    .order_by(ProcessInstance.id)
                )
            )

    def instance(self, case_id: int) -> ProcessInstance:
        with self.app.database.read() as session:
            return session.get_one(ProcessInstance, case_id)

    def journal(self, case_id: int) -> list[JournalEntry]:
        with self.app.database.read() as session:
            return list(
                session.scalars(
                    select(JournalEntry)
                    .where(JournalEntry.instance_id == case_id)
                    .options(joinedload(JournalEntry.instance))
                    .order_by(JournalEntry.sequence)
                )
            )

    def kinds(self, case_id: int) -> list[EntryKind]:
        return [EntryKind(entry.kind) for entry in self.journal(case_id)]

    def jobs(self, *kinds: JobKind) -> list[Job]:
        with self.app.database.read() as session:
            return list(session.scalars(select(Job).where(Job.kind.in_(kinds)).order_by(Job.id)))

    def intervene(self, case_id: int, what: Intervention) -> None:
        change_status(self.app, self.actor, what, Intervene(case_id, "自动测试。"))

    def notices(self) -> list[Notification]:
        with self.app.database.read() as session:
            return list(session.scalars(select(Notification).order_by(Notification.id)))
