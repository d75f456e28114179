"""Read models of what was sent to be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CirculationView:
    """A case given to somebody to read, with its state."""

    id: int
    case_id: int
    case_number: str
    title: str
    step_name: str
    kind_name: str
    asks_opinion: bool
    reader: str
    sender: str
    words: str
    sent_at: datetime
    read_at: datetime | None
    opinion: str
