"""Date functions (DMN 1.5, 10.3.4.8) and `is` (10.3.4.7)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from engine.feel.functions.registry import builtin, collect
from engine.feel.operators import equal
from engine.feel.values import FeelValue

_WEEKDAYS: Final = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@builtin("day of year", "date: day")
def _day_of_year(date: dt.date) -> FeelValue:
    return Decimal(date.timetuple().tm_yday)


@builtin("day of week", "date: day")
def _day_of_week(date: dt.date) -> FeelValue:
    return _WEEKDAYS[date.weekday()]


@builtin("month of year", "date: day")
def _month_of_year(date: dt.date) -> FeelValue:
    return _MONTHS[date.month - 1]


@builtin("week of year", "date: day")
def _week_of_year(date: dt.date) -> FeelValue:
    return Decimal(date.isocalendar().week)


def _zone(zone: dt.tzinfo | None) -> object:
    if zone is None or isinstance(zone, ZoneInfo):
        return zone
    return zone.utcoffset(None)


@builtin("is", "value1?: any, value2?: any")
def _is(first: FeelValue = None, second: FeelValue = None) -> FeelValue:
    if type(first) is not type(second):
        return False
    if isinstance(first, dt.datetime | dt.time) and isinstance(second, dt.datetime | dt.time):
        # Not only the same moment: the same clock in the same zone.
        local = first.replace(tzinfo=None) == second.replace(tzinfo=None)
        return local and _zone(first.tzinfo) == _zone(second.tzinfo)
    return equal(first, second) is True


FUNCTIONS = collect(globals())
