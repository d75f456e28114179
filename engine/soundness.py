"""Explores a diagram with the real kernel: every choice, timer, message and order of branches.

Finds what the drawing rules cannot see: states in which nothing can move (deadlocks), two tokens
on one node, nodes that are never reached, circles without people and states that no way leads out
of, each with the steps that lead there.  The exploration is bounded and says so when it stops.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, TypeAlias

from engine.bpmn_problems import PROBLEMS
from engine.command import Command
from engine.errors import DangwuError, ExpressionError, Finding
from engine.findings import Findings
from engine.model import EventType, InstanceStatus, NodeType, ProcessDefinition, Value, Variables
from engine.spiff import ad_hoc
from engine.spiff.activities import ServiceTask, UserTask
from engine.spiff.compensation import is_handling, pending_elements
from engine.spiff.events import awaited_outside
from engine.spiff.execution import Environment, Execution
from engine.spiff.gateways import ARRIVED_FROM
from engine.spiff.internals import live_tasks, workflows
from engine.spiff.loop import LOOP, Loop
from engine.spiff.parking import Phase
from engine.spiff.records import elements_of
from engine.spiff.resting import wake_all
from engine.spiff.token_gate import TokenGate
from engine.spiff.triggers import OCCURRED
from engine.spiff.workflow import Instance
from engine.timers import Timer, TimerKind

MAX_STATES: Final = 2_000
MAX_CHOICES: Final = 64
MAX_PICKS: Final = 100
"""Choices within one step after which we take it for a circle without people."""
_INSTANCES: Final = 2
_MOMENT: Final = datetime(2000, 1, 1, tzinfo=UTC)

Fingerprint: TypeAlias = tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True)
class Soundness:
    """What an exploration found; `complete` is False when the bound was reached."""

    findings: tuple[Finding, ...]
    states: int
    complete: bool


class _Guesses(Execution):
    """Answers every question of a diagram by a script of choices instead of by data."""

    def __init__(self, process: ProcessDefinition, script: Sequence[int]) -> None:
        super().__init__(process, Environment(_undecided), _MOMENT)
        self.script = script
        self.taken: list[tuple[int, int]] = []
        self.places: set[tuple[str, str | None]] = set()

    def pick(self, options: int) -> int:
        """Return the scripted choice, or the first one beyond the script."""
        position = len(self.taken)
        if position == MAX_PICKS:
            raise ExpressionError
        choice = self.script[position] if position < len(self.script) else 0
        self.taken.append((choice, options))
        return choice

    def choose(self, task: Any, conditions: Sequence[tuple[str, str]], default: str | None) -> str:
        """Take any of the ways out."""
        del task
        ways = [target for _, target in conditions]
        ways.extend([default] if default is not None else [])
        return ways[self.pick(len(ways))]

    def choose_all(
        self, task: Any, ways: Sequence[tuple[str | None, str]], default: str | None
    ) -> list[str]:
        """Take any of the ways out together; some way is taken in any case."""
        del task
        chosen = [target for condition, target in ways if condition is None or self.pick(2) == 0]
        return chosen or [default if default is not None else ways[-1][1]]

    def is_true(self, task: Any, expression: str, bound: Mapping[str, Value] | None = None) -> bool:
        """Take a condition as true or false."""
        del task, expression, bound
        return self.pick(2) == 0

    def holds(self, task: Any, expression: str) -> bool:
        """Leave it to a move of its own when an awaited condition becomes true."""
        del task, expression
        return False

    def activates(
        self, task: Any, condition: str, bound: Mapping[str, Value], *, complete: bool
    ) -> bool:
        """Take a complex gateway to start at any time, at the latest with all tokens."""
        return complete or self.is_true(task, condition, bound)

    def variables_at(self, task: Any) -> dict[str, Value]:
        """Give every collection two items."""
        reference = task.task_spec.data_input
        return {} if reference is None else {reference.bpmn_id: list(range(_INSTANCES))}

    def evaluate(
        self, task: Any, expression: str, external_context: Mapping[str, Value] | None = None
    ) -> Any:
        """Give every number of instances as two."""
        del task, expression, external_context
        return Decimal(_INSTANCES)

    def attempt(self, task: Any, phase: Phase, step: Callable[[], object]) -> None:
        """Just do it: a question too many ends the exploration of the step."""
        del task, phase
        step()

    def park(self, task: Any, phase: Phase, error: DangwuError) -> None:
        """Take a flow that never rests for what it is: a fault of the drawing."""
        del task, phase
        raise error

    def start_timer(self, task: Any, kind: TimerKind, value: Any, expression: str) -> Timer:
        """Arm timers that fire once."""
        del task, kind, value, expression
        return Timer(_MOMENT + timedelta(days=1))

    def inputs_of(self, task: Any) -> dict[str, Value]:
        """Give no inputs."""
        del task
        return {}

    def decide(self, task: Any) -> None:
        """Leave the result open."""

    def run_script(self, task: Any) -> None:
        """Leave the results open."""

    def evaluate_over(self, task: Any, expression: str, variables: Mapping[str, Value]) -> Any:
        """Leave what a called process hands back open."""
        del task, expression, variables

    def may_call(self, task: Any, process_id: str) -> bool:
        """Take a process that is already running around the call as done at once.

        So the states of processes that call themselves stay few.
        """
        return process_id not in {self.process.id, *task.workflow.calls}

    def report_at(
        self, kind: EventType, task: Any, task_id: str, data: Variables | None = None
    ) -> None:
        """Note the nodes of each process apart, since their ids may be the same."""
        super().report_at(kind, task, task_id, data)
        if kind is EventType.ELEMENT_ENTERED:
            self.places.add((task.workflow.definition.id, task.task_spec.bpmn_id))

    def passed(self, task: Any, element_id: str) -> None:
        """Note events that never hold a token too."""
        super().passed(task, element_id)
        self.places.add((task.workflow.definition.id, element_id))


@dataclass
class _State:
    """One state of the exploration."""

    saved: bytes
    path: tuple[str, ...]
    following: set[Fingerprint] = field(default_factory=set)
    ended: bool = False


def explore(
    process: ProcessDefinition,
    path: str,
    max_states: int = MAX_STATES,
    is_time_over: Callable[[], bool] = lambda: False,
) -> Soundness:
    """Return what goes wrong in a checked process, within `max_states` different states.

    `path` names the file in the findings; `is_time_over` is asked before every state and ends the
    exploration like the bound does.
    """
    return _Exploration(process, path, max_states, is_time_over).run()


class _Exploration:
    def __init__(
        self,
        process: ProcessDefinition,
        path: str,
        max_states: int,
        is_time_over: Callable[[], bool],
    ) -> None:
        self.process = process
        self.path = path
        self.max_states = max_states
        self.is_time_over = is_time_over
        self.thrown = frozenset(
            signal
            for definition in (process, *process.library.values())
            for node in definition.nodes.values()
            for signal in node.signals
        )
        self.findings = Findings(PROBLEMS)
        self.states: dict[Fingerprint, _State] = {}
        self.pending: deque[Fingerprint] = deque()
        self.entered: set[tuple[str, str | None]] = set()
        self.reported: set[tuple[str, str | None]] = set()
        self.complete = True

    def run(self) -> Soundness:
        for start in self.process.start_elements or (None,):
            self._reach(() if start is None else (start,), None, _begin(start))
        while self.pending:
            if self.is_time_over():
                self.complete = False
                break
            current = self.pending.popleft()
            for move, act in self._moves(self.states[current].saved):
                self._reach((*self.states[current].path, move), current, act)
        if self.complete:
            self._report_dead_nodes()
            self._report_no_way_out()
        return Soundness(tuple(self.findings.found), len(self.states), self.complete)

    def _moves(self, saved: bytes) -> Iterator[tuple[str, Callable[[Command], None]]]:
        for position, task in enumerate(self._tokens(saved)):
            element_id = str(task.task_spec.bpmn_id)
            if isinstance(task.task_spec, UserTask | ServiceTask):
                yield element_id, _move(saved, position)
            for index, _ in awaited_outside(task, self.thrown):
                yield element_id, _move(saved, position, index)
        yield from self._choices(saved)

    def _choices(self, saved: bytes) -> Iterator[tuple[str, Callable[[Command], None]]]:
        """One activity at a time in each ad-hoc sub-process: more would never come to an end."""
        command = Command(self.process, _Guesses(self.process, ()))
        command.load(saved)
        for number, scope in enumerate(ad_hoc.ad_hoc_tokens(command.instance)):
            if not ad_hoc.is_idle_scope(scope):
                continue
            for element_id in ad_hoc.startable(scope):
                yield element_id, _choice(saved, number, element_id)
            if ad_hoc.may_finish(scope):
                yield scope.task_spec.bpmn_id, _choice(saved, number, None)

    def _tokens(self, saved: bytes) -> list[Any]:
        command = Command(self.process, _Guesses(self.process, ()))
        command.load(saved)
        return _tokens_of(command)

    def _reach(
        self, path: tuple[str, ...], source: Fingerprint | None, act: Callable[[Command], None]
    ) -> None:
        """Do one move in every way its choices allow."""
        script: list[int] | None = []
        for _ in range(MAX_CHOICES):
            guesses = _Guesses(self.process, script or ())
            command = Command(self.process, guesses)
            try:
                act(command)
                saved = command.advance().state
                self.entered |= guesses.places
                self._arrive(command, saved, path, source)
            except ExpressionError:
                self._report("bpmn-endless-circle", path[-1] if path else None, path)
            script = _next_script(guesses.taken)
            if script is None:
                return
        self.complete = False

    def _arrive(
        self, command: Command, saved: bytes, path: tuple[str, ...], source: Fingerprint | None
    ) -> None:
        tokens = _tokens_of(command)
        found = tuple(sorted([*map(_place, tokens), *_records(command.instance)], key=repr))
        if source is not None:
            self.states[source].following.add(found)
        if found in self.states:
            return
        if len(self.states) >= self.max_states:
            self.complete = False
            return
        ended = command.status is not InstanceStatus.ACTIVE
        self.states[found] = _State(saved, path, ended=ended)
        self.pending.append(found)
        self._report_doubles(tokens, path)
        if not ended and next(self._moves(saved), None) is None:
            stuck = min((str(task.task_spec.bpmn_id) for task in tokens), default=None)
            self._report("bpmn-deadlock", stuck, path)

    def _report_doubles(self, tokens: list[Any], path: tuple[str, ...]) -> None:
        places = Counter(
            (
                task.workflow.parent_task_id,
                task.task_spec.bpmn_id,
                task.internal_data.get(ARRIVED_FROM),
            )
            for task in tokens
            if not isinstance(task.parent.task_spec, Loop)
            and not is_handling(task)
            and not self._beside(task)
            and not task.task_spec.handles_events
            and not isinstance(task.task_spec, TokenGate)
        )
        for (_, element_id, _), count in places.items():
            if count > 1:
                self._report("bpmn-doubled-token", element_id, path)

    def _beside(self, task: Any) -> bool:
        """Whether a token is on a side path, of which several may be under way."""
        nodes = task.workflow.definition.nodes
        types = {nodes[entry].type for entry, _ in nodes[task.task_spec.bpmn_id].regions}
        return NodeType.BOUNDARY_EVENT in types

    def _report_dead_nodes(self) -> None:
        for called in sorted({process for process, _ in self.entered} | {self.process.id}):
            process = self.process if called == self.process.id else self.process.library[called]
            for node in process.nodes:
                if (called, node) not in self.entered:
                    self._report("bpmn-dead-node", node, ())

    def _report_no_way_out(self) -> None:
        """Report one state that moves for ever without any way to an end or a known deadlock."""
        before: dict[Fingerprint, set[Fingerprint]] = {found: set() for found in self.states}
        for found, state in self.states.items():
            for target in state.following:
                before[target].add(found)
        leaving = {f for f, state in self.states.items() if state.ended or not state.following}
        pending = list(leaving)
        while pending:
            for source in before[pending.pop()] - leaving:
                leaving.add(source)
                pending.append(source)
        caught = [state for found, state in self.states.items() if found not in leaving]
        if caught:
            path = min((state.path for state in caught), key=len)
            self._report("bpmn-no-way-out", path[-1] if path else None, path)

    def _report(self, code: str, element_id: str | None, path: tuple[str, ...]) -> None:
        if (code, element_id) not in self.reported:
            self.reported.add((code, element_id))
            steps = " → ".join(path) or "start"
            self.findings.add(code, self.path, element_id, steps=steps)


def _begin(start_event: str | None) -> Callable[[Command], None]:
    return lambda command: command.begin({}, start_event)


def _move(saved: bytes, position: int, index: int = 0) -> Callable[[Command], None]:
    def act(command: Command) -> None:
        command.load(saved)
        task = _tokens_of(command)[position]
        if isinstance(task.task_spec, UserTask):
            task.run()
        elif isinstance(task.task_spec, ServiceTask):
            task.complete()
        else:
            task.task_spec.occur(task, index)

    return act


def _choice(saved: bytes, number: int, element_id: str | None) -> Callable[[Command], None]:
    def act(command: Command) -> None:
        command.load(saved)
        scope = list(ad_hoc.ad_hoc_tokens(command.instance))[number]
        if element_id is None:
            ad_hoc.finish(scope)
        else:
            ad_hoc.activate(scope, element_id)

    return act


def _tokens_of(command: Command) -> list[Any]:
    wake_all(command.instance)
    return list(live_tasks(command.instance))


def _place(task: Any) -> tuple[object, ...]:
    """Where a token is, without what counts up without bound."""
    loop = task.internal_data.get(LOOP)
    started = loop["started"] if loop else 0
    if getattr(task.task_spec, "maximum", None) is None:
        started = min(started, _INSTANCES)
    arrived = task.internal_data.get(ARRIVED_FROM, "")
    parent = task.parent.task_spec.name
    name = task.task_spec.name
    undoing = tuple(sorted(pending_elements(task)))
    occurred = tuple(task.internal_data.get(OCCURRED, ()))
    place = (*_scopes(task.workflow), name, task.state, arrived, parent)
    return (*place, started, undoing, occurred)


def _records(instance: Instance) -> Iterator[tuple[object, ...]]:
    """What could be compensated, without how often it was done."""
    for workflow in workflows(instance):
        if workflow.records:
            yield (*_scopes(workflow), tuple(sorted(elements_of(workflow.records))))


def _scopes(workflow: Any) -> tuple[str, ...]:
    """The scope a token stands in, with the activities around that lead there."""
    if workflow.parent_task_id is None:
        return (workflow.spec.name,)
    activity = workflow.top_workflow.get_task_from_id(workflow.parent_task_id)
    return (*_scopes(activity.workflow), activity.task_spec.name, workflow.spec.name)


def _next_script(taken: list[tuple[int, int]]) -> list[int] | None:
    """Return the next combination of choices, or None after the last."""
    choices = list(taken)
    while choices:
        choice, options = choices.pop()
        if choice + 1 < options:
            return [*(earlier for earlier, _ in choices), choice + 1]
    return None


def _undecided(_decision: str, _inputs: Variables, _now: datetime) -> tuple[Value, Value]:
    return None, None
