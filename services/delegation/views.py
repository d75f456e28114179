"""Read models of delegation and absence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from engine.forms import Option


@dataclass(frozen=True, slots=True)
class DelegationView:
    """A delegation as both sides see it; `procedure` is empty for all procedures.

    `state` is one of 未开始, 进行中, 已结束, 已撤销.
    """

    id: int
    principal: str
    agent: str
    procedure: str
    starts_on: date
    ends_on: date
    reason: str
    state: str
    may_revoke: bool


@dataclass(frozen=True, slots=True)
class AbsenceView:
    """An absence of oneself; `state` as of a delegation."""

    id: int
    kind_name: str
    starts_on: date
    ends_on: date
    note: str
    state: str
    may_cancel: bool


@dataclass(frozen=True, slots=True)
class DelegationPage:
    """我的委托: what one has given, what one was given, when one is away."""

    given: tuple[DelegationView, ...]
    received: tuple[DelegationView, ...]
    absences: tuple[AbsenceView, ...]
    procedures: tuple[Option, ...]
