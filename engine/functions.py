"""The functions that expressions of a procedure may call besides FEEL's own.

FEEL itself has no clock and no working calendar; both arrive here as arguments, so that an
expression gives the same answer whenever it is evaluated again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from engine.calendar import DateOutOfRange, WorkingCalendar

SHANGHAI = ZoneInfo("Asia/Shanghai")

FUNCTION_NAMES = frozenset({"add working days", "working days", "today", "now"})
"""Names an expression may call besides FEEL's own; none needs a declaration to the scanner."""

FeelFunctions = Mapping[str, Callable[..., object]]


def calendar_functions(calendar: WorkingCalendar) -> FeelFunctions:
    """Return the functions that need the working calendar only.

    `add working days(date, n)`: the n-th working day, the start day counted as the first.
    `working days(a, b)`: working days from a to b, both counted.  Wrong arguments give
    null, as everywhere in FEEL.
    """

    def add_working_days(start: object = None, n: object = None) -> date | None:
        if not isinstance(n, Decimal | int) or isinstance(n, bool) or n < 0 or n != int(n):
            return None
        day = _day(start)
        try:
            return day and calendar.add_working_days(day, int(n), start_counts=True).date
        except DateOutOfRange:
            return None

    def working_days(first: object = None, last: object = None) -> Decimal | None:
        a, b = _day(first), _day(last)
        try:
            return None if a is None or b is None else Decimal(calendar.count(a, b).days)
        except DateOutOfRange:
            return None

    return {
        "add working days": add_working_days,
        "working days": working_days,
    }


def feel_functions(calendar: WorkingCalendar, now: datetime) -> FeelFunctions:
    """Return all functions for one evaluation at `now` (aware), `today()` in Asia/Shanghai."""
    local = now.astimezone(SHANGHAI)
    return {**calendar_functions(calendar), "today": local.date, "now": lambda: local}


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return (value.astimezone(SHANGHAI) if value.tzinfo else value).date()
    return value if isinstance(value, date) else None
