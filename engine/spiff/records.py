"""What a scope remembers of its completed activities, so that they can be compensated.

Only activities that have something to undo leave a record: those with a handler, and sub-processes
around such activities.  A record is plain data, kept in the saved state while its scope lives.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

from engine.model import Value
from engine.spiff.internals import is_live
from engine.spiff.scope import DATA, LOCALS

ELEMENT: Final = "element"
VALUES: Final = "values"
INNER: Final = "inner"
SNAPSHOT: Final = "snapshot"
STORE: Final = "store"
UNFINISHED: Final = "unfinished"
_POSITION: Final = "position"

Record: TypeAlias = dict[str, Value]
"""Element id and, where there are any, the variables of the loop instance, and of a sub-process or
called process what it remembers itself, its data and its variables as they were when it ended
(snapshot data, BPMN 2.0.2, 10.7.1); `unfinished` when it had not completed."""


def keep_record(my_task: Any) -> None:
    """Remember that the compensable activity `my_task` has completed.

    A sub-process that was terminated has not completed (BPMN 2.0.2, 13.5.6).
    """
    spec = my_task.task_spec
    scope = my_task.workflow.top_workflow.subprocesses.get(my_task.id)
    if scope is not None and scope.terminated:
        return
    inner = scope.records if scope is not None and spec.handler is None else []
    own = None if scope is None else scope.spec.compensation_handler
    if spec.handler is None and own is None and not inner:
        return
    remember(my_task, inner, finished=True)


def mark_start(guard: Any) -> None:
    """Note at `guard` that what its activity leaves belongs before what completes meanwhile.

    What follows from its boundary events must be compensated before it (BPMN 2.0.2, 13.5.5).
    """
    guard.internal_data[_POSITION] = len(guard.workflow.records)


def remember(task: Any, inner: list[Record], *, finished: bool) -> None:
    """Put a record of the activity `task` behind the others of its scope."""
    scope = task.workflow.top_workflow.subprocesses.get(task.id)
    nested = scope is not None and (bool(inner) or task.task_spec.handler is None)
    record = {
        ELEMENT: task.task_spec.bpmn_id,
        VALUES: dict(task.internal_data.get(LOCALS) or {}),
        INNER: inner,
        SNAPSHOT: dict(task.internal_data.get(DATA) or {}) if nested else None,
        STORE: dict(scope.variables) if nested and scope.has_store else None,
        UNFINISHED: not finished,
    }
    records = task.workflow.records
    position = len(records)
    guard = _marked(task)
    if guard is not None:
        position = min(position, guard.internal_data[_POSITION])
        guard.internal_data[_POSITION] = position + 1
    records.insert(position, {key: value for key, value in record.items() if value})


def _marked(task: Any) -> Any:
    """The guard at which the start of `task`, or of the loop around it, was marked."""
    above = task.parent
    while above is not None and _POSITION not in above.internal_data:
        above = above.parent if is_live(above) else None
    return above


def elements_of(records: list[Record]) -> frozenset[str]:
    """Return the ids of all recorded activities, nested ones too."""
    found: set[str] = set()
    for record in records:
        found.add(str(record[ELEMENT]))
        inner = record.get(INNER)
        if isinstance(inner, list):
            found |= elements_of(inner)  # type: ignore[arg-type] # records all the way down
    return frozenset(found)
