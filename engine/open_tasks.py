"""The open user tasks of an instance as a sequence that is worked out only where it is read.

A countersign asks up to ten thousand people at once, and most commands look at one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload
from uuid import UUID

from engine.model import OpenTask, Value, Variables
from engine.spiff.resting import instance_id


@dataclass(frozen=True, slots=True)
class RestingTasks:
    """The resting instances of one loop; `items` are None where the loop names no item.

    `variables` as in `OpenTask`.
    """

    element_id: str
    loop_id: UUID
    indexes: tuple[int, ...]
    items: Sequence[Value] | None
    variables: Variables | None

    def __len__(self) -> int:
        """Return how many instances rest."""
        return len(self.indexes)

    def __getitem__(self, position: int) -> OpenTask:
        """Return one of them."""
        index = self.indexes[position]
        item = self.items[index] if self.items is not None else None
        return OpenTask(
            str(instance_id(self.loop_id, index)), self.element_id, item, self.variables
        )


class OpenTasks(Sequence[OpenTask]):
    """A read-only sequence of open tasks, equal to a tuple of the same tasks."""

    __slots__ = ("_parts",)

    def __init__(self, parts: Sequence[OpenTask | RestingTasks]) -> None:
        self._parts = [(part,) if isinstance(part, OpenTask) else part for part in parts]

    def __len__(self) -> int:
        """Return how many tasks are open."""
        return sum(map(len, self._parts))

    @overload
    def __getitem__(self, index: int) -> OpenTask: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[OpenTask]: ...

    def __getitem__(self, index: int | slice) -> OpenTask | Sequence[OpenTask]:
        """Return a task, or several as a tuple."""
        if isinstance(index, slice):
            return tuple(self)[index]
        position = index if index >= 0 else len(self) + index
        if position >= 0:
            for part in self._parts:
                if position < len(part):
                    return part[position]
                position -= len(part)
        raise IndexError(index)

    def __iter__(self) -> Iterator[OpenTask]:
        """Yield every task in order of creation."""
        for part in self._parts:
            for position in range(len(part)):
                yield part[position]

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same tasks in the same order."""
        return isinstance(other, OpenTasks | tuple) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        """Agree with equality."""
        return hash(tuple(task.id for task in self))

    def __repr__(self) -> str:
        """Return the tasks as a tuple shows them."""
        return repr(tuple(self))
