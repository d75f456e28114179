"""What one command works with: its moment, the outside world, and the record of what happened.

Spiff hands it to every flow node as the workflow's script engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from engine import timers
from engine.errors import ExpressionError
from engine.expressions import Functions, clock_functions, evaluate, feel_text, to_value
from engine.model import Event, EventType, ProcessDefinition, Value, Variables
from engine.spiff.scope import assign, visible
from engine.timers import Timer, TimerKind

Decide: TypeAlias = Callable[[str, Variables, datetime], tuple[Value, Value]]


@dataclass(frozen=True, slots=True)
class Environment:
    """What the kernel may ask of its caller.

    `decisions(decision_id, inputs, now)` evaluates a decision and returns its value and what is
    worth recording of the matched rules; `functions` are further FEEL functions by name.
    """

    decisions: Decide
    functions: Functions = field(default_factory=dict)


class Execution:
    """One command on one instance."""

    def __init__(self, process: ProcessDefinition, environment: Environment, now: datetime) -> None:
        self.process = process
        self.environment = environment
        self.now = now
        self.events: list[Event] = []
        self.known: set[UUID] = set()
        self.functions: Functions = {**clock_functions(now), **environment.functions}

    def variables_at(self, task: Any) -> dict[str, Value]:
        """All variables visible to `task`."""
        return visible(task)

    def evaluate(
        self, task: Any, expression: str, external_context: Mapping[str, Value] | None = None
    ) -> Any:
        """Return the FEEL value of `expression` at `task`."""
        names = {**visible(task), **(external_context or {})}
        return evaluate(expression, names, self.functions, _element_id(task))

    def is_true(self, task: Any, expression: str, bound: Mapping[str, Value] | None = None) -> bool:
        """Return the truth of a condition; raises ExpressionError for anything but a boolean."""
        result = self.evaluate(task, expression, bound)
        if not isinstance(result, bool):
            raise ExpressionError(
                f"“{_element_id(task)}”的条件“{feel_text(expression)}”没有得出是或否，"
                "可能缺少所需的内容。",
            )
        return result

    def activates(
        self, task: Any, condition: str, bound: Mapping[str, Value], *, complete: bool
    ) -> bool:
        """Return whether a complex gateway starts; `complete`: each incoming flow has a token."""
        del complete
        return self.is_true(task, condition, bound)

    def choose(self, task: Any, conditions: Sequence[tuple[str, str]], default: str | None) -> str:
        """Return the target of the first true condition, else the default target.

        `conditions` are (FEEL text, target) in document order.  Raises ExpressionError when there
        is nothing to choose.
        """
        for condition, target in conditions:
            if self.is_true(task, condition):
                return target
        if default is None:
            raise ExpressionError(f"网关“{_element_id(task)}”没有一个条件成立，也没有默认分支。")
        return default

    def choose_all(
        self, task: Any, ways: Sequence[tuple[str | None, str]], default: str | None
    ) -> list[str]:
        """Return the targets of all true conditions, else the default target.

        `ways` are (FEEL text, target) in document order; None stands for true.  Raises
        ExpressionError when there is nothing to choose.
        """
        chosen = [
            target
            for condition, target in ways
            if condition is None or self.is_true(task, condition)
        ]
        if not chosen and default is None:
            raise ExpressionError(f"“{_element_id(task)}”没有一个条件成立，也没有默认分支。")
        return chosen or [str(default)]

    def evaluate_timer(self, task: Any, expression: str) -> Any:
        """Return the value of a timer's expression; ISO 8601 literals stand for themselves."""
        text = feel_text(expression)
        return text if timers.is_literal(text) else self.evaluate(task, text)

    def start_timer(self, task: Any, kind: TimerKind, value: Any) -> Timer:
        """Return the timer armed now; raises ExpressionError naming the element."""
        try:
            return timers.arm(kind, value, self.now)
        except ExpressionError as error:
            raise ExpressionError(f"“{_element_id(task)}”的{error.message}") from error

    def inputs_of(self, task: Any) -> dict[str, Value]:
        """Return the declared inputs of a service or business rule task."""
        node = self.process.nodes[_element_id(task)]
        return {name: to_value(self.evaluate(task, text)) for name, text in node.inputs}

    def decide(self, task: Any) -> None:
        """Evaluate the decision of a business rule task and write its result variable."""
        node = self.process.nodes[_element_id(task)]
        declared = self.inputs_of(task)
        decision = node.decision or ""
        value, matched = self.environment.decisions(
            decision, {**visible(task), **declared}, self.now
        )
        result = to_value(value)
        if node.decision_result:
            assign(task, {node.decision_result: result})
        data = {"decision": decision, "inputs": declared, "result": result}
        self.report(EventType.DECISION_EVALUATED, task, {**data, "matched": to_value(matched)})

    def entered(self, task: Any) -> None:
        """Report a token on a flow node, once per token."""
        if task.task_spec.bpmn_id is not None and task.id not in self.known:
            self.known.add(task.id)
            self.report(EventType.ELEMENT_ENTERED, task)

    def completed(self, task: Any) -> None:
        """Report a completed flow node whose entry was reported."""
        if task.id in self.known:
            self.report(EventType.ELEMENT_COMPLETED, task)

    def cancelled(self, task: Any) -> None:
        """Report a cancelled flow node whose entry was reported."""
        if task.id in self.known:
            self.report(EventType.ELEMENT_CANCELLED, task)

    def report(self, kind: EventType, task: Any, data: Variables | None = None) -> None:
        """Record that something happened at `task`."""
        self.report_at(kind, _element_id(task), str(task.id), data)

    def report_at(
        self, kind: EventType, element_id: str, task_id: str, data: Variables | None = None
    ) -> None:
        """Record that something happened at an element, with or without a token there."""
        node = self.process.nodes.get(element_id)
        name = node.name if node is not None else ""
        self.events.append(Event(kind, element_id, name, task_id, data or {}))

    def note(self, kind: EventType) -> None:
        """Record that something happened to the instance as a whole."""
        self.events.append(Event(kind, None, self.process.name))


def _element_id(task: Any) -> str:
    return str(task.task_spec.bpmn_id)
