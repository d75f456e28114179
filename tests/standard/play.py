"""Plays small drawings; every step is saved, loaded and compared on the way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine import runtime
from engine.model import Advance, EventType, ProcessDefinition, Value, Variables
from tests.unit.engine.builder import HEAD, process
from tests.unit.engine.case import Case, no_decisions

ROOT = (
    '<bpmn:message id="m1" name="hello"/><bpmn:message id="m2" name="again"/>'
    '<bpmn:signal id="sig1" name="alarm"/><bpmn:signal id="sig2" name="calm"/>'
    '<bpmn:error id="err1" name="错误" errorCode="E1"/>'
    '<bpmn:escalation id="esc1" escalationCode="X1"/>'
)


class Play(Case):
    """A case that can be started by an event and hear signals."""

    def __init__(
        self,
        definition: ProcessDefinition,
        decide: Callable[..., tuple[Value, Value]] = no_decisions,
        start_event: str | None = None,
        **variables: Any,
    ) -> None:
        self.start_event = start_event
        super().__init__(definition, decide, **variables)

    def begin(self, variables: Variables) -> Advance:
        """Start at the event asked for."""
        event = {} if self.start_event is None else {"start_event": self.start_event}
        return runtime.start(self.process, variables, **event, **self.outside)

    def hear(self, signal: str, **variables: Any) -> Play:
        """Let a signal from outside arrive."""
        self._take(
            runtime.signal(self.process, self.advance.state, signal, variables, **self.outside)
        )
        return self

    @property
    def done(self) -> list[str | None]:
        """The nodes completed in the last step."""
        return self.seen(EventType.ELEMENT_COMPLETED)

    def expect(self, *open_tasks: str) -> Play:
        """Check which tasks wait; none means that the instance has ended."""
        assert list(open_tasks) == self.open
        assert ("completed" if not open_tasks else "active") == self.status
        return self

    def at_rest(self) -> Play:
        """Check that the instance waits for something other than people."""
        assert ([], "active") == (self.open, self.status)
        return self


def play(body: str, *, start_event: str | None = None, root: str = "", **variables: Any) -> Play:
    """Start the process with this body."""
    return Play(process(body, ROOT + root), start_event=start_event, **variables)


def called(process_id: str, body: str, root: str = "") -> bytes:
    """Return a file with a process to be called."""
    process = f'<bpmn:process id="{process_id}">{body}</bpmn:process>'
    return f"{HEAD}{root}{process}</bpmn:definitions>".encode()
