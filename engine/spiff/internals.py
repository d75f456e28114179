"""Every private name of SpiffWorkflow 3.2.0 that we call; nothing else may.

`tests/unit/engine/test_private_names.py` pins this list, so that an upgrade shows what moved.
"""

# ruff: noqa: SLF001 - this module is the fence around the private names

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

LIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED


def is_live(task: Any) -> bool:
    """Whether `task` holds a token."""
    return bool(task.state & LIVE)


def set_state(task: Any, state: int) -> None:
    """Put `task` into `state`, backwards too."""
    task._set_state(state)


def add_token(parent: Any, spec: Any, *, state: int = TaskState.FUTURE) -> Any:
    """Return a new task of `spec` below `parent` that Spiff itself will not remove."""
    task = parent._add_child(spec, state)
    task.triggered = True
    return task


def enter(task: Any) -> None:
    """Let the flow node decide whether `task` waits or is ready."""
    task.task_spec._update(task)


def make_ready(task: Any) -> None:
    """Put a waiting or started task into READY without asking its flow node."""
    set_state(task, TaskState.READY)


def restore_task(workflow: Any, spec: Any, parent: Any, task_id: UUID, state: int) -> Any:
    """Return a task as it was saved, attached to `parent` (None: the root of `workflow`)."""
    task = Task(workflow, spec, parent, state=state, id=task_id)
    task.triggered = True
    return task


def rename(task: Any, task_id: UUID) -> None:
    """Give a task without children another id; it keeps its place among the others."""
    workflow, former = task.workflow, task.id
    tasks = [
        (task_id if found is task else known, found) for known, found in workflow.tasks.items()
    ]
    task.id = task_id
    workflow.tasks.clear()
    workflow.tasks.update(tasks)
    children = task.parent._children
    children[children.index(former)] = task_id


def reattach(task: Any, parent: Any) -> None:
    """Hang `task` below `parent`, forgetting where it came from."""
    former = task.parent
    if former is not None and task.id in former._children:
        former._children.remove(task.id)
    task.parent = parent
    parent._children.append(task.id)


def keep_only(workflow: Any, keep: set[UUID]) -> None:
    """Forget every task of `workflow` outside `keep`."""
    for task_id in [known for known in workflow.tasks if known not in keep]:
        del workflow.tasks[task_id]
    for task in workflow.tasks.values():
        task._children = [child for child in task._children if child in keep]


def workflows(instance: Any) -> Iterator[Any]:
    """The instance itself and all its embedded sub-processes."""
    yield instance
    yield from list(instance.subprocesses.values())


def live_tasks(instance: Any) -> Iterator[Any]:
    """All tokens of the instance in order of creation, scope by scope."""
    for workflow in workflows(instance):
        yield from [task for task in workflow.tasks.values() if is_live(task)]
