"""Read models of versions and migrations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.process_migration.models import ItemState


@dataclass(frozen=True, slots=True)
class VersionItem:
    """A deployed version of a procedure, and how many of its cases are under way."""

    version: int
    label: str
    deployed_at: datetime
    running: int
    explored_states: int
    explored_fully: bool


@dataclass(frozen=True, slots=True)
class MigrationItemView:
    """One case of a migration; `number` is the case number."""

    case_id: int
    number: str
    state: ItemState
    error: str


@dataclass(frozen=True, slots=True)
class MigrationView:
    """A migration and how far it is."""

    id: int
    key: str
    title: str
    from_version: int
    to_version: int
    reason: str
    started_by: str
    started_at: datetime
    counts: Mapping[ItemState, int]
    failed: tuple[MigrationItemView, ...]

    @property
    def total(self) -> int:
        """Number of cases."""
        return sum(self.counts.values())

    @property
    def is_running(self) -> bool:
        """Whether cases still wait to be moved."""
        return self.counts[ItemState.PENDING] > 0


@dataclass(frozen=True, slots=True)
class VersionsView:
    """All versions of a procedure, newest first."""

    key: str
    title: str
    versions: tuple[VersionItem, ...]
    migrations: tuple[MigrationView, ...]
    may_migrate: bool


@dataclass(frozen=True, slots=True)
class ElementChoice:
    """An element a mapping may name."""

    id: str
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class CasePlan:
    """What the migration would mean for one case."""

    case_id: int
    number: str
    waiting_at: tuple[str, ...]
    can_move: bool
    obstacles: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ElementPlan:
    """What it would mean for all tokens on one element; `target` is empty when there is none."""

    element: str
    name: str
    target: str
    target_name: str
    tokens: int
    can_move: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PreviewView:
    """The whole preview; `choices` maps removed elements that hold tokens to possible targets.

    `movable` and `blocked` are elements of the new version with tokens, for the diagram; `cases`
    holds at most as many as are shown, those that cannot move first.
    """

    key: str
    title: str
    from_version: int
    to_version: int
    total: int
    can_move: int
    warned: int
    elements: tuple[ElementPlan, ...]
    cases: tuple[CasePlan, ...]
    choices: Mapping[str, tuple[ElementChoice, ...]]
    names: Mapping[str, str]
    mapping: Mapping[str, str]
    movable: tuple[str, ...]
    blocked: tuple[str, ...]
