"""Parked tokens: a step that failed has not happened, and its token stands where it failed.

A command tries every step of a token as a numbered attempt.  When one fails the whole command is
done once more from the saved state, and the attempt that is known to fail parks its token instead:
so nothing of the failed step is left behind, whatever it had touched, and other tokens go on
(`engine.command.perform`).  The order of steps never depends on chance, so the numbers agree.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from SpiffWorkflow.util.task import TaskState

from engine.errors import DangwuError, ExpressionError
from engine.model import Value, Variables
from engine.spiff.internals import set_state
from engine.spiff.scope import visible
from engine.values import clone_all

INCIDENT = "incident"


class Phase(StrEnum):
    """Which step of a token failed; a retry does that step again."""

    ENTER = "enter"
    RUN = "run"
    LEAVE = "leave"
    REPEAT = "repeat"


class AttemptFailed(Exception):  # noqa: N818 - leaves the command, never the kernel
    """The attempt `number` of a command failed with `error`."""

    def __init__(self, number: int, error: DangwuError) -> None:
        self.number = number
        self.error = error
        super().__init__(str(error))


def park(task: Any, phase: Phase, error: DangwuError, now: datetime) -> None:
    """Let the token of `task` stand where it is, with the cause and what was seen of the data."""
    expression, seen = (
        (error.expression, error.seen) if isinstance(error, ExpressionError) else ("", None)
    )
    task.internal_data[INCIDENT] = {
        "phase": phase.value,
        "code": error.code,
        "message": error.message,
        "remedy": error.remedy,
        "expression": expression,
        "seen": clone_all(visible(task) if seen is None else seen),
        "since": now,
    }
    set_state(task, TaskState.STARTED)


def is_parked(task: Any) -> bool:
    """Whether the token of `task` is an incident."""
    return INCIDENT in task.internal_data


def mark_of(task: Any) -> dict[str, Value]:
    """What `park` wrote down."""
    return cast("dict[str, Value]", task.internal_data[INCIDENT])


def phase_of(task: Any) -> Phase | None:
    """Which step of a parked token failed; None for other tokens."""
    return Phase(str(mark_of(task)["phase"])) if is_parked(task) else None


def unpark(task: Any) -> Phase:
    """Take the mark away and return which step is still to be done."""
    return Phase(str(task.internal_data.pop(INCIDENT)["phase"]))


def seen_of(task: Any) -> Variables:
    """The variables the failed step read."""
    return cast("dict[str, Value]", mark_of(task)["seen"])
