"""What one evaluation carries along: the scopes of names, extra functions, warnings, a budget."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TypeAlias

from engine.feel import limits
from engine.feel.errors import FeelLimitExceeded, FeelWarning, NotApplicable, WarningCode
from engine.feel.values import FeelFunction, FeelValue, to_feel

Functions: TypeAlias = Mapping[str, Callable[..., object] | FeelFunction]
"""Functions a caller adds by name.

A Python callable takes FEEL values by position, and its result goes through `to_feel`; a
`FeelFunction` can also be called with named arguments.
"""


class Run:
    """The state that all scopes of one evaluation share."""

    __slots__ = ("depth", "functions", "steps", "warnings")

    def __init__(self, functions: Functions) -> None:
        self.functions = functions
        self.warnings: list[FeelWarning] = []
        self.steps = limits.STEPS
        self.depth = 0

    def spend(self, steps: int = 1) -> None:
        """Take work from the budget.

        Raises:
            FeelLimitExceeded: the budget is used up.

        """
        self.steps -= steps
        if self.steps < 0:
            raise FeelLimitExceeded

    def locate(self, known: int, text: str) -> None:
        """Say of the warnings since there were `known` in which text they happened, if not known.

        Texts call texts, and the innermost says so first.
        """
        for index in range(known, len(self.warnings)):
            if not self.warnings[index].text:
                self.warnings[index] = replace(self.warnings[index], text=text)

    def warn(self, code: WarningCode, message: str, position: tuple[int, int]) -> None:
        """Note why a part of the expression became null."""
        if len(self.warnings) < limits.WARNINGS:
            self.warnings.append(FeelWarning(code, message, *position))


class Scope:
    """Names bound at one level; a name not found here is looked up in `parent`."""

    __slots__ = ("parent", "run", "variables")

    def __init__(
        self,
        variables: Mapping[str, FeelValue],
        run: Run,
        parent: Scope | None = None,
    ) -> None:
        self.variables = variables
        self.run = run
        self.parent = parent

    def child(self, variables: Mapping[str, FeelValue]) -> Scope:
        """Return a scope inside this one."""
        return Scope(variables, self.run, self)


Evaluator: TypeAlias = Callable[[Scope], FeelValue]
"""A compiled expression: what the compiler makes of each node of the syntax tree."""


def bind(names: Collection[str], context: Mapping[str, object], run: Run) -> dict[str, FeelValue]:
    """Convert just the variables that are used; one without a FEEL value becomes null."""
    variables: dict[str, FeelValue] = {}
    for name in names:
        if name in context:
            try:
                variables[name] = to_feel(context[name])
            except NotApplicable as error:
                run.warn(WarningCode.NOT_APPLICABLE, f"“{name}”：{error.reason}", (1, 1))
                variables[name] = None
            except RecursionError as error:
                raise FeelLimitExceeded from error
    return variables
