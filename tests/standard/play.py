"""Plays small drawings; every step is saved, loaded and compared on the way."""

from __future__ import annotations

from typing import Any

from engine.model import EventType
from tests.unit.engine.builder import process
from tests.unit.engine.case import Case

ROOT = (
    '<bpmn:message id="m1" name="hello"/><bpmn:message id="m2" name="again"/>'
    '<bpmn:signal id="sig1" name="alarm"/><bpmn:signal id="sig2" name="calm"/>'
    '<bpmn:error id="err1" name="错误" errorCode="E1"/>'
    '<bpmn:escalation id="esc1" escalationCode="X1"/>'
)


class Play(Case):
    """A case that is checked after each step."""

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
