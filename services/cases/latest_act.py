"""Keeping what is needed to take the latest act of a case back, as long as it is the latest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from engine.model import Variables
from engine.values import dump_values, load_values
from services.cases.operations import LASTING
from services.processes.models import ProcessInstance
from services.tasks.leftovers import Leftovers

_END = b"\n"
"""Between the facts, which are JSON on one line, and the state."""


@dataclass(frozen=True, slots=True)
class LatestAct:
    """The completed task a case has stood still at since; what 取回 restores.

    `before` is the state before it, `left` what the tasks it ended had; `revision` and
    `journal_length` are those of the case right after it, so that anything since shows; `lasting`
    names the operation it cannot undo, if any.
    """

    task_id: str
    before: bytes
    revision: int
    journal_length: int
    lasting: str
    left: Leftovers

    def dump(self) -> bytes:
        """Return it as the row of the case holds it."""
        facts: Variables = {
            "task_id": self.task_id,
            "revision": self.revision,
            "journal_length": self.journal_length,
            "lasting": self.lasting,
            "left": self.left.dump(),
        }
        return dump_values(facts) + _END + self.before

    @classmethod
    def of(cls, instance: ProcessInstance) -> LatestAct | None:
        """Return the act a case has stood still at, None after anything else."""
        if instance.latest_act is None:
            return None
        facts, _, before = instance.latest_act.partition(_END)
        values = load_values(facts)
        return cls(
            task_id=str(values["task_id"]),
            before=before,
            revision=cast("int", values["revision"]),
            journal_length=cast("int", values["journal_length"]),
            lasting=str(values["lasting"]),
            left=Leftovers.load(cast("Variables", values["left"])),
        )


def keep(
    instance: ProcessInstance,
    task_id: str | None,
    before: bytes,
    ran: Sequence[str],
    left: Leftovers,
) -> None:
    """Remember the state `before` the completion of a task; forget the one before that.

    `task_id` is None for whatever else moved the case; `ran` are the operations run on the way,
    `left` is what the ended tasks had.
    """
    if task_id is None:
        instance.latest_act = None
        return
    instance.latest_act = LatestAct(
        task_id=task_id,
        before=before,
        revision=instance.revision,
        journal_length=instance.journal_length,
        lasting=next((name for name in ran if name in LASTING), ""),
        left=left,
    ).dump()
