"""A small test world: people of the sample world acting on one case, fluently.

    World(app).start().complete("talk", by="secretary", …).waiting_at("recommend_activist")

What a test does not say is as the form opens it; `until` follows a story of the procedure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any, Self

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from engine import runtime
from engine.values import load_values
from services.audit.journal import contents
from services.audit.models import JournalEntry
from services.db import Base
from services.demo.stories import Performer, load_story
from services.processes.models import ProcessInstance
from services.tasks.models import UserTask

ROOT = Path(__file__).resolve().parents[1]
MORNING = time(10, 0)


def load_scenario(path: Path) -> dict[str, Any]:
    """Return the story; YAML dates become `date`."""
    return load_story(path.read_text(encoding="utf-8"))


@dataclass
class World(Performer):
    """A performer whose case can be looked at.

    Dates: `on` is the date of the act; the clock goes to that day (never back) unless it stands
    later already.
    """

    plot: Iterator[Mapping[str, Any]] | None = None

    def until(self, *elements: str, story: str = "MD-S1") -> Self:
        """Follow a story from its start, or where it was left, until all `elements` are open."""
        if self.plot is None:
            told = load_scenario(ROOT / "bpmn" / self.procedure / "scenarios" / f"{story}.yaml")
            self.plot = iter(told["steps"])
            first = told["start"]
            self.go_to(first["on"]).start(by=first["by"], on=first["on"], data=first.get("data"))
        while not set(elements) <= self.open().keys():
            step = next(self.plot)
            if "advance_to" in step:
                self.go_to(step["advance_to"])
            elif "refused" not in step:
                self.go_to(step.get("entered_on", step["on"])).step(step)
        return self

    def waiting_at(self, *elements: str) -> Self:
        """Check which user tasks are open, and that inbox, engine and saved state agree."""
        assert sorted(elements) == sorted(row.element_id for row in self.rows())
        self.check_consistency()
        return self

    def check_consistency(self) -> None:
        """Loading and saving changes nothing, and the inbox equals the engine."""
        instance = self.instance()
        with self.app.database.read() as session:
            procedure = self.app.procedures.get(session, instance.deployment_id)
        loaded = runtime.inspect(procedure.process, instance.state)
        again = runtime.inspect(procedure.process, loaded.state)
        assert instance.state == loaded.state, "loading and saving changed the bytes"
        assert loaded == again, "loading and saving changed the state"
        assert loaded.status is instance.status, "status differs"
        assert {t.id for t in loaded.open_tasks} == {t.id for t in self.rows()}, "inbox differs"
        assert dict(loaded.variables) == load_values(instance.variables), "variables differ"

    def instance(self) -> ProcessInstance:
        with self.app.database.read() as session:
            return session.get_one(ProcessInstance, self.case_id)

    def variables(self) -> dict[str, Any]:
        return load_values(self.instance().variables)

    def rows(self) -> list[UserTask]:
        """Return the open tasks of the case."""
        return list(self.open().values())

    def task(self, element: str) -> UserTask:
        """Return the newest task of an element, whatever its state."""
        with self.app.database.read() as session:
            return session.scalars(
                select(UserTask)
                .where(UserTask.instance_id == self.case_id, UserTask.element_id == element)
                .order_by(UserTask.created_at.desc())
            ).first() or self._missing(element)

    def journal(self) -> list[JournalEntry]:
        with self.app.database.read() as session:
            return list(
                session.scalars(
                    select(JournalEntry)
                    .where(JournalEntry.instance_id == self.case_id)
                    .options(joinedload(JournalEntry.instance))
                    .order_by(JournalEntry.sequence)
                )
            )

    def record(self) -> dict[str, Any]:
        """Return the data of the last entry of the journal."""
        return contents(self.journal()[-1])

    def census(self) -> dict[str, int]:
        """Return the number of rows in every table."""
        with self.app.database.read() as session:
            return {
                table.name: session.scalar(select(func.count()).select_from(table)) or 0
                for table in Base.metadata.sorted_tables
            }

    @staticmethod
    def _missing(element: str) -> UserTask:
        raise AssertionError(f"there never was a task {element}")
