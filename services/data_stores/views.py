"""What pages show of registers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A register in the list; `entries` counts those the reader may see."""

    register: str
    title: str
    entries: int
    written_at: datetime


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """One version of one entry.

    `lines` are (label, text), the label empty where there is none; `case_id` is None for a case the
    reader may not see, whose number is shown all the same.
    """

    id: int
    organization_name: str
    person_name: str
    version: int
    lines: tuple[tuple[str, str], ...]
    case_number: str
    case_id: int | None
    step_name: str
    written_at: datetime


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """Entries of one register; `is_cut` says that there are more than are shown."""

    register: str
    title: str
    entries: tuple[RegisterEntry, ...]
    is_cut: bool
