"""A small test world: people of the sample world acting on one case, fluently.

    World(app).start().complete("talk", by="secretary", …).waiting_at("recommend_activist")

What a test does not say is as the form opens it; `until` follows a story of the procedure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import func, select

from engine import runtime
from engine.model import Variables
from engine.values import load_values
from services.audit.models import JournalEntry
from services.bootstrap import Application
from services.cases import pages
from services.cases.complete import CompleteTask, complete_task
from services.cases.report import ReportMessage, report_message
from services.cases.return_ import ReturnTask, return_task
from services.cases.start import StartCase, start_case
from services.cases.views import Completed
from services.cases.withdraw import WithdrawCase, withdraw_case
from services.clock import SHANGHAI, FixedClock
from services.db import Base
from services.demo.world import cast
from services.identity.actor import Actor
from services.identity.queries import load_actor
from services.people.models import Person
from services.processes.models import ProcessInstance
from services.tasks.models import OPEN_STATES, UserTask
from services.worker.run import run_due

ROOT = Path(__file__).resolve().parents[1]
MORNING = time(10, 0)


class StoryLoader(yaml.SafeLoader):
    """YAML as of 1.2: `on` is a word, not a truth value."""


StoryLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
StoryLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf")
)


def load_scenario(path: Path) -> dict[str, Any]:
    """Return the story; YAML dates become `date`."""
    story = yaml.load(path.read_text(encoding="utf-8"), StoryLoader)  # noqa: S506 - safe subclass
    assert isinstance(story, dict)
    return story


@dataclass
class World:
    """One case and the people who act on it, named by the cast aliases of the scenarios.

    Dates: `on` is the date of the act; the clock goes to that day (never back) unless it stands
    later already.
    """

    app: Application
    procedure: str = "member_development"
    case_id: int = 0
    people: Mapping[str, int] = field(default_factory=dict)
    last: Completed | None = None
    plot: Iterator[Mapping[str, Any]] | None = None

    def __post_init__(self) -> None:
        with self.app.database.read() as session:
            people = cast(session)
            branch = session.get_one(Person, people["new_branch_secretary"]).organization_id
        self.people = {**people, "new_branch": branch, **self.people}

    @property
    def clock(self) -> FixedClock:
        assert isinstance(self.app.clock, FixedClock)
        return self.app.clock

    @property
    def today(self) -> date:
        return self.clock.now().date()

    # Acting

    def start(
        self,
        *,
        by: str = "applicant",
        about: str = "applicant",
        on: date | None = None,
        late_reason: str = "",
        data: Mapping[str, Any] | None = None,
    ) -> World:
        actor = self.actor(by)
        opened = pages.start_form(self.app, actor, self.procedure).values
        filled = self.filled(opened, on, data)
        self.last = start_case(
            self.app, actor, StartCase(self.procedure, self.people[about], filled, late_reason)
        )
        self.case_id = self.last.case_id
        return self

    def complete(
        self,
        element: str,
        *,
        by: str,
        on: date | None = None,
        outcome: str = "",
        opinion: str = "",
        late_reason: str = "",
        revision: int | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> World:
        actor = self.actor(by)
        task_id = self.open()[element].id
        opened = pages.task(self.app, actor, task_id).values
        command = CompleteTask(
            task_id, outcome, opinion, late_reason, self.filled(opened, on, data), revision
        )
        self.last = complete_task(self.app, actor, command)
        return self

    def return_to(self, target: str, *, at: str, by: str, opinion: str = "材料不全。") -> World:
        command = ReturnTask(self.open()[at].id, target, opinion)
        self.last = return_task(self.app, self.actor(by), command)
        return self

    def report(
        self,
        message: str,
        *,
        by: str,
        on: date | None = None,
        late_reason: str = "",
        data: Mapping[str, Any] | None = None,
    ) -> World:
        actor = self.actor(by)
        options = pages.case(self.app, actor, self.case_id).messages
        opened: Variables = next((m.values for m in options if m.name == message), {})
        filled = self.filled(opened, on, data)
        command = ReportMessage(self.case_id, message, filled, late_reason)
        self.last = report_message(self.app, actor, command)
        return self

    def withdraw(self, *, by: str = "applicant", reason: str = "本人自愿撤回。") -> World:
        self.last = withdraw_case(self.app, self.actor(by), WithdrawCase(self.case_id, reason))
        return self

    def step(self, step: Mapping[str, Any]) -> World:
        """Act as one step of a story says."""
        more = {key: step[key] for key in ("late_reason", "data", "on") if key in step}
        if "message" in step:
            return self.report(step["message"], by=step["by"], **more)
        if step.get("withdraw"):
            return self.withdraw(by=step["by"], reason=step.get("opinion", ""))
        if "return_to" in step:
            opinion = step.get("opinion", "")
            return self.return_to(
                step["return_to"], at=step["task"], by=step["by"], opinion=opinion
            )
        more |= {key: step[key] for key in ("outcome", "opinion") if key in step}
        return self.complete(step["task"], by=step["by"], **more)

    def until(self, *elements: str, story: str = "MD-S1") -> World:
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

    def go_to(self, day: date) -> World:
        """Let time pass until the morning of the day; due timers fire."""
        target = datetime.combine(day, MORNING, SHANGHAI)
        if target <= self.clock.now():
            # Several acts on one day, or an act entered after a later one: time only moves forward.
            self.clock.advance(timedelta(minutes=1))
        else:
            self.clock.set(target)
        while run_due(self.app):
            pass
        return self

    # Looking

    def waiting_at(self, *elements: str) -> World:
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
        assert loaded == again, "loading and saving changed the state"
        assert loaded.status is instance.status, "status differs"
        assert {t.id for t in loaded.open_tasks} == {t.id for t in self.rows()}, "inbox differs"
        assert dict(loaded.variables) == load_values(instance.variables), "variables differ"

    def actor(self, alias: str) -> Actor:
        return load_actor(self.app, self.people[alias])

    def instance(self) -> ProcessInstance:
        with self.app.database.read() as session:
            return session.get_one(ProcessInstance, self.case_id)

    def variables(self) -> dict[str, Any]:
        return load_values(self.instance().variables)

    def rows(self) -> list[UserTask]:
        """Return the open tasks of the case."""
        with self.app.database.read() as session:
            return list(
                session.scalars(
                    select(UserTask).where(
                        UserTask.instance_id == self.case_id, UserTask.state.in_(OPEN_STATES)
                    )
                )
            )

    def open(self) -> dict[str, UserTask]:
        """Return the open tasks of the case by element."""
        return {row.element_id: row for row in self.rows()}

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
                    .order_by(JournalEntry.sequence)
                )
            )

    def record(self) -> dict[str, Any]:
        """Return the data of the last entry of the journal."""
        return load_values(self.journal()[-1].data)

    def census(self) -> dict[str, int]:
        """Return the number of rows in every table."""
        with self.app.database.read() as session:
            return {
                table.name: session.scalar(select(func.count()).select_from(table)) or 0
                for table in Base.metadata.sorted_tables
            }

    def resolve(self, value: Any) -> Any:
        """Replace `@alias` by the id of the person (or body), wherever it stands."""
        if isinstance(value, str) and value.startswith("@"):
            return str(self.people[value[1:]])
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        if isinstance(value, dict):
            return {key: self.resolve(item) for key, item in value.items()}
        return value

    def filled(
        self, opened: Variables, on: date | None, data: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Return what is sent: the form as it opened, changed by what the test says."""
        return {**opened, "acted_on": on or self.today, **self.resolve(dict(data or {}))}

    @staticmethod
    def _missing(element: str) -> UserTask:
        raise AssertionError(f"there never was a task {element}")
