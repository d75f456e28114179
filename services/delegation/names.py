"""Chinese names of the enums of delegation."""

from __future__ import annotations

from collections.abc import Mapping

from services.delegation.models import Absence, AbsenceKind

ABSENCE_NAMES: Mapping[AbsenceKind, str] = {
    AbsenceKind.LEAVE: "请假",
    AbsenceKind.TRAVEL: "外出",
}


def absence_words(row: Absence) -> str:
    """Return what those who wait read, e.g. “请假至6月5日”."""
    return f"{ABSENCE_NAMES[row.kind]}至{row.ends_on.month}月{row.ends_on.day}日"
