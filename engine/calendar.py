"""Counting time: natural months with the month end clamped, and working days by calendar.

Months follow 民法典 200–203 (the party regulations give no rule of their own): the same day number
of the target month, or its last day when there is none.  Working days follow the yearly notice of
the State Council; a year without a published notice falls back to weekends and statutory holidays,
and every result that touches such a year is marked provisional.  All dates are Asia/Shanghai.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta

from engine.errors import EngineError

_PERIOD = re.compile(r"P(?=\d)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?")
_DAY = timedelta(days=1)
_SATURDAY = 5
_MAX_WORKING_DAYS = 10_000


class PeriodInvalid(EngineError):  # noqa: N818 - the state is the name of the error
    """A period is not an ISO 8601 duration of years, months, weeks and days."""

    code = "period-invalid"
    message = "期限的写法不正确。"
    remedy = "请按“P1M”“P1Y”“P5D”的格式书写期限。"


class DateOutOfRange(EngineError):  # noqa: N818 - the state is the name of the error
    """The result lies outside the years a date can hold, or a count is unreasonably long."""

    code = "date-out-of-range"
    message = "计算出的日期超出了可以处理的范围。"
    remedy = "请检查填写的日期和期限。"


@dataclass(frozen=True, slots=True)
class Period:
    """A legal period: `months` first, then `days`, as ISO 8601 orders them."""

    months: int
    days: int

    @classmethod
    def parse(cls, iso: str) -> Period:
        """Read an ISO 8601 duration such as `P1M`, `P1Y6M`, `P5D`; raises PeriodInvalid."""
        match = _PERIOD.fullmatch(iso)
        if match is None:
            raise PeriodInvalid(f"期限“{iso[:40]}”的写法不正确。")
        years, months, weeks, days = (int(part or 0) for part in match.groups())
        return cls(years * 12 + months, weeks * 7 + days)

    def after(self, start: date) -> date:
        """Return `start` plus this period in natural time, the month end clamped."""
        year, month0 = divmod(start.year * 12 + start.month - 1 + self.months, 12)
        if not MINYEAR <= year <= MAXYEAR:
            raise DateOutOfRange
        month = month0 + 1
        clamped = date(year, month, min(start.day, monthrange(year, month)[1]))
        try:
            return clamped + timedelta(days=self.days)
        except OverflowError as error:
            raise DateOutOfRange from error


def add_period(start: date, iso: str) -> date:
    """Return `start` plus the ISO 8601 period `iso`: 2026-01-31 + P1M = 2026-02-28."""
    return Period.parse(iso).after(start)


@dataclass(frozen=True, slots=True)
class CountedDate:
    """A date found by counting working days."""

    date: date
    provisional: bool


@dataclass(frozen=True, slots=True)
class CountedDays:
    """A number of working days."""

    days: int
    provisional: bool


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days are working days.

    `published_years`: years whose State Council notice is known.  `holidays`: days off on weekdays
    (and weekends, harmless).  `working_days`: weekend days worked by adjustment (调休).
    """

    published_years: frozenset[int]
    holidays: frozenset[date]
    working_days: frozenset[date]

    def is_working_day(self, day: date) -> bool:
        """Return whether people work on `day`."""
        if day in self.working_days:
            return True
        return day.weekday() < _SATURDAY and day not in self.holidays

    def is_provisional(self, first: date, last: date) -> bool:
        """Return whether any year from `first` to `last` has no published calendar."""
        return any(y not in self.published_years for y in range(first.year, last.year + 1))

    def add_working_days(self, start: date, n: int, *, start_counts: bool) -> CountedDate:
        """Return the n-th working day counted from `start` (n ≥ 0).

        With `start_counts` the start day, if it is a working day, is the first; otherwise counting
        begins on the day after.  n = 0 returns `start` itself.
        """
        if not 0 <= n <= _MAX_WORKING_DAYS:
            raise DateOutOfRange
        day, left = start, n
        if start_counts and self.is_working_day(start):
            left = max(left - 1, 0)
        try:
            while left:
                day += _DAY
                left -= self.is_working_day(day)
        except OverflowError as error:
            raise DateOutOfRange from error
        return CountedDate(day, self.is_provisional(start, day))

    def count(self, first: date, last: date) -> CountedDays:
        """Return the number of working days from `first` to `last`, both included."""
        if last < first:
            return CountedDays(0, provisional=self.is_provisional(last, first))
        span = (last - first).days + 1
        if span > 2 * _MAX_WORKING_DAYS:
            raise DateOutOfRange
        days = sum(self.is_working_day(first + timedelta(days=i)) for i in range(span))
        return CountedDays(days, self.is_provisional(first, last))
