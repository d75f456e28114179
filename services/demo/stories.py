"""Acting out the dated stories of a procedure folder: the sample cases of the demo.

The tests walk the same stories with checks added (tests/world.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Self

import yaml
from sqlalchemy import select

from engine.model import Variables
from services.bootstrap import Application
from services.cases import pages
from services.cases.ad_hoc.commands import EndWork, StartWork, end_work, start_work
from services.cases.complete import CompleteTask, complete_task
from services.cases.report import ReportMessage, report_message
from services.cases.return_ import ReturnTask, return_task
from services.cases.start import StartCase, start_case
from services.cases.views import Completed
from services.cases.withdraw import WithdrawCase, withdraw_case
from services.clock import SHANGHAI, FixedClock
from services.demo.world import cast
from services.identity.actor import Actor
from services.identity.queries import load_actor
from services.people.models import Person
from services.tasks.models import OPEN_STATES, UserTask
from services.worker.run import run_due

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


def load_story(text: str) -> dict[str, Any]:
    """Return a story; YAML dates become `date`."""
    return dict(yaml.load(text, StoryLoader))  # noqa: S506 - a subclass of the safe loader


@dataclass
class Performer:
    """One case and the people who act on it, named by the cast aliases of the stories.

    `people` adds to the cast or replaces parts of it.  The application's clock must be a
    `FixedClock`; it goes to the day of each act and never back.
    """

    app: Application
    procedure: str = "member_development"
    case_id: int = 0
    people: Mapping[str, int] = field(default_factory=dict)
    last: Completed | None = None

    def __post_init__(self) -> None:
        with self.app.database.read() as session:
            people = cast(session)
            branch = session.get_one(Person, people["new_branch_secretary"]).organization_id
        self.people = {**people, "new_branch": branch, **self.people}

    @property
    def clock(self) -> FixedClock:
        """The clock of the application."""
        if not isinstance(self.app.clock, FixedClock):
            raise TypeError("stories need a FixedClock")
        return self.app.clock

    @property
    def today(self) -> date:
        """The day the clock stands at."""
        return self.clock.now().date()

    def start(
        self,
        *,
        by: str = "applicant",
        about: str = "applicant",
        on: date | None = None,
        late_reason: str = "",
        data: Mapping[str, Any] | None = None,
    ) -> Self:
        """Start the case."""
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
    ) -> Self:
        """Complete the open task of an element."""
        actor = self.actor(by)
        task_id = self.open()[element].id
        opened = pages.task(self.app, actor, task_id).values
        command = CompleteTask(
            task_id, outcome, opinion, late_reason, self.filled(opened, on, data), revision
        )
        self.last = complete_task(self.app, actor, command)
        return self

    def return_to(self, target: str, *, at: str, by: str, opinion: str = "材料不全。") -> Self:
        """Return the open task of an element."""
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
    ) -> Self:
        """Report an event on the case."""
        actor = self.actor(by)
        options = pages.case(self.app, actor, self.case_id).messages
        opened: Variables = next((m.values for m in options if m.name == message), {})
        filled = self.filled(opened, on, data)
        command = ReportMessage(self.case_id, message, filled, late_reason)
        self.last = report_message(self.app, actor, command)
        return self

    def withdraw(self, *, by: str = "applicant", reason: str = "本人自愿撤回。") -> Self:
        """Withdraw the case."""
        self.last = withdraw_case(self.app, self.actor(by), WithdrawCase(self.case_id, reason))
        return self

    def step(self, step: Mapping[str, Any]) -> Self:
        """Act as one step of a story says."""
        more = {key: step[key] for key in ("late_reason", "data", "on") if key in step}
        if "message" in step:
            return self.report(step["message"], by=step["by"], **more)
        if "start_work" in step or "end_work" in step:
            return self.choose(step)
        if step.get("withdraw"):
            return self.withdraw(by=step["by"], reason=step.get("opinion", ""))
        if "return_to" in step:
            return self.return_to(
                step["return_to"], at=step["task"], by=step["by"], opinion=step.get("opinion", "")
            )
        more |= {key: step[key] for key in ("outcome", "opinion") if key in step}
        return self.complete(step["task"], by=step["by"], **more)

    def choose(self, step: Mapping[str, Any]) -> Self:
        """Start work in the ad-hoc sub-process that offers it, or end a sub-process."""
        actor = self.actor(step["by"])
        shown = pages.case(self.app, actor, self.case_id).ad_hoc
        if "end_work" in step:
            scope = next(w.scope_id for w in shown if w.element_id == step["end_work"])
            self.last = end_work(self.app, actor, EndWork(self.case_id, scope))
            return self
        element = step["start_work"]
        scope = next(w.scope_id for w in shown if element in {i.element_id for i in w.items})
        self.last = start_work(self.app, actor, StartWork(self.case_id, scope, element))
        return self

    def go_to(self, day: date) -> Self:
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

    def actor(self, alias: str) -> Actor:
        """Return the person behind an alias, with the posts of the day."""
        return load_actor(self.app, self.people[alias])

    def open(self) -> dict[str, UserTask]:
        """Return the open tasks of the case by element."""
        with self.app.database.read() as session:
            rows = session.scalars(
                select(UserTask).where(
                    UserTask.instance_id == self.case_id, UserTask.state.in_(OPEN_STATES)
                )
            )
            return {row.element_id: row for row in rows}

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
        """Return what is sent: the form as it opened, changed by what the story says."""
        return {**opened, "acted_on": on or self.today, **self.resolve(dict(data or {}))}
