"""Conversion functions (DMN 1.5, 10.3.4.1) and `not` (10.3.4.2)."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any, Final

from engine.feel.errors import NotApplicable
from engine.feel.functions.registry import builtin, collect
from engine.feel.rendering import render
from engine.feel.temporal import (
    fixed_zone,
    read_date,
    read_date_time,
    read_duration,
    read_time,
)
from engine.feel.values import DECIMAL, FeelValue, YearMonthDuration, is_whole, type_label

_NUMBER: Final = re.compile(r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_GROUPING: Final = frozenset({" ", ",", ".", None})
_DECIMAL: Final = frozenset({",", ".", None})


def whole(value: Decimal, what: str) -> int:
    """Return a whole number.

    Raises:
        NotApplicable: the number has a fraction.

    """
    if not is_whole(value):
        raise NotApplicable(f"{what}必须是整数。")
    return int(value)


@builtin("date", "from: any", "year: number, month: number, day: number")
def _date(first: Any, month: Decimal | None = None, day: Decimal | None = None) -> FeelValue:
    if month is not None and day is not None:
        if not isinstance(first, Decimal):
            raise NotApplicable("年份必须是数字。")
        return dt.date(whole(first, "年"), whole(month, "月"), whole(day, "日"))
    if isinstance(first, str):
        return read_date(first)
    if isinstance(first, dt.datetime):
        return first.date()
    if isinstance(first, dt.date):
        return first
    raise NotApplicable(f"{type_label(first)}不能转换为日期。")


@builtin("date and time", "from: any", "date: day, time: time")
def _date_time(first: Any, time: dt.time | None = None) -> FeelValue:
    if time is not None:
        day = first.date() if isinstance(first, dt.datetime) else first
        return dt.datetime.combine(day, time)
    if isinstance(first, str):
        return read_date_time(first)
    if isinstance(first, dt.datetime):
        return first
    if isinstance(first, dt.date):
        return dt.datetime.combine(first, dt.time(tzinfo=dt.UTC))
    raise NotApplicable(f"{type_label(first)}不能转换为日期时间。")


@builtin(
    "time",
    "from: any",
    "hour: number, minute: number, second: number, offset?: days and time duration",
)
def _time(
    first: Any,
    minute: Decimal | None = None,
    second: Decimal | None = None,
    offset: dt.timedelta | None = None,
) -> FeelValue:
    if minute is not None and second is not None:
        if not isinstance(first, Decimal):
            raise NotApplicable("小时必须是数字。")
        micro = int(second % 1 * 1_000_000)
        zone = None if offset is None else fixed_zone(offset)
        return dt.time(whole(first, "时"), whole(minute, "分"), int(second), micro, zone)
    if isinstance(first, str):
        return read_time(first)
    if isinstance(first, dt.datetime):
        return first.timetz()
    if isinstance(first, dt.time):
        return first
    if isinstance(first, dt.date):
        return dt.time(tzinfo=dt.UTC)
    raise NotApplicable(f"{type_label(first)}不能转换为时间。")


@builtin("number", "from: string, grouping separator?: string, decimal separator?: string")
def _number(text: str, grouping: str | None = None, point: str | None = None) -> FeelValue:
    if grouping not in _GROUPING or point not in _DECIMAL or (grouping and grouping == point):
        raise NotApplicable("数字的分隔符不合要求。")
    if grouping:
        text = text.replace(grouping, "")
    if point:
        text = text.replace(point, ".")
    if not _NUMBER.fullmatch(text):
        raise NotApplicable(f"“{text}”不是数字。")
    return DECIMAL.create_decimal(text)


@builtin("string", "from: any")
def _string(value: FeelValue) -> FeelValue:
    return None if value is None else render(value)


@builtin("duration", "from: any")
def _duration(value: FeelValue) -> FeelValue:
    if isinstance(value, dt.timedelta | YearMonthDuration):
        return value
    if isinstance(value, str):
        return read_duration(value)
    raise NotApplicable(f"{type_label(value)}不能转换为时长。")


@builtin("years and months duration", "from: day, to: day")
def _years_months(start: dt.date, end: dt.date) -> FeelValue:
    # Whole months only: an unfinished month counts for neither direction.
    earlier, later = _naive(start), _naive(end)
    sign = 1
    if earlier > later:
        earlier, later, sign = later, earlier, -1
    months = (later.year - earlier.year) * 12 + later.month - earlier.month
    if (later.day, later.time()) < (earlier.day, earlier.time()):
        months -= 1
    return YearMonthDuration(sign * months)


def _naive(value: dt.date) -> dt.datetime:
    if isinstance(value, dt.datetime):
        return value.replace(tzinfo=None)
    return dt.datetime.combine(value, dt.time())


@builtin("not", "negand: any")
def _not(value: FeelValue) -> FeelValue:
    if isinstance(value, bool):
        return not value
    raise NotApplicable(f"{type_label(value)}不能取反。")


FUNCTIONS = collect(globals())
