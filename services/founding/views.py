"""Read models of proposals; times in Asia/Shanghai."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from services.identity.models import RequestState


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal: what is to be founded, who asked and decided, and what the reader may do."""

    id: int
    code: str
    name: str
    short_name: str
    kind_name: str
    level_name: str
    established_on: date
    document_number: str
    reason: str
    state: RequestState
    asked_by: str
    asked_at: datetime
    decided_by: str
    decided_at: datetime | None
    note: str
    organization_id: int | None
    may_decide: bool
    may_withdraw: bool
