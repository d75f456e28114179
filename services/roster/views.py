"""What pages and the command line are told about rosters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.roster.models import Effect, ImportPhase


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of a workbook with what is wrong in it, or what it would change; one line each."""

    sheet_name: str
    number: int
    title: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetCounts:
    """How many rows of a sheet have which effect."""

    name: str
    counts: Mapping[Effect, int]

    @property
    def total(self) -> int:
        """All rows worked off so far."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import: how far it is, what it does; `refused` and `changed` list the first rows only.

    `has_stalled` says that its job was given up and can be taken up again.
    """

    id: int
    file_name: str
    phase: ImportPhase
    phase_name: str
    ordered_at: datetime
    ended_at: datetime | None
    failure: str
    done: int
    total: int
    sheets: tuple[SheetCounts, ...]
    refused: tuple[RowView, ...]
    changed: tuple[RowView, ...]
    has_stalled: bool

    def count(self, effect: Effect) -> int:
        """Return the number of rows of an effect in all sheets."""
        return sum(sheet.counts.get(effect, 0) for sheet in self.sheets)

    @property
    def is_working(self) -> bool:
        """Whether a job is going to move it on."""
        working = {ImportPhase.READING, ImportPhase.CHECKING, ImportPhase.IMPORTING}
        return self.phase in working and not self.has_stalled

    @property
    def may_confirm(self) -> bool:
        """Whether it waits for a decision and has something to enter."""
        good = self.count(Effect.NEW) + self.count(Effect.CHANGED)
        return self.phase is ImportPhase.CHECKED and good > 0


@dataclass(frozen=True, slots=True)
class ImportItem:
    """An import in the list of those one has ordered."""

    id: int
    file_name: str
    phase_name: str
    ordered_at: datetime
