"""What one command works with: its moment, the outside world, and the record of what happened.

Spiff hands it to every flow node as the workflow's script engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from engine import timers
from engine.errors import ExpressionError
from engine.expressions import Functions, clock_functions, evaluate, feel_text, to_value
from engine.model import Event, EventType, NodeType, ProcessDefinition, Value, Variables
from engine.spiff.data import evaluated, node_of
from engine.spiff.parser import Executable, executable
from engine.spiff.scope import assign, visible
from engine.timers import Timer, TimerKind

MAX_CALLS: Final = 50
"""How deep calls may nest; what goes deeper has forgotten to stop calling itself."""

Decide: TypeAlias = Callable[[str, Variables, datetime], tuple[Value, Value]]


@dataclass(frozen=True, slots=True)
class Environment:
    """What the kernel may ask of its caller.

    `decisions(decision_id, inputs, now)` evaluates a decision and returns its value and what is
    worth recording of the matched rules; `functions` are further FEEL functions by name.
    """

    decisions: Decide
    functions: Functions = field(default_factory=dict)


_CLOSING: Final = frozenset({EventType.ELEMENT_COMPLETED, EventType.ELEMENT_CANCELLED})


class Execution:
    """One command on one instance; `opened` and `closed` are ids of user tasks, in order."""

    def __init__(self, process: ProcessDefinition, environment: Environment, now: datetime) -> None:
        self.process = process
        self.environment = environment
        self.now = now
        self.events: list[Event] = []
        self.known: set[UUID] = set()
        self.opened: dict[str, None] = {}
        self.closed: dict[str, None] = {}
        self.functions: Functions = {**clock_functions(now), **environment.functions}

    def variables_at(self, task: Any) -> dict[str, Value]:
        """All variables visible to `task`."""
        return visible(task)

    def evaluate(
        self, task: Any, expression: str, external_context: Mapping[str, Value] | None = None
    ) -> Any:
        """Return the FEEL value of `expression` at `task`."""
        return self.evaluate_over(task, expression, {**visible(task), **(external_context or {})})

    def evaluate_over(self, task: Any, expression: str, variables: Mapping[str, Value]) -> Any:
        """Return the FEEL value of `expression` for `task`, which sees `variables` only."""
        return evaluate(expression, variables, self.functions, _element_id(task))

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
        return evaluated(task, node_of(task).inputs)

    def decide(self, task: Any) -> None:
        """Evaluate the decision of a business rule task and write its result variable."""
        node = node_of(task)
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

    def run_script(self, task: Any) -> None:
        """Assign what the script of a script task yields; raises ExpressionError for no context."""
        script = node_of(task).script
        if not script:
            return
        result = to_value(self.evaluate(task, script))
        if result is None:
            return
        if not isinstance(result, dict):
            raise ExpressionError(f"“{_element_id(task)}”的脚本没有得出变量名与值的对照。")
        assign(task, result)

    def executable(self, definition: ProcessDefinition) -> Executable:
        """Return the specifications of a process."""
        return executable(definition)

    def may_call(self, task: Any, process_id: str) -> bool:
        """Whether a call activity runs the process it calls; raises ExpressionError too deep."""
        if len(task.workflow.calls) >= MAX_CALLS:
            raise ExpressionError(
                f"“{_element_id(task)}”调用流程“{process_id}”时，调用超过了 {MAX_CALLS} 层。"
            )
        return True

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
        self.report_at(kind, task, str(task.id), data)

    def report_at(
        self, kind: EventType, task: Any, task_id: str, data: Variables | None = None
    ) -> None:
        """Record that something happened at the element of `task`, in the token `task_id`."""
        node = task.workflow.definition.nodes.get(task.task_spec.bpmn_id)
        name = node.name if node is not None else ""
        self.events.append(Event(kind, _element_id(task), name, task_id, data or {}))
        if node is not None and node.type is NodeType.USER_TASK:
            self._track(kind, task_id)

    def _track(self, kind: EventType, task_id: str) -> None:
        if kind is EventType.ELEMENT_ENTERED:
            self.opened[task_id] = None
        elif kind in _CLOSING and task_id in self.opened:
            del self.opened[task_id]
        elif kind in _CLOSING:
            self.closed[task_id] = None

    def passed(self, task: Any, element_id: str) -> None:
        """Report an event in the scope of `task` that happens without ever holding a token."""
        name = task.workflow.definition.nodes[element_id].name
        for kind in (EventType.ELEMENT_ENTERED, EventType.ELEMENT_COMPLETED):
            self.events.append(Event(kind, element_id, name))

    def note(self, kind: EventType) -> None:
        """Record that something happened to the instance as a whole."""
        self.events.append(Event(kind, None, self.process.name))


def _element_id(task: Any) -> str:
    return str(task.task_spec.bpmn_id)
