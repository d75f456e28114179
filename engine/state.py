"""The saved state of an instance: its variables and its tokens, nothing else.

Format 3 is JSON bytes: `f` format, `s` status, `v` variables, `w` one entry per scope (the
instance first, sub-processes after the scope they stand in): `[owner, process or sub-process,
rows]`, and for a called process a fourth part, an object with its own variables (`v`).  The token
rows are `[id, row of the parent or -1, element, role, Spiff state, internal data]`, parents first.
`k`, where messages have told them, are the values of correlation keys.
Format 2 adds `c`, what could be compensated: `[position of the scope in w, records]` for each scope
that has such records.  Format 3 has no rows for resting instances (engine/spiff/resting.py).  Other
finished history is not part of the state, so size and cost do not grow with its age.  Rows are
positions in a list: the bytes must be kept as they are, never as a JSON column that reorders keys.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import orjson

from engine.errors import StateFormatError
from engine.model import InstanceStatus, ProcessDefinition, Value
from engine.spiff.execution import Execution
from engine.spiff.flow_node import GATE_SUFFIX, GUARD_SUFFIX, INSTANCE_SUFFIX, START, is_guard
from engine.spiff.internals import is_live, keep_only, live_tasks, reattach, restore_task, workflows
from engine.spiff.parking import Phase, phase_of
from engine.spiff.records import ELEMENT
from engine.spiff.workflow import Instance
from engine.values import from_plain, to_plain

FORMAT: Final = 3
READABLE: Final = frozenset({1, 2, FORMAT})
_COMPLETED: Final = 64
_ENDED: Final = frozenset({InstanceStatus.COMPLETED, InstanceStatus.TERMINATED})
_AT_ROOT: Final = -1


class TokenRole(StrEnum):
    """Which of the Spiff specifications of one element holds a token."""

    NODE = "node"
    GATE = "gate"
    GUARD = "guard"
    INSTANCE = "instance"


_SUFFIXES: Final = {
    TokenRole.NODE: "",
    TokenRole.GATE: GATE_SUFFIX,
    TokenRole.GUARD: GUARD_SUFFIX,
    TokenRole.INSTANCE: INSTANCE_SUFFIX,
}


def prune(instance: Instance) -> None:
    """Forget finished history: hang every token, with what it needs, below the root of its scope.

    A token needs its parent when that one is a token itself (loop, event-based gateway) or the
    guard that ties an activity to its boundary events.
    """
    for workflow in workflows(instance):
        root = workflow.task_tree
        keep = {root.id}
        for task in list(workflow.tasks.values()):
            if not is_live(task):
                continue
            anchor = task
            keep.add(anchor.id)
            while (parent := anchor.parent) is not None and (is_live(parent) or is_guard(parent)):
                anchor = parent
                keep.add(anchor.id)
            if parent is not None and parent is not root:
                reattach(anchor, root)
        keep_only(workflow, keep)


def dump(instance: Instance, status: InstanceStatus) -> bytes:
    """Return the state of an instance that has come to rest; prunes it."""
    prune(instance)
    document: dict[str, Any] = {
        "f": FORMAT,
        "s": status.value,
        "v": to_plain(instance.variables),
        "w": [_dump_scope(workflow) for workflow in workflows(instance)],
    }
    records = [
        [position, to_plain(workflow.records)]
        for position, workflow in enumerate(workflows(instance))
        if workflow.records and status not in _ENDED
    ]
    if records:
        document["c"] = records
    if instance.keys:
        document["k"] = to_plain(dict(instance.keys))
    return orjson.dumps(document)


def load(
    process: ProcessDefinition, data: bytes, execution: Execution
) -> tuple[Instance, InstanceStatus]:
    """Return the instance saved by `dump` and its status.

    Raises StateFormatError for bytes of an unknown format, and for tokens on elements the
    definition does not have.
    """
    try:
        document = orjson.loads(data)
        if document["f"] not in READABLE:
            raise StateFormatError(f"办件的运行状态格式（{document['f']}）不受支持。")
        return _load(process, document, execution), InstanceStatus(document["s"])
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise StateFormatError from error


def _dump_scope(workflow: Any) -> list[Any]:
    root = workflow.task_tree
    rows: list[list[Any]] = []
    positions = {root.id: _AT_ROOT}
    for task in workflow.tasks.values():  # in order of creation, so parents come first
        if task is root:
            continue
        element, role = _place(task.task_spec)
        internal = to_plain(task.internal_data) if task.internal_data else None
        parent = positions[task.parent.id]
        positions[task.id] = len(rows)
        rows.append([task.id.hex, parent, element, role, task.state, internal])
    owner = workflow.parent_task_id
    scope = [owner.hex if owner is not None else None, workflow.spec.name, rows]
    if owner is not None and workflow.has_store:
        scope.append({"v": to_plain(workflow.variables)})
    return scope


def _load(process: ProcessDefinition, document: dict[str, Any], execution: Execution) -> Instance:
    instance = Instance(process, execution, deserializing=True)
    instance.variables = _context(document["v"])
    instance.keys = {key: _list(value) for key, value in _context(document.get("k")).items()}
    for owner, spec_name, rows, *more in document["w"]:
        workflow: Any = instance
        if owner is not None:
            task = instance.get_task_from_id(UUID(hex=owner))
            workflow = task.task_spec.open_scope(task, deserializing=True)
        if workflow.spec.name != spec_name:
            raise ValueError(spec_name)
        if more and "v" in more[0]:
            workflow.variables = _context(more[0]["v"])
        _load_scope(workflow, rows)
    scopes = list(workflows(instance))
    for position, records in document.get("c", ()):
        _load_records(scopes[position], records)
    instance.completed = InstanceStatus(document["s"]).has_ended
    execution.known = {
        task.id
        for task in live_tasks(instance)
        if task.task_spec.announces_entry(task) and phase_of(task) is not Phase.ENTER
    }
    return instance


def _load_scope(workflow: Any, rows: list[list[Any]]) -> None:
    specs = workflow.spec.task_specs
    root_id = UUID(int=0) if workflow.parent_task_id is None else _root_id(workflow.parent_task_id)
    workflow.task_tree = restore_task(workflow, specs[START], None, root_id, _COMPLETED)
    loaded: list[Any] = []
    for hex_id, parent, element, role, state, internal in rows:
        spec = specs[element + _SUFFIXES[TokenRole(role)]]
        above = workflow.task_tree if parent == _AT_ROOT else loaded[parent]
        task = restore_task(workflow, spec, above, UUID(hex=hex_id), state)
        if internal:
            task.internal_data = _context(internal)
        loaded.append(task)


def _load_records(workflow: Any, plain: list[Any]) -> None:
    for record in plain:
        if record[ELEMENT] not in workflow.spec.task_specs:
            raise KeyError(record[ELEMENT])
    workflow.records = from_plain(plain)


def _root_id(owner: UUID) -> UUID:
    """Return an id for the root of a sub-process that no token can have."""
    return UUID(int=owner.int ^ 1)


def _list(value: Value) -> list[Value]:
    if not isinstance(value, list):
        raise TypeError("list expected")
    return value


def _context(plain: Any) -> dict[str, Value]:
    value = from_plain(plain) if plain is not None else {}
    if not isinstance(value, dict):
        raise TypeError("context expected")
    return value


def _place(spec: Any) -> tuple[str, TokenRole]:
    for role in (TokenRole.GATE, TokenRole.GUARD, TokenRole.INSTANCE):
        if spec.name.endswith(_SUFFIXES[role]):
            return spec.name.removesuffix(_SUFFIXES[role]), role
    return spec.name, TokenRole.NODE
