"""Plays the dated stories of a procedure folder against the real services.

Format: docs/reference/procedure-folder.md, “Scenarios”.  After every step the saved state is loaded
again and must be equal, and the inbox must show exactly the open tasks of the engine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from engine import runtime
from engine.errors import DangwuError
from engine.values import load_values
from services.audit.journal import verify
from services.bootstrap import Application
from services.cases import pages
from services.cases.complete import CompleteTask, complete_task
from services.cases.errors import LateReasonMissing, RuleBroken
from services.cases.report import ReportMessage, report_message
from services.cases.return_ import ReturnTask, return_task
from services.cases.start import StartCase, start_case
from services.cases.views import Completed
from services.cases.withdraw import WithdrawCase, withdraw_case
from services.clock import SHANGHAI, FixedClock
from services.demo.world import cast
from services.errors import Invalid
from services.identity.queries import load_actor
from services.people.models import Person
from services.processes.models import ProcessInstance
from services.tasks.models import OPEN_STATES, UserTask
from services.worker.run import run_due

MIDDAY = time(10, 0)


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
class Player:
    """Plays one story."""

    app: Application
    clock: FixedClock
    procedure: str
    case_id: int = 0
    people: Mapping[str, int] = field(default_factory=dict)
    breaches: list[str] = field(default_factory=list)

    def play(self, story: Mapping[str, Any]) -> None:
        """Play the story from start to end."""
        with self.app.database.read() as session:
            self.people = cast(session)
            branch = session.get_one(Person, self.people["new_branch_secretary"]).organization_id
        self.people = {**self.people, "new_branch": branch}
        self._start(story["start"])
        for number, step in enumerate(story.get("steps", []), start=1):
            try:
                self._step(step)
            except (AssertionError, DangwuError) as error:
                details = getattr(error, "errors", "")
                raise AssertionError(f"step {number} {step}: {error} {details}") from error
        self._end(story.get("end", {}))

    def _start(self, step: Mapping[str, Any]) -> None:
        self._go_to(step["on"])
        actor = self._actor(step["by"])
        opened = pages.start_form(self.app, actor, self.procedure).values
        done = start_case(
            self.app,
            actor,
            StartCase(self.procedure, self.people["applicant"], self._data(step, opened)),
        )
        self.case_id = done.case_id
        self._after(step, done)

    def _step(self, step: Mapping[str, Any]) -> None:
        if "advance_to" in step:
            self._go_to(step["advance_to"])
            self._check(step.get("expect", {}))
            return
        self._go_to(step.get("entered_on", step["on"]))
        act = self._act(step)
        if "refused" in step:
            self._refused(act, step["refused"])
            return
        self._after(step, act())

    def _act(self, step: Mapping[str, Any]) -> Callable[[], Completed]:
        actor = self._actor(step["by"])
        opinion = step.get("opinion", "")
        if step.get("withdraw"):
            return lambda: withdraw_case(self.app, actor, WithdrawCase(self.case_id, opinion))
        if "message" in step:
            options = pages.case(self.app, actor, self.case_id).messages
            opened = next((m.values for m in options if m.name == step["message"]), {})
            return lambda: report_message(
                self.app,
                actor,
                ReportMessage(
                    self.case_id,
                    step["message"],
                    self._data(step, opened),
                    step.get("late_reason", ""),
                ),
            )
        task_id = self._open()[step["task"]].id
        if "return_to" in step:
            return lambda: return_task(
                self.app, actor, ReturnTask(task_id, step["return_to"], opinion)
            )
        opened = pages.task(self.app, actor, task_id).values
        return lambda: complete_task(
            self.app,
            actor,
            CompleteTask(
                task_id=task_id,
                outcome=step.get("outcome", ""),
                opinion=opinion,
                late_reason=step.get("late_reason", ""),
                data=self._data(step, opened),
            ),
        )

    def _refused(self, act: Callable[[], Completed], expected: Mapping[str, Any]) -> None:
        before = self._instance().revision
        try:
            act()
        except (RuleBroken, LateReasonMissing) as error:
            rules = {breach.rule for breach in error.breaches}
            assert expected["rule"] in rules, f"refused by {rules}: {error}"
        except Invalid as error:
            assert expected.get("field") in error.errors, f"refused with {error.errors}"
        else:
            raise AssertionError(f"not refused, expected {expected}")
        assert before == self._instance().revision

    def _after(self, step: Mapping[str, Any], done: Completed) -> None:
        rules = [warning.split(" ", 1)[0] for warning in done.warnings]
        self.breaches.extend(rules)
        expected = step.get("expect", {})
        if "warnings" in expected:
            assert sorted(expected["warnings"]) == sorted(set(rules)), done.warnings
        self._check(expected)

    def _check(self, expected: Mapping[str, Any]) -> None:
        self._check_consistency()
        rows = self._open()
        if "open" in expected:
            assert sorted(expected["open"]) == sorted(rows), "open tasks differ"
        for element, due in expected.get("due", {}).items():
            assert due == rows[element].due_on, f"due date of {element}"
        for element, earliest in expected.get("earliest", {}).items():
            assert earliest == rows[element].earliest_on, f"earliest date of {element}"
        self._check_variables(expected.get("variables", {}))

    def _check_variables(self, expected: Mapping[str, Any]) -> None:
        variables = load_values(self._instance().variables)
        for name, value in expected.items():
            actual = variables.get(name)
            if isinstance(actual, Decimal):
                actual = int(actual)
            assert self._resolve(value) == actual, f"variable {name} is {actual!r}"

    def _check_consistency(self) -> None:
        """Loading and saving changes nothing, and the inbox equals the engine."""
        instance = self._instance()
        with self.app.database.read() as session:
            procedure = self.app.procedures.get(session, instance.deployment_id)
        loaded = runtime.inspect(procedure.process, instance.state)
        again = runtime.inspect(procedure.process, loaded.state)
        assert loaded == again, "loading and saving changed the state"
        assert loaded.status is instance.status, "status differs"
        assert {t.id for t in loaded.open_tasks} == {t.id for t in self._rows()}, "inbox differs"
        assert dict(loaded.variables) == load_values(instance.variables), "variables differ"

    def _end(self, expected: Mapping[str, Any]) -> None:
        instance = self._instance()
        if "status" in expected:
            assert expected["status"] == str(instance.status)
        if "outcome" in expected:
            assert expected["outcome"] == instance.outcome
        self._check_variables(expected.get("variables", {}))
        if "breaches" in expected:
            assert sorted(set(expected["breaches"])) == sorted(set(self.breaches))
        with self.app.database.read() as session:
            assert list(verify(session)) == []

    def _go_to(self, day: date) -> None:
        target = datetime.combine(day, MIDDAY, SHANGHAI)
        if target <= self.clock.now():
            # Several acts on one day, or an act entered after a later one: time only moves forward.
            self.clock.advance(timedelta(minutes=1))
        else:
            self.clock.set(target)
        while run_due(self.app):
            pass

    def _data(self, step: Mapping[str, Any], opened: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is sent: the form as it opened, changed by what the story says."""
        return {**opened, "acted_on": step["on"], **self._resolve(step.get("data", {}))}

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, str) and value.startswith("@"):
            return str(self.people[value[1:]])
        if isinstance(value, list):
            return [self._resolve(item) for item in value]
        if isinstance(value, dict):
            return {key: self._resolve(item) for key, item in value.items()}
        return value

    def _actor(self, alias: str) -> Any:
        return load_actor(self.app, self.people[alias])

    def _instance(self) -> ProcessInstance:
        with self.app.database.read() as session:
            return session.get_one(ProcessInstance, self.case_id)

    def _rows(self) -> list[UserTask]:
        with self.app.database.read() as session:
            return list(
                session.scalars(
                    select(UserTask).where(
                        UserTask.instance_id == self.case_id, UserTask.state.in_(OPEN_STATES)
                    )
                )
            )

    def _open(self) -> dict[str, UserTask]:
        return {row.element_id: row for row in self._rows()}
