"""What a row would do: worked out for a batch of rows at once, then carried out or only shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy.orm import Session

from services.roster.columns import Values
from services.roster.models import Effect


@dataclass(frozen=True, slots=True)
class Row:
    """A stored row, parsed; `twin` is the number of an earlier row of the same key."""

    id: int
    number: int
    values: Values
    key: str | None
    second_key: str | None
    problems: tuple[tuple[str, str], ...] = ()
    twin: int | None = None


@dataclass(slots=True)
class Plan:
    """What becomes of a row.

    `problems` pair the key of a column with what is wrong in it; `changes` say in Chinese what an
    update would change; `found` is the id of the record the row is about, `columns` what to write.
    """

    row: Row
    effect: Effect = Effect.NEW
    problems: list[tuple[str, str]] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    found: int | None = None
    columns: Values = field(default_factory=dict)

    def refuse(self, key: str, reason: str) -> None:
        """Note that the row cannot be taken in because of a cell."""
        self.problems.append((key, reason))
        self.effect = Effect.REFUSED

    @property
    def is_good(self) -> bool:
        """Whether the row can be taken in."""
        return self.effect is not Effect.REFUSED


class Register(Protocol):
    """A register that takes in rows of one sheet."""

    def plan(self, session: Session, rows: Sequence[Row]) -> list[Plan]:
        """Say what each row would do; writes nothing."""
        ...

    def carry_out(self, session: Session, plans: Sequence[Plan]) -> list[int]:
        """Do it, for the good ones among them; returns the ids of the new records."""
        ...


def begin(rows: Sequence[Row]) -> list[Plan]:
    """Return a plan for each row, refused already where the row itself is wrong."""
    plans = []
    for row in rows:
        plan = Plan(row)
        for key, reason in row.problems:
            plan.refuse(key, reason)
        if row.twin is not None:
            plan.refuse("", f"与本表第{row.twin}行重复。")
        plans.append(plan)
    return plans
