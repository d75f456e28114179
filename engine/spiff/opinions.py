"""Counts the opinions in a multi-instance loop that has a countersign rule."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from engine.countersign import Countersign, Tally, Verdict, exact, literal
from engine.errors import ExpressionError
from engine.model import EventType, Value
from engine.spiff.loop import LOOP
from engine.spiff.scope import assign

_TALLY: Final = "tally"
_WEIGHTS: Final = "weights"
_WITHDRAWN: Final = "withdrawn"


class Opinions:
    """The tally of one loop; it stands in the loop's data."""

    def __init__(self, rule: Countersign, my_task: Any) -> None:
        self.rule = rule
        self.task = my_task
        self.loop: dict[str, Any] = my_task.internal_data[LOOP]
        self.execution = my_task.workflow.script_engine

    @property
    def tally(self) -> Tally:
        """The opinions so far."""
        return Tally.from_plain(self.loop.get(_TALLY, []))

    def ask(self, local: dict[str, Value]) -> None:
        """Take in the next item, with the weight it has now."""
        weight = Fraction(1)
        if self.rule.weight is not None:
            weight = self._number(self.rule.weight, local, "会签权重")
            if weight < 0:
                raise self._bad("会签权重不能小于零。", self.rule.weight, local)
            self.loop.setdefault(_WEIGHTS, []).append(str(weight))
        self._keep(self.tally.asked(weight))

    def withdraw(self, index: int) -> None:
        """Ask the instance number `index` no longer."""
        self.loop[_WITHDRAWN] = self.loop.get(_WITHDRAWN, 0) + 1
        self._keep(self.tally.asked(-self._weight(index)))

    def hear(self, index: int, local: dict[str, Value]) -> None:
        """Count the opinion of the completed instance number `index`; `local` are its variables."""
        agrees = self.execution.is_true(self.task, self.rule.agrees, local)
        weight = self._weight(index)
        self._keep(self.tally.heard(weight, agrees=agrees))

    def verdict(self) -> Verdict:
        """Return where the countersign stands."""
        return self.rule.verdict(self.tally, self._needed())

    def decide(self) -> None:
        """Write the result and report the figures."""
        tally = self.tally
        passed = self.verdict() is Verdict.PASSED
        assign(self.task, {self.rule.result: passed})
        names = ("total", "agreed", "against")
        figures = dict(zip(names, tally.to_plain(), strict=True))
        data: dict[str, Value] = {"rule": self.rule.rule.value, "passed": passed, **figures}
        self.execution.report(EventType.COUNTERSIGN_DECIDED, self.task, data)

    def _needed(self) -> Fraction:
        if self.rule.value is None:
            return Fraction(0)
        asked = len(self.loop["items"]) - self.loop.get(_WITHDRAWN, 0)
        bound: dict[str, Value] = {"numberOfInstances": asked}
        found = literal(self.rule.value)
        if found is None:
            found = self._number(self.rule.value, bound, "会签通过的标准")
        if found <= 0:
            raise self._bad("会签通过的标准应当大于零。", self.rule.value, bound)
        return found

    def _number(self, expression: str, bound: dict[str, Value], what: str) -> Fraction:
        value = self.execution.evaluate(self.task, expression, bound)
        try:
            return exact(value, what)
        except ExpressionError as error:
            raise self._bad(error.message, expression, bound) from error

    def _bad(self, message: str, expression: str, bound: dict[str, Value]) -> ExpressionError:
        text = f"环节“{self.execution.name_of(self.task)}”的{message}"
        error: ExpressionError = self.execution.failed(self.task, text, expression, bound=bound)
        return error

    def _weight(self, index: int) -> Fraction:
        weights = self.loop.get(_WEIGHTS)
        return Fraction(weights[index]) if weights else Fraction(1)

    def _keep(self, tally: Tally) -> None:
        self.loop[_TALLY] = tally.to_plain()
