"""When a timer is due: dates, durations and cycles (BPMN 2.0.2, timerEventDefinition; ISO 8601).

Times without a zone are Asia/Shanghai; a date is 00:00 of that day; months and years are counted
by the calendar and clamped to the month's end (31 January + P1M = 28 February).
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from engine.errors import ExpressionError

ZONE: Final = ZoneInfo("Asia/Shanghai")

_DURATION: Final = re.compile(
    r"(?P<sign>-)?P(?=.)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?"
    r"(?:(?P<days>\d+)D)?(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?"
    r"(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_CYCLE: Final = re.compile(r"R(?P<count>\d*)/(?:(?P<start>[^/]*)/)?(?P<period>P[^/]*)")
_MOMENT: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?"
)


class TimerKind(StrEnum):
    """The three forms of a BPMN timer, spelled as in the XML."""

    DATE = "timeDate"
    DURATION = "timeDuration"
    CYCLE = "timeCycle"


@dataclass(frozen=True, slots=True)
class Period:
    """An ISO 8601 duration: whole months by the calendar, then an exact time."""

    months: int
    rest: timedelta

    def after(self, start: datetime) -> datetime:
        """Return the moment this period after `start`, month ends clamped."""
        local = start.astimezone(ZONE)
        month = local.year * 12 + local.month - 1 + self.months
        year, month = divmod(month, 12)
        day = min(local.day, calendar.monthrange(year, month + 1)[1])
        return local.replace(year=year, month=month + 1, day=day) + self.rest


@dataclass(frozen=True, slots=True)
class Timer:
    """An armed timer: `due` in UTC; `period` and `left` (None: for ever) only for cycles."""

    due: datetime
    period: timedelta | None = None
    left: int | None = None

    def next_cycle(self) -> Timer | None:
        """Return the timer of the next occurrence, or None after the last one."""
        if self.period is None or self.left == 1:
            return None
        left = None if self.left is None else self.left - 1
        return replace(self, due=self.due + self.period, left=left)

    def to_plain(self) -> list[Any]:
        """Return the timer as JSON values."""
        seconds = None if self.period is None else self.period.total_seconds()
        return [self.due.isoformat(), seconds, self.left]

    @classmethod
    def from_plain(cls, plain: list[Any]) -> Timer:
        """Return the timer written by `to_plain`."""
        due, seconds, left = plain
        period = None if seconds is None else timedelta(seconds=seconds)
        return cls(datetime.fromisoformat(due), period, left)


def is_literal(text: str) -> bool:
    """Whether `text` is a plain ISO 8601 date, duration or cycle and no FEEL expression."""
    return any(pattern.fullmatch(text) for pattern in (_DURATION, _CYCLE, _MOMENT))


def arm(kind: TimerKind, value: object, now: datetime) -> Timer:
    """Return the timer for an evaluated expression.

    `value` is a date, an aware or naive datetime, a duration of either kind or ISO 8601 text.
    Raises ExpressionError when the value does not fit the kind of timer.
    """
    try:
        if kind is TimerKind.DATE:
            return Timer(_moment(value))
        if kind is TimerKind.DURATION:
            return Timer(_period(value).after(now).astimezone(UTC))
        return _cycle(value, now)
    except (ValueError, OverflowError) as error:
        raise ExpressionError(f"定时事件的时间无法识别：{value}。") from error


def has_calendar_cycle(text: str) -> bool:
    """Whether `text` is a literal cycle over months or years, whose length is not constant."""
    match = _CYCLE.fullmatch(text)
    return match is not None and parse_period(match["period"]).months != 0


def parse_period(text: str) -> Period:
    """Return the ISO 8601 duration `text`; raises ValueError for anything else."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(text)
    part = {name: float(value or 0) for name, value in match.groupdict().items() if name != "sign"}
    sign = -1 if match["sign"] else 1
    rest = timedelta(
        weeks=part["weeks"],
        days=part["days"],
        hours=part["hours"],
        minutes=part["minutes"],
        seconds=part["seconds"],
    )
    return Period(sign * int(part["years"] * 12 + part["months"]), sign * rest)


def _period(value: object) -> Period:
    if isinstance(value, timedelta):
        return Period(0, value)
    months = getattr(value, "months", None)
    if isinstance(months, int):
        return Period(months, timedelta())
    if isinstance(value, str):
        return parse_period(value.strip())
    raise ValueError(value)


def _moment(value: object) -> datetime:
    if isinstance(value, str):
        text = value.strip()
        if _MOMENT.fullmatch(text) is None:
            raise ValueError(value)
        value = datetime.fromisoformat(text)
    if isinstance(value, datetime):
        aware = value if value.tzinfo is not None else value.replace(tzinfo=ZONE)
        return aware.astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), ZONE).astimezone(UTC)
    raise ValueError(value)


def _cycle(value: object, now: datetime) -> Timer:
    match = _CYCLE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(value)
    period = parse_period(match["period"])
    if period.months or period.rest <= timedelta():
        raise ValueError(value)
    left = int(match["count"]) if match["count"] else None
    if left == 0:
        raise ValueError(value)
    due = _moment(match["start"]) if match["start"] else now.astimezone(UTC) + period.rest
    return Timer(due, period.rest, left)
