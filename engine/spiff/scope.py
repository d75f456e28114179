"""Where variables live: one store per process, plus scopes on tokens.

BPMN lets parallel branches see the same process data, so there is one store and no merging.  On top
of it lie the item of a loop instance and the data of an activity: its data objects, properties,
inputs and outputs.  A called process has a store of its own and sees nothing of the caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.model import Value

LOCALS = "locals"
"""What a loop gives its instance."""
DATA = "data"
"""What an activity declares itself; it hides what its loop gives."""


def local_scopes(task: Any) -> Iterator[dict[str, Value]]:
    """The scopes around `task` below the store of its process, innermost first."""
    current = task
    while True:
        for key in (DATA, LOCALS):
            scope = current.internal_data.get(key)
            if scope is not None:
                yield scope
        workflow = current.workflow
        if workflow.has_store:
            return
        current = workflow.owner


def visible(task: Any) -> dict[str, Value]:
    """All variables an expression at `task` may name; inner names hide outer ones."""
    names = dict(task.workflow.variables)
    for scope in reversed(list(local_scopes(task))):
        names.update(scope)
    return names


def assign(task: Any, values: Mapping[str, Value]) -> None:
    """Write each value into the innermost scope that declares its name, else into the store."""
    _assign(task, list(local_scopes(task)), values)


def assign_around(task: Any, values: Mapping[str, Value]) -> None:
    """Write values as `assign` does, but not into what the activity of `task` declares itself."""
    own = task.internal_data.get(DATA)
    _assign(task, [scope for scope in local_scopes(task) if scope is not own], values)


def _assign(task: Any, scopes: list[dict[str, Value]], values: Mapping[str, Value]) -> None:
    store = task.workflow.variables
    for name, value in values.items():
        next((scope for scope in scopes if name in scope), store)[name] = value
