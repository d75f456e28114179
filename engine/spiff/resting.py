"""Instances of a multi-instance user task that nobody has touched yet: numbers, not tokens.

A thousand people may be asked at once, and each answer is a command of its own.  So an instance
rests as its index in the loop's data; only the one a command is about becomes a token.  Its id
follows from the loop's, and so never changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from engine.spiff.internals import live_tasks, workflows
from engine.spiff.loop import LOOP

RESTING: Final = "resting"
_IDS: Final = 1 << 128


def resting(task: Any) -> list[int]:
    """Return the indexes of the instances that rest in the loop `task`, in order."""
    loop = task.internal_data.get(LOOP)
    return loop.get(RESTING, []) if loop else []


def instance_id(loop_id: UUID, index: int) -> UUID:
    """Return the id of the instance number `index` (from 0) of a loop."""
    return UUID(int=(loop_id.int + index + 1) % _IDS)


def wake(instance: Any, task_id: UUID) -> Any:
    """Return the resting instance `task_id` as a token; None when there is none."""
    for workflow in workflows(instance):
        for task in list(workflow.tasks.values()):
            rows = resting(task)
            index = (task_id.int - task.id.int - 1) % _IDS
            if rows and index in rows:
                return task.task_spec.wake(task, index)
    return None


def wake_all(instance: Any) -> None:
    """Turn every resting instance into a token."""
    for task, index in list(_all(instance)):
        task.task_spec.wake(task, index)


def _all(instance: Any) -> Iterator[tuple[Any, int]]:
    for task in live_tasks(instance):
        for index in resting(task):
            yield task, index
