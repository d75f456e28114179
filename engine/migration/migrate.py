"""Moving an instance: its saved rows are rewritten, loaded on the new version, and completed.

User tasks keep their ids, timers their due moments, loops their outputs.  Events the new version
adds to what is active are armed now, events it no longer has are taken back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from engine.command import Command
from engine.errors import InvalidState
from engine.migration.plan import MigrationRefused, is_replaced, plan
from engine.migration.references import rename, rename_records
from engine.migration.token_rows import SavedState, ScopeRows, TokenRow
from engine.migration.versions import Versions, companions, has_guard, is_companion, per_scope
from engine.model import Advance, Event, EventType, InstanceStatus, ProcessDefinition
from engine.spiff.execution import Environment, Execution
from engine.spiff.internals import add_token, enter
from engine.state import TokenRole

UNDER_WAY: Final = (InstanceStatus.ACTIVE, InstanceStatus.SUSPENDED, InstanceStatus.INCIDENT)
"""The states in which an instance can be migrated: all but those of its end."""


@dataclass(frozen=True, slots=True)
class _Arming:
    """An event to be armed after loading, below its anchor or (None) directly in its scope."""

    scope: str | None
    anchor: str | None
    event: str


def migrate(
    old: ProcessDefinition,
    new: ProcessDefinition,
    state: bytes,
    mapping: Mapping[str, str] | None = None,
    *,
    now: datetime,
    environment: Environment,
) -> Advance:
    """Move the instance saved as `state` from `old` to `new`.

    Raises MappingInvalid, MigrationRefused with the whole plan when a token cannot move, and
    InvalidState for an instance that has ended; then nothing has changed.
    """
    saved = SavedState(state)
    if saved.status not in UNDER_WAY:
        raise InvalidState("办件已经结束，不能迁移。")
    found = plan(old, new, state, mapping)
    if not found.can_move:
        raise MigrationRefused(found)
    scopes = per_scope(old, new, mapping or {}, saved)
    armings = [arming for scope, versions in scopes for arming in _rewrite(versions, scope)]
    for position, records in saved.records:
        rename_records(records, scopes[position][1].target)
    command = Command(new, Execution(new, environment, now))
    command.load(saved.to_bytes())
    for arming in armings:
        _arm(command, arming)
    moved = {move.element_id: move.target_id or "" for move in found.moves}
    command.execution.events.insert(
        0,
        Event(
            EventType.INSTANCE_MIGRATED,
            None,
            new.name,
            data={"moved": dict(moved), "armed": [arming.event for arming in armings]},
        ),
    )
    return command.advance()


def _rewrite(versions: Versions, scope: ScopeRows) -> Iterator[_Arming]:
    """Change the rows of one scope in place; yields the events still to be armed."""
    yield from _arm_with(versions, scope, None)
    for row in [row for row in scope.rows if row.is_live and row.role is TokenRole.NODE]:
        if not is_companion(versions, row):
            yield from _change_token(versions, scope, row)
    for row in scope.rows:
        rename(row, versions.target)
    scope.name = str(versions.after.name)


def _change_token(versions: Versions, scope: ScopeRows, row: TokenRow) -> Iterator[_Arming]:
    """Give a token the guard and the events of its element in the new version."""
    target = versions.target(row.element)
    guarded = has_guard(versions.before, row.element)
    if guarded and row.parent is not None:
        yield from _arm_with(versions, scope, row.parent)
        if not has_guard(versions.after, target):
            scope.unguard(row)
    elif has_guard(versions.after, target):
        guard = scope.guard(row)
        yield from _arm_with(versions, scope, guard)
    else:
        yield from _arm_with(versions, scope, row)
    if row.is_waiting and is_replaced(versions, row.element):
        scope.drop(row)
        yield _Arming(scope.owner, None, target)


def _arm_with(versions: Versions, scope: ScopeRows, anchor: TokenRow | None) -> Iterator[_Arming]:
    """Take back the events that are gone or of another kind; yield those that are new."""
    armed = companions(versions, anchor)
    gone = set(armed.removed(versions))
    place = anchor.id if anchor is not None else None
    for row in [row for row in scope.rows if row.parent is anchor]:
        if not is_companion(versions, row):
            continue
        if row.element in gone:
            scope.drop(row)
        elif is_replaced(versions, row.element):
            scope.drop(row)
            yield _Arming(scope.owner, place, versions.target(row.element))
    for event in armed.added(versions):
        yield _Arming(scope.owner, place, event)


def _arm(command: Command, arming: _Arming) -> None:
    workflow: Any = command.instance
    if arming.scope is not None:
        workflow = workflow.subprocesses[UUID(hex=arming.scope)]
    anchor = arming.anchor
    parent = workflow.task_tree if anchor is None else workflow.tasks[UUID(hex=anchor)]
    enter(add_token(parent, workflow.spec.task_specs[arming.event]))
