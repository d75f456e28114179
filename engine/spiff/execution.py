"""What one command works with: its moment, the outside world, and the record of what happened.

Spiff hands it to every flow node as the workflow's script engine.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from engine import correlation, timers
from engine.errors import DangwuError, EngineError, ExpressionError
from engine.expressions import (
    Functions,
    clock_functions,
    evaluate,
    feel_text,
    seen_by,
    to_value,
)
from engine.model import Event, EventType, NodeType, ProcessDefinition, Value, Variables
from engine.spiff.activities import UserTask
from engine.spiff.data import evaluated, node_of
from engine.spiff.parking import AttemptFailed, Phase, park, seen_of
from engine.spiff.parser import Executable, executable
from engine.spiff.scope import DATA, assign, visible
from engine.timers import Timer, TimerKind
from engine.values import clone

MAX_CALLS: Final = 50
"""How deep calls may nest; what goes deeper has forgotten to stop calling itself."""

Decide: TypeAlias = Callable[[str, Variables, datetime], tuple[Value, Value]]


@dataclass(frozen=True, slots=True)
class Environment:
    """What the kernel may ask of its caller.

    `decisions(decision_id, inputs, now)` evaluates a decision and returns its value and what is
    worth recording of the matched rules; `functions` are further FEEL functions by name; `stores`
    is what the data stores hold by id, see `Advance.stored`.
    """

    decisions: Decide
    functions: Functions = field(default_factory=dict)
    stores: Variables = field(default_factory=dict)


_CLOSING: Final = frozenset({EventType.ELEMENT_COMPLETED, EventType.ELEMENT_CANCELLED})


class Execution:
    """One command on one instance; `opened` and `closed` are ids of user tasks, in order."""

    def __init__(
        self,
        process: ProcessDefinition,
        environment: Environment,
        now: datetime,
        failures: Mapping[int, DangwuError] | None = None,
    ) -> None:
        self.process = process
        self.environment = environment
        self.now = now
        self.failures = failures or {}
        self.attempts = 0
        self.events: list[Event] = []
        self.known: set[UUID] = set()
        self.opened: dict[str, None] = {}
        self.closed: dict[str, None] = {}
        self.stored: dict[str, Value] = {}
        self.functions: Functions = {**clock_functions(now), **environment.functions}

    def attempt(self, task: Any, phase: Phase, step: Callable[[], object]) -> None:
        """Do one step of `task`, or park its token when the step is known to fail.

        Nodes that are no element of the file fail with the step around them.

        Raises AttemptFailed, which undoes the command, when the step turns out to fail.
        """
        if task.task_spec.bpmn_id is None:
            step()
            return
        number = self.attempts
        self.attempts += 1
        failure = self.failures.get(number)
        if failure is not None:
            self.park(task, phase, failure)
            return
        try:
            step()
        except EngineError as error:
            raise AttemptFailed(number, error) from error

    def park(self, task: Any, phase: Phase, error: DangwuError) -> None:
        """Turn the token of `task` into an incident and report it."""
        park(task, phase, error, self.now)
        data: Variables = {
            "code": error.code,
            "message": error.message,
            "seen": dict(seen_of(task)),
        }
        self.report(EventType.INCIDENT_RAISED, task, data)
        if phase is Phase.RUN and isinstance(task.task_spec, UserTask):
            self._track(EventType.ELEMENT_COMPLETED, str(task.id))  # a person has acted

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
        return evaluate(expression, variables, self.functions, self.name_of(task))

    def is_true(self, task: Any, expression: str, bound: Mapping[str, Value] | None = None) -> bool:
        """Return the truth of a condition; raises ExpressionError for anything but a boolean."""
        result = self.evaluate(task, expression, bound)
        if not isinstance(result, bool):
            raise self.failed(
                task,
                f"“{self.name_of(task)}”的条件“{feel_text(expression)}”没有得出是或否，"
                "可能缺少所需的内容。",
                expression,
                bound=bound,
            )
        return result

    def failed(
        self,
        task: Any,
        message: str,
        *expressions: str,
        bound: Mapping[str, Value] | None = None,
    ) -> ExpressionError:
        """Return the error for expressions at `task` whose values lead nowhere."""
        return ExpressionError(
            message,
            expression="；".join(map(feel_text, expressions)),
            seen=self.read_by(task, expressions, bound),
        )

    def name_of(self, task: Any) -> str:
        """Return what people call the element of `task`."""
        return node_of(task).name or _element_id(task)

    def read_by(
        self, task: Any, expressions: Iterable[str], bound: Mapping[str, Value] | None = None
    ) -> dict[str, Value] | None:
        """Return what `expressions` read at `task`; None when they cannot be read themselves."""
        return seen_by(expressions, {**visible(task), **(bound or {})}, self.functions)

    def holds(self, task: Any, expression: str) -> bool:
        """Return whether an awaited condition is true; what it needs may not be known yet.

        Raises ExpressionError for anything but a boolean or null.
        """
        return self.evaluate(task, expression) is not None and self.is_true(task, expression)

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
            texts = [condition for condition, _ in conditions]
            raise self.failed(
                task, f"网关“{self.name_of(task)}”没有一个条件成立，也没有默认分支。", *texts
            )
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
            texts = [condition for condition, _ in ways if condition is not None]
            raise self.failed(
                task, f"“{self.name_of(task)}”没有一个条件成立，也没有默认分支。", *texts
            )
        return chosen or [str(default)]

    def evaluate_timer(self, task: Any, expression: str) -> Any:
        """Return the value of a timer's expression; ISO 8601 literals stand for themselves."""
        text = feel_text(expression)
        return text if timers.is_literal(text) else self.evaluate(task, text)

    def start_timer(self, task: Any, kind: TimerKind, value: Any, expression: str) -> Timer:
        """Return the timer armed now; raises ExpressionError naming the element."""
        try:
            return timers.arm(kind, value, self.now)
        except ExpressionError as error:
            message = f"“{self.name_of(task)}”的{error.message}"
            raise self.failed(task, message, expression) from error

    def inputs_of(self, task: Any) -> dict[str, Value]:
        """Return the declared inputs of a service or business rule task."""
        return evaluated(task, node_of(task).inputs)

    def stores_at(self, task: Any) -> dict[str, Value]:
        """Return what the data stores hold that the inputs of `task` name, by that name."""
        return {name: clone(self._held(key)) for name, key in node_of(task).store_reads}

    def store(self, task: Any, values: Variables) -> None:
        """Keep what `task` writes to data stores, by the id of the store."""
        for key, value in values.items():
            self.stored[key] = value
            self.report(EventType.DATA_STORED, task, {"store": key})

    def _held(self, key: str) -> Value:
        """Return what a store holds; the caller's may be a mapping that asks for each."""
        return self.stored[key] if key in self.stored else self.environment.stores.get(key)

    def payload_of(self, task: Any) -> dict[str, Value]:
        """Return what a thrown message or signal says: declared inputs, and data put in."""
        data = task.internal_data.get(DATA, {})
        given = {name: data[name] for name, _ in node_of(task).data_inputs if name in data}
        return {**given, **self.inputs_of(task)}

    def decide(self, task: Any) -> None:
        """Evaluate the decision of a business rule task and write its result variable."""
        node = node_of(task)
        declared = self.inputs_of(task)
        decision = node.decision or ""
        inputs = {**visible(task), **declared}
        try:
            value, matched = self.environment.decisions(decision, inputs, self.now)
        except EngineError as error:
            raise ExpressionError(
                f"“{self.name_of(task)}”的决策“{decision}”未能得出结论：{error.message}",
                error.remedy,
                expression=decision,
                seen=self.read_by(task, [text for _, text in node.inputs]) or None,
            ) from error
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
            message = f"“{self.name_of(task)}”的脚本没有得出变量名与值的对照。"
            raise self.failed(task, message, script)
        assign(task, result)

    def executable(self, definition: ProcessDefinition) -> Executable:
        """Return the specifications of a process."""
        return executable(definition)

    def may_call(self, task: Any, process_id: str) -> bool:
        """Whether a call activity runs the process it calls; raises ExpressionError too deep."""
        if len(task.workflow.calls) >= MAX_CALLS:
            raise ExpressionError(
                f"“{self.name_of(task)}”调用流程“{process_id}”时，调用超过了 {MAX_CALLS} 层。"
            )
        return True

    def learn_keys(self, instance: Any, message: str, payload: Variables) -> None:
        """Remember what a message the instance received or sent says about its correlation keys."""
        found = correlation.keys_of(self.process, message, payload, self.functions)
        instance.keys = correlation.learnt(self.process, instance.keys, found)

    def expected_keys(self, instance: Any, message: str) -> correlation.Keys:
        """Return the correlation keys a message must have for this instance."""
        return correlation.expected_keys(
            self.process, instance.keys, message, instance.variables, self.functions
        )

    def belongs(self, instance: Any, message: str, payload: Variables) -> bool:
        """Whether a message is for this instance as far as its correlation keys are known."""
        found = correlation.keys_of(self.process, message, payload, self.functions)
        return correlation.fits(self.expected_keys(instance, message), found)

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

    def exchange(self, before: Collection[str], after: Collection[str]) -> None:
        """Record that another state took the place of this one: which user tasks were open in it.

        `before` and `after` are ids.
        """
        self.opened = dict.fromkeys(task_id for task_id in after if task_id not in set(before))
        self.closed = dict.fromkeys(task_id for task_id in before if task_id not in set(after))

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
