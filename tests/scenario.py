"""Plays the dated stories of a procedure folder against the real services.

Format: docs/reference/procedure-folder.md, “Scenarios”.  After every step the saved state is loaded
again and must be equal, and the inbox must show exactly the open tasks of the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from engine.errors import DangwuError
from services.audit.verify import verify
from services.bootstrap import Application
from services.cases.errors import LateReasonMissing, RuleBroken
from services.clock import FixedClock
from services.errors import Invalid
from tests.world import World, load_scenario

__all__ = ["Player", "load_scenario"]


@dataclass
class Player:
    """Plays one story."""

    app: Application
    clock: FixedClock
    procedure: str
    breaches: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world = World(self.app, self.procedure)

    def play(self, story: Mapping[str, Any]) -> None:
        """Play the story from start to end."""
        first = story["start"]
        self.world.go_to(first["on"])
        self.world.start(by=first["by"], on=first["on"], data=first.get("data"))
        self._after(first)
        for number, step in enumerate(story.get("steps", []), start=1):
            try:
                self._step(step)
            except (AssertionError, DangwuError) as error:
                details = getattr(error, "errors", "")
                raise AssertionError(f"step {number} {step}: {error} {details}") from error
        self._end(story.get("end", {}))

    def _step(self, step: Mapping[str, Any]) -> None:
        if "advance_to" in step:
            self.world.go_to(step["advance_to"])
            self._check(step.get("expect", {}))
            return
        self.world.go_to(step.get("entered_on", step["on"]))
        if "refused" in step:
            self._refused(step)
            return
        self.world.step(step)
        self._after(step)

    def _refused(self, step: Mapping[str, Any]) -> None:
        expected = step["refused"]
        before = self.world.instance().revision
        try:
            self.world.step(step)
        except (RuleBroken, LateReasonMissing) as error:
            rules = {breach.rule for breach in error.breaches}
            assert expected["rule"] in rules, f"refused by {rules}: {error}"
        except Invalid as error:
            assert expected.get("field") in error.errors, f"refused with {error.errors}"
        else:
            raise AssertionError(f"not refused, expected {expected}")
        assert before == self.world.instance().revision

    def _after(self, step: Mapping[str, Any]) -> None:
        assert self.world.last is not None
        warnings = self.world.last.warnings
        rules = [warning.split(" ", 1)[0] for warning in warnings]
        self.breaches.extend(rules)
        expected = step.get("expect", {})
        if "warnings" in expected:
            assert sorted(expected["warnings"]) == sorted(set(rules)), warnings
        self._check(expected)

    def _check(self, expected: Mapping[str, Any]) -> None:
        self.world.check_consistency()
        rows = self.world.open()
        if "open" in expected:
            assert sorted(expected["open"]) == sorted(rows), "open tasks differ"
        for element, due in expected.get("due", {}).items():
            assert due == rows[element].due_on, f"due date of {element}"
        for element, earliest in expected.get("earliest", {}).items():
            assert earliest == rows[element].earliest_on, f"earliest date of {element}"
        self._check_variables(expected.get("variables", {}))

    def _check_variables(self, expected: Mapping[str, Any]) -> None:
        variables = self.world.variables()
        for name, value in expected.items():
            actual = variables.get(name)
            if isinstance(actual, Decimal):
                actual = int(actual)
            assert self.world.resolve(value) == actual, f"variable {name} is {actual!r}"

    def _end(self, expected: Mapping[str, Any]) -> None:
        instance = self.world.instance()
        if "status" in expected:
            assert expected["status"] == str(instance.status)
        if "outcome" in expected:
            assert expected["outcome"] == instance.outcome
        self._check_variables(expected.get("variables", {}))
        if "breaches" in expected:
            assert sorted(set(expected["breaches"])) == sorted(set(self.breaches))
        with self.app.database.read() as session:
            assert list(verify(session)) == []
