"""Read models of recusal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class RelationshipView:
    """A declared relationship as one of its two people, or an officer, sees it."""

    id: int
    person: str
    relative: str
    kind_name: str
    since: date
    note: str
    declared_by: str
    declared_at: datetime
    ended_on: date | None
    may_end: bool


@dataclass(frozen=True, slots=True)
class RecusalView:
    """Somebody kept out of a case; `is_declared` by themselves, else ordered by `decided_by`."""

    id: int
    person: str
    ground_name: str
    reason: str
    is_declared: bool
    decided_by: str
    decided_at: datetime
    lifted_at: datetime | None
    may_lift: bool


@dataclass(frozen=True, slots=True)
class CaseRecusals:
    """The recusals of a case, and what the actor may do about them."""

    items: tuple[RecusalView, ...]
    may_declare: bool
    may_order: bool
