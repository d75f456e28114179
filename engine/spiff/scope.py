"""Where variables live: one scope per instance, plus one per loop instance.

BPMN lets parallel branches see the same process data, so there is one store and no merging; a
loop instance adds the names of its own item on top of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.model import Value

LOCALS = "locals"


def local_scopes(task: Any) -> Iterator[dict[str, Value]]:
    """The scopes around `task` below the instance's, innermost first."""
    current = task
    while current is not None:
        scope = current.internal_data.get(LOCALS)
        if scope is not None:
            yield scope
        workflow = current.workflow
        if workflow.parent_task_id is None:
            return
        current = workflow.top_workflow.get_task_from_id(workflow.parent_task_id)


def visible(task: Any) -> dict[str, Value]:
    """All variables an expression at `task` may name; inner names hide outer ones."""
    names = dict(task.workflow.top_workflow.variables)
    for scope in reversed(list(local_scopes(task))):
        names.update(scope)
    return names


def assign(task: Any, values: Mapping[str, Value]) -> None:
    """Write each value into the innermost scope that declares its name, else into the instance."""
    scopes = list(local_scopes(task))
    store = task.workflow.top_workflow.variables
    for name, value in values.items():
        next((scope for scope in scopes if name in scope), store)[name] = value
