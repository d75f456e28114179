"""Several processes running together: instances, and the messages and signals between them.

The caller's part of BPMN in memory, for trying out files: who gets a message (BPMN 2.0.2 sections
8.4.2 and 13.2), which start a signal or timer triggers, and a clock that jumps to what is due next.
Nobody fills anything in but what is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from engine import runtime, timers
from engine.answers import Answers, Choice
from engine.errors import DangwuError, InvalidState, NoMatchingEvent
from engine.expressions import clock_functions, evaluate, feel_text
from engine.library import Library
from engine.model import (
    Advance,
    Event,
    EventType,
    ProcessDefinition,
    StartTrigger,
    TriggerKind,
    Value,
    Variables,
)
from engine.runtime import Environment

MAX_INSTANCES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Start:
    """One thing that sets a run going: a process started, a message or a signal sent.

    Without `message` and `signal` the process begins by itself; with one of them `process` says
    whose start event takes it, None for whoever waits for it.
    """

    process: str | None = None
    variables: Variables = field(default_factory=dict)
    message: str | None = None
    signal: str | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """An event and the number, from 1, of the instance in which it happened."""

    instance: int
    event: Event


@dataclass
class Participant:
    """One instance of a run."""

    number: int
    process: ProcessDefinition
    advance: Advance | None = None
    error: DangwuError | None = None

    @property
    def is_open(self) -> bool:
        """Whether the instance can still move."""
        running = self.advance is not None and self.advance.status.is_running
        return running and self.error is None

    @property
    def variables(self) -> Variables:
        """The variables as they stand."""
        return self.advance.variables if self.advance is not None else {}


@dataclass(frozen=True, slots=True)
class _Message:
    name: str
    payload: Variables
    sender: int | None = None
    process: str | None = None


class Collaboration:
    """All instances of one run; `step` moves one of them on.

    `exhausted` says that more instances were asked for than a run may have; `stores` is what the
    data stores hold, shared by all instances, the last write winning.
    """

    def __init__(self, library: Library, answers: Answers, now: datetime) -> None:
        self.library = library
        self.answers = answers
        self.now = now
        self.participants: list[Participant] = []
        self.undelivered: list[_Message] = []
        self.happenings: list[Happening] = []
        self.exhausted = False
        self.stores: dict[str, Value] = {}
        self._environment = Environment(decisions=self._decide, stores=self.stores)
        self._signals: list[_Message] = []
        self._heard: dict[tuple[str, str], dict[StartTrigger, Variables]] = {}
        self._timers: list[tuple[datetime, ProcessDefinition, StartTrigger]] = []

    def begin(self, starts: Sequence[Start] = ()) -> None:
        """Do what sets the run going, by default one `Start` that names nothing.

        That one begins all processes nobody calls that can begin by themselves, else the first by
        its first start event.  Raises NoMatchingEvent for a process that does not exist, and
        ExpressionError for a timer or condition of a start event that cannot be worked out.
        """
        self._arm_timer_starts()
        for start in starts or (Start(),):
            if start.process is not None and start.process not in self.library.processes:
                raise NoMatchingEvent(f"没有编号为“{start.process}”的流程。", "请检查流程编号。")
            if start.message is not None:
                message = _Message(start.message, start.variables, process=start.process)
                self.undelivered.append(message)
            elif start.signal is not None:
                self._signals.append(_Message(start.signal, start.variables, process=start.process))
            else:
                for process in self._to_begin(start.process):
                    self._begin_process(process, start.variables)
        self._deliver()

    def step(self) -> bool:
        """Move on one instance, else the clock; False when nothing can or may move."""
        if self.exhausted:
            return False
        participant = next((p for p in self.participants if p.is_open and self._has_work(p)), None)
        if participant is not None:
            self._work(participant)
        elif not self._advance_clock():
            return False
        self._deliver()
        return True

    def take_happenings(self) -> list[Happening]:
        """Return what has happened since the last call."""
        taken, self.happenings = self.happenings, []
        return taken

    def _to_begin(self, process_id: str | None) -> list[ProcessDefinition]:
        if process_id is not None:
            return [self.library.processes[process_id]]
        uncalled = self.library.uncalled or tuple(self.library.processes.values())
        return [p for p in uncalled if _begins_by_itself(p)] or list(uncalled[:1])

    def _begin_process(self, process: ProcessDefinition, variables: Variables) -> None:
        """Begin a process, if need be by its first start event as though its trigger happened."""
        if _begins_by_itself(process):
            self._create(process, variables, None)
            return
        trigger = process.start_triggers[0]
        if trigger.kind is TriggerKind.CONDITION and not self._holds(trigger, variables):
            return
        self.now = max(self.now, self._due(trigger) or self.now)
        self._create(process, variables, trigger.element_id)

    def _holds(self, trigger: StartTrigger, variables: Variables) -> bool:
        text = trigger.expression or ""
        functions = clock_functions(self.now)
        return evaluate(text, variables, functions, trigger.element_id) is True

    def _create(
        self, process: ProcessDefinition, variables: Variables, start_event: str | None
    ) -> None:
        if len(self.participants) >= MAX_INSTANCES:
            self.exhausted = True
            return
        participant = Participant(len(self.participants) + 1, process)
        self.participants.append(participant)
        self._apply(
            participant,
            lambda outside: runtime.start(process, variables, start_event=start_event, **outside),
        )

    def _work(self, participant: Participant) -> None:
        """Complete the first open task, else answer the first operation, else choose what to do."""
        process, advance = participant.process, participant.advance
        if advance is None:
            return
        choice = self.answers.choose(advance)
        if choice is not None:
            self._choose(participant, advance.state, choice)
            return
        if advance.open_tasks:
            task = advance.open_tasks[0]
            self._apply(
                participant,
                lambda outside: runtime.complete(
                    process, advance.state, task.id, self.answers.next(task.element_id), **outside
                ),
            )
            return
        operation = advance.operations[0]
        self._apply(
            participant,
            lambda outside: runtime.complete_operation(
                process,
                advance.state,
                operation.id,
                self.answers.next(operation.element_id),
                **outside,
            ),
        )

    def _has_work(self, participant: Participant) -> bool:
        advance = participant.advance
        if advance is None:
            return False
        waits = bool(advance.open_tasks or advance.operations)
        return waits or self.answers.choose(advance) is not None

    def _choose(self, participant: Participant, state: bytes, choice: Choice) -> None:
        """Start an activity of an ad-hoc sub-process, or end the sub-process."""
        process, scope_id, element_id = participant.process, choice.scope_id, choice.element_id
        self.answers.remember(choice)
        if element_id is None:
            self._apply(
                participant,
                lambda outside: runtime.finish_ad_hoc(process, state, scope_id, **outside),
            )
            return
        self._apply(
            participant,
            lambda outside: runtime.activate(process, state, scope_id, element_id, **outside),
        )

    def _apply(self, participant: Participant, command: Any) -> None:
        """Run a command on one instance and note what it throws; an error stops this instance."""
        try:
            advance = command({"now": self.now, "environment": self._environment})
        except DangwuError as error:
            participant.error = error
            return
        participant.advance = advance
        self.stores.update(advance.stored)
        for event in advance.events:
            self.happenings.append(Happening(participant.number, event))
            if event.type is EventType.MESSAGE_THROWN:
                sent = _Message(str(event.data["message"]), _payload(event), participant.number)
                self.undelivered.append(sent)
            elif event.type is EventType.SIGNAL_THROWN:
                sent = _Message(str(event.data["signal"]), _payload(event), participant.number)
                self._signals.append(sent)

    def _deliver(self) -> None:
        """Hand over signals at once, messages as soon as somebody takes them, oldest first."""
        while True:
            if self.exhausted:
                return
            if self._signals:
                self._broadcast(self._signals.pop(0))
                continue
            message = next((m for m in self.undelivered if self._hand_over(m)), None)
            if message is None:
                return
            self.undelivered.remove(message)

    def _hand_over(self, message: _Message) -> bool:
        """Give a message to the instance that waits for it, else to a start; False for nobody."""
        others = sorted(self.participants, key=lambda p: p.number == message.sender)
        for participant in others:
            if participant.is_open and self._waits(participant, message):
                self._correlate(participant, message)
                return True
        return self._trigger_starts(TriggerKind.MESSAGE, message, first_only=True)

    def _waits(self, participant: Participant, message: _Message) -> bool:
        advance = participant.advance
        return (
            advance is not None
            and message.process in {None, participant.process.id}
            and message.name in advance.messages
            and runtime.would_correlate(
                participant.process,
                advance.state,
                message.name,
                message.payload,
                now=self.now,
                environment=self._environment,
            )
        )

    def _correlate(self, participant: Participant, message: _Message) -> None:
        state = participant.advance.state if participant.advance is not None else b""
        self._apply(
            participant,
            lambda outside: runtime.correlate(
                participant.process, state, message.name, message.payload, **outside
            ),
        )

    def _broadcast(self, signal: _Message) -> None:
        """Tell every instance that waits, except where it was thrown, and every start."""
        for participant in list(self.participants):
            if participant.is_open and participant.number != signal.sender:
                self._tell(participant, signal)
        self._trigger_starts(TriggerKind.SIGNAL, signal, first_only=False)

    def _tell(self, participant: Participant, signal: _Message) -> None:
        advance = participant.advance
        if advance is not None and any(
            found.kind is TriggerKind.SIGNAL and found.name == signal.name
            for found in advance.subscriptions
        ):
            self._apply(
                participant,
                lambda outside: runtime.signal(
                    participant.process, advance.state, signal.name, signal.payload, **outside
                ),
            )

    def _trigger_starts(self, kind: TriggerKind, thrown: _Message, *, first_only: bool) -> bool:
        """Create the instances whose start waits for a message or signal."""
        found = [
            (process, trigger)
            for process in self.library.processes.values()
            for trigger in process.start_triggers
            if trigger.kind is kind
            and trigger.name == thrown.name
            and thrown.process in {None, process.id}
        ]
        for process, trigger in found[:1] if first_only else found:
            self._trigger(process, trigger, thrown.payload)
        return bool(found)

    def _trigger(
        self, process: ProcessDefinition, trigger: StartTrigger, payload: Variables
    ) -> None:
        """Create an instance as soon as all triggers have happened that are needed together."""
        if not trigger.together:
            self._create(process, payload, trigger.element_id)
            return
        heard = self._heard.setdefault((process.id, trigger.element_id), {})
        heard[trigger] = payload
        needed = [t for t in process.start_triggers if t.element_id == trigger.element_id]
        if all(other in heard for other in needed):
            variables = {name: value for part in heard.values() for name, value in part.items()}
            heard.clear()
            self._create(process, variables, trigger.element_id)

    def _arm_timer_starts(self) -> None:
        for process in self.library.uncalled:
            for trigger in process.start_triggers:
                due = self._due(trigger)
                if due is not None:
                    self._timers.append((due, process, trigger))

    def _due(self, trigger: StartTrigger) -> datetime | None:
        """Return when a timer start is due; None for other triggers."""
        if trigger.timer is None or trigger.expression is None:
            return None
        text = feel_text(trigger.expression)
        functions = clock_functions(self.now)
        value = (
            text if timers.is_literal(text) else evaluate(text, {}, functions, trigger.element_id)
        )
        return timers.arm(trigger.timer, value, self.now).due

    def _advance_clock(self) -> bool:
        """Jump to the next timer and fire it; one that starts a process if nothing else did."""
        begun = {participant.process.id for participant in self.participants}
        self._timers = [
            timer for timer in self._timers if timer[2].together or timer[1].id not in begun
        ]
        waiting = [
            (participant.advance.next_due_at, participant)
            for participant in self.participants
            if participant.is_open and participant.advance and participant.advance.next_due_at
        ]
        starts = min(self._timers, key=lambda timer: timer[0], default=None)
        due, participant = min(waiting, key=lambda item: item[0], default=(None, None))
        if starts is not None and (due is None or starts[0] <= due):
            self.now = max(self.now, starts[0])
            self._timers.remove(starts)
            self._trigger(starts[1], starts[2], {})
            return True
        if due is None or participant is None or participant.advance is None:
            return False
        self.now = max(self.now, due)
        state = participant.advance.state
        self._apply(
            participant,
            lambda outside: runtime.fire_timers(participant.process, state, **outside),
        )
        return True

    def _decide(self, decision: str, _inputs: Variables, _now: datetime) -> tuple[Value, Value]:
        """Answer a decision with what is given for it; one without name has no result."""
        if not decision:
            return None, None
        if not self.answers.has(decision):
            raise InvalidState(
                f"单个文件的试运行没有决策表“{decision}”。",
                "请以决策编号为键给出结果，或者用流程文件夹运行。",
            )
        return dict(self.answers.next(decision)), None


def _begins_by_itself(process: ProcessDefinition) -> bool:
    return bool(process.entries) or not process.start_elements


def _payload(event: Event) -> Mapping[str, Value]:
    payload = event.data.get("payload")
    return payload if isinstance(payload, dict) else {}
