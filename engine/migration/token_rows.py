"""The saved state as rows that can be changed, without running anything.

Works on the bytes of `engine.state`: what a row, a scope or the document holds beyond what is
named here is carried over as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import orjson
from SpiffWorkflow.util.task import TaskState

from engine.spiff.internals import LIVE
from engine.state import TokenRole

_AT_ROOT: Final = -1
_NAMED: Final = 6
"""Fields of a row: id, parent, element, role, state, internal data."""


@dataclass(eq=False, slots=True)
class TokenRow:
    """A token, or what ties one to its events; `parent` is None directly below its scope."""

    id: str
    parent: TokenRow | None
    element: str
    role: TokenRole
    state: int
    internal: dict[str, Any]
    rest: list[Any] = field(default_factory=list)

    @property
    def is_live(self) -> bool:
        """Whether the row holds a token."""
        return bool(self.state & LIVE)

    @property
    def is_waiting(self) -> bool:
        """Whether the token waits for an event or for others."""
        return bool(self.state == TaskState.WAITING)


@dataclass(eq=False, slots=True)
class ScopeRows:
    """The rows of one scope; `owner` is the id of the activity around it, None for the process."""

    owner: str | None
    name: str
    rows: list[TokenRow]
    rest: list[Any]

    def below(self, row: TokenRow) -> Iterator[TokenRow]:
        """The rows directly below `row`."""
        return (child for child in self.rows if child.parent is row)

    def drop(self, row: TokenRow) -> None:
        """Take `row` out; it must have nothing below it."""
        self.rows.remove(row)

    def guard(self, row: TokenRow) -> TokenRow:
        """Put a guard between `row` and what is above it."""
        guard = TokenRow(
            uuid4().hex, row.parent, row.element, TokenRole.GUARD, TaskState.COMPLETED, {}
        )
        self.rows.insert(self.rows.index(row), guard)
        row.parent = guard
        return guard

    def unguard(self, row: TokenRow) -> None:
        """Take the guard above `row` out."""
        guard = row.parent
        if guard is not None:
            row.parent = guard.parent
            self.rows.remove(guard)


class SavedState:
    """A saved state, read to be rewritten."""

    def __init__(self, state: bytes) -> None:
        self._document: dict[str, Any] = orjson.loads(state)
        self.scopes = [_read_scope(*scope) for scope in self._document["w"]]

    @property
    def records(self) -> Iterator[tuple[int, list[dict[str, Any]]]]:
        """What could be compensated: position of the scope, its completed activities."""
        yield from self._document.get("c", ())

    @property
    def status(self) -> str:
        """The status of the instance, as `InstanceStatus` spells it."""
        return str(self._document["s"])

    def to_bytes(self) -> bytes:
        """Return the state as the kernel loads it."""
        scopes = [_write_scope(scope) for scope in self.scopes]
        return orjson.dumps({**self._document, "w": scopes})


def _read_scope(owner: str | None, name: str, rows: list[list[Any]], *rest: Any) -> ScopeRows:
    found: list[TokenRow] = []
    for row in rows:
        token_id, parent, element, role, state, internal = row[:_NAMED]
        above = None if parent == _AT_ROOT else found[parent]
        found.append(
            TokenRow(token_id, above, element, TokenRole(role), state, internal or {}, row[_NAMED:])
        )
    return ScopeRows(owner, name, found, list(rest))


def _write_scope(scope: ScopeRows) -> list[Any]:
    positions = {id(row): position for position, row in enumerate(scope.rows)}
    rows = [
        [
            row.id,
            _AT_ROOT if row.parent is None else positions[id(row.parent)],
            row.element,
            row.role,
            row.state,
            row.internal or None,
            *row.rest,
        ]
        for row in scope.rows
    ]
    return [scope.owner, scope.name, rows, *scope.rest]
