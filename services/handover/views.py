"""Read models of hand-overs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from services.handover.models import HandoverScope, ItemKind, ItemOutcome


@dataclass(frozen=True, slots=True)
class ItemView:
    """One thing a hand-over looks at; `case_id` is None for what the reader may not see."""

    kind: ItemKind
    kind_name: str
    outcome: ItemOutcome
    outcome_name: str
    words: str
    reason: str
    case_id: int | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a hand-over would do; `digest` is to be sent with the confirmation."""

    items: tuple[ItemView, ...]
    digest: str

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be done."""
        return all(item.outcome is ItemOutcome.KEPT for item in self.items)


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """A hand-over in the list of a body."""

    id: int
    leaver: str
    successor: str
    acted_on: date
    entered_at: datetime
    entered_by: str


@dataclass(frozen=True, slots=True)
class HandoverView:
    """A hand-over: who, to whom, by whom, on which document, and everything it looked at."""

    id: int
    organization_id: int
    organization_name: str
    leaver: str
    successor: str
    scope: HandoverScope
    scope_name: str
    acted_on: date
    document_number: str
    reason: str
    entered_by: str
    capacity: str
    entered_at: datetime
    items: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True)
class PostChoice:
    """A post that can be left."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody who can hand over in a body; `posts` are those held in it."""

    person_id: int
    name: str
    organization_id: int
    organization_name: str
    posts: tuple[PostChoice, ...]
    may_appoint: bool

    @property
    def title(self) -> str:
        """The posts in words."""
        return "、".join(post.name for post in self.posts)
