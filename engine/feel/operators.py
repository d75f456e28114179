"""Arithmetic, comparison and equality, each a table from operand types to a function.

A pair of types that is not in the table has no result: FEEL's null (DMN 1.5, tables 50 to 57).
Operands have exact Python types (`values.to_feel` sees to it), so one dictionary look-up decides.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeAlias

from engine.feel import limits
from engine.feel.errors import FeelLimitExceeded, NotApplicable
from engine.feel.temporal import (
    add_duration,
    add_months,
    add_to_time,
    at_midnight_utc,
    since_utc_midnight,
)
from engine.feel.values import DECIMAL, FeelFunction, FeelValue, Range, YearMonthDuration

Binary: TypeAlias = Callable[[Any, Any], FeelValue]
TypePair: TypeAlias = tuple[type, type]
OperatorTable: TypeAlias = Mapping[TypePair, Binary]

_MAX_MONTHS: Final = 12 * 999_999_999
_MICROSECOND: Final = dt.timedelta(microseconds=1)


class Comparator(StrEnum):
    """The signs of a comparison."""

    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="


def _concatenate(left: str, right: str) -> str:
    if len(left) + len(right) > limits.STRING_LENGTH:
        raise FeelLimitExceeded
    return left + right


def _between_moments(left: dt.datetime, right: dt.datetime) -> dt.timedelta:
    if (left.tzinfo is None) != (right.tzinfo is None):
        raise NotApplicable("有时区和无时区的日期时间不能相减。")
    if left.tzinfo is None:
        return left - right
    return left.astimezone(dt.UTC) - right.astimezone(dt.UTC)


def _between_times(left: dt.time, right: dt.time) -> dt.timedelta:
    if (left.tzinfo is None) != (right.tzinfo is None):
        raise NotApplicable("有时区和无时区的时间不能相减。")
    return since_utc_midnight(left) - since_utc_midnight(right)


def _add_to_date(value: dt.date, length: dt.timedelta) -> dt.date:
    # timedelta.days is the floor, so a date and PT12H stay on the day, minus PT12H goes back one.
    return value + dt.timedelta(days=length.days)


def _microseconds(value: dt.timedelta) -> Decimal:
    return Decimal(value // _MICROSECOND)


def _scale(value: dt.timedelta, factor: Decimal) -> dt.timedelta:
    return dt.timedelta(microseconds=int(DECIMAL.multiply(_microseconds(value), factor)))


def _shrink(value: dt.timedelta, divisor: Decimal) -> dt.timedelta:
    return dt.timedelta(microseconds=int(DECIMAL.divide(_microseconds(value), divisor)))


def _months(value: Decimal) -> YearMonthDuration:
    if abs(value) > _MAX_MONTHS:
        raise NotApplicable("时长超出可表示的范围。")
    return YearMonthDuration(int(value))


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    if not base and exponent < 0:  # Decimal calls this infinity without a signal
        raise NotApplicable("零不能作负数次方。")
    return DECIMAL.power(base, exponent)


def _swap(function: Binary) -> Binary:
    return lambda left, right: function(right, left)


def _scale_months(value: YearMonthDuration, factor: Decimal) -> YearMonthDuration:
    return _months(DECIMAL.multiply(Decimal(value.months), factor))


ADD: Final[OperatorTable] = {
    (Decimal, Decimal): DECIMAL.add,
    (str, str): _concatenate,
    (dt.date, YearMonthDuration): lambda d, m: add_months(d, m.months),
    (YearMonthDuration, dt.date): lambda m, d: add_months(d, m.months),
    (dt.date, dt.timedelta): _add_to_date,
    (dt.timedelta, dt.date): _swap(_add_to_date),
    (dt.datetime, YearMonthDuration): lambda d, m: add_months(d, m.months),
    (YearMonthDuration, dt.datetime): lambda m, d: add_months(d, m.months),
    (dt.datetime, dt.timedelta): add_duration,
    (dt.timedelta, dt.datetime): _swap(add_duration),
    (dt.time, dt.timedelta): add_to_time,
    (dt.timedelta, dt.time): _swap(add_to_time),
    (dt.timedelta, dt.timedelta): operator.add,
    (YearMonthDuration, YearMonthDuration): lambda a, b: YearMonthDuration(a.months + b.months),
}

SUBTRACT: Final[OperatorTable] = {
    (Decimal, Decimal): DECIMAL.subtract,
    (dt.date, YearMonthDuration): lambda d, m: add_months(d, -m.months),
    (dt.date, dt.timedelta): lambda d, t: _add_to_date(d, -t),
    (dt.date, dt.date): operator.sub,
    (dt.date, dt.datetime): lambda d, m: _between_moments(at_midnight_utc(d), m),
    (dt.datetime, dt.date): lambda m, d: _between_moments(m, at_midnight_utc(d)),
    (dt.datetime, dt.datetime): _between_moments,
    (dt.datetime, YearMonthDuration): lambda d, m: add_months(d, -m.months),
    (dt.datetime, dt.timedelta): lambda d, t: add_duration(d, -t),
    (dt.time, dt.timedelta): lambda t, d: add_to_time(t, -d),
    (dt.time, dt.time): _between_times,
    (dt.timedelta, dt.timedelta): operator.sub,
    (YearMonthDuration, YearMonthDuration): lambda a, b: YearMonthDuration(a.months - b.months),
}

MULTIPLY: Final[OperatorTable] = {
    (Decimal, Decimal): DECIMAL.multiply,
    (dt.timedelta, Decimal): _scale,
    (Decimal, dt.timedelta): _swap(_scale),
    (YearMonthDuration, Decimal): _scale_months,
    (Decimal, YearMonthDuration): _swap(_scale_months),
}

DIVIDE: Final[OperatorTable] = {
    (Decimal, Decimal): DECIMAL.divide,
    (dt.timedelta, Decimal): _shrink,
    (dt.timedelta, dt.timedelta): lambda a, b: DECIMAL.divide(_microseconds(a), _microseconds(b)),
    (YearMonthDuration, Decimal): lambda a, b: _months(DECIMAL.divide(Decimal(a.months), b)),
    (YearMonthDuration, YearMonthDuration): lambda a, b: DECIMAL.divide(
        Decimal(a.months), Decimal(b.months)
    ),
}

POWER: Final[OperatorTable] = {(Decimal, Decimal): _power}

ARITHMETIC: Final[Mapping[str, OperatorTable]] = {
    "+": ADD,
    "-": SUBTRACT,
    "*": MULTIPLY,
    "/": DIVIDE,
    "**": POWER,
}

NEGATE: Final[Mapping[type, Callable[[Any], FeelValue]]] = {
    Decimal: DECIMAL.minus,
    dt.timedelta: operator.neg,
    YearMonthDuration: lambda value: YearMonthDuration(-value.months),
}


def _compare_moments(compare: Binary) -> Binary:
    def moments(left: dt.datetime, right: dt.datetime) -> FeelValue:
        if (left.tzinfo is None) != (right.tzinfo is None):
            raise NotApplicable("有时区和无时区的日期时间不能比较。")
        return compare(left, right)

    return moments


def _compare_times(compare: Binary) -> Binary:
    def times(left: dt.time, right: dt.time) -> FeelValue:
        if (left.tzinfo is None) != (right.tzinfo is None):
            raise NotApplicable("有时区和无时区的时间不能比较。")
        return compare(since_utc_midnight(left), since_utc_midnight(right))

    return times


def _ordering(compare: Binary) -> OperatorTable:
    return {
        (Decimal, Decimal): compare,
        (str, str): compare,
        (dt.date, dt.date): compare,
        (dt.datetime, dt.datetime): _compare_moments(compare),
        (dt.time, dt.time): _compare_times(compare),
        (dt.timedelta, dt.timedelta): compare,
        (YearMonthDuration, YearMonthDuration): compare,
    }


ORDERING: Final[Mapping[Comparator, OperatorTable]] = {
    Comparator.LESS: _ordering(operator.lt),
    Comparator.LESS_OR_EQUAL: _ordering(operator.le),
    Comparator.GREATER: _ordering(operator.gt),
    Comparator.GREATER_OR_EQUAL: _ordering(operator.ge),
}


def compare(sign: Comparator, left: FeelValue, right: FeelValue) -> bool | None:
    """Compare two values; null when they cannot be compared."""
    if sign is Comparator.EQUAL:
        return equal(left, right)
    if sign is Comparator.NOT_EQUAL:
        same = equal(left, right)
        return None if same is None else not same
    handler = ORDERING[sign].get((type(left), type(right)))
    if handler is None:
        return None
    try:
        return bool(handler(left, right))
    except NotApplicable:
        return None


def equal(left: FeelValue, right: FeelValue) -> bool | None:
    """Return whether two values are equal; null when their types differ (DMN 1.5, table 51)."""
    kind = type(left)
    if left is None or right is None:
        return left is right
    if kind is not type(right):
        return None
    if kind is dt.datetime or kind is dt.time:
        return _equal_moments(left, right)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and _all_equal(zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and _all_equal(
            (value, right[key]) for key, value in left.items()
        )
    if isinstance(left, Range) and isinstance(right, Range):
        return (left.start_included, left.end_included) == (
            right.start_included,
            right.end_included,
        ) and _all_equal([(left.start, right.start), (left.end, right.end)])
    if isinstance(left, FeelFunction):
        return left is right
    return left == right


def _all_equal(pairs: Any) -> bool | None:
    result: bool | None = True
    for left, right in pairs:
        same = equal(left, right)
        if same is False:
            return False
        if same is None:
            result = None
    return result


def _equal_moments(left: Any, right: Any) -> bool:
    if (left.tzinfo is None) != (right.tzinfo is None):
        return False
    # DMN 1.5, 10.3.2.3.4: what tells two clocks apart are hours, minutes, seconds; the kit allows
    # for milliseconds, no more.
    left, right = _to_milliseconds(left), _to_milliseconds(right)
    if isinstance(left, dt.time):
        return since_utc_midnight(left) == since_utc_midnight(right)
    return bool(left == right)


def _to_milliseconds(value: Any) -> Any:
    return value.replace(microsecond=value.microsecond // 1000 * 1000)


def in_range(value: FeelValue, interval: Range) -> bool | None:
    """Return whether a value lies in a range; null when it cannot be compared with its ends."""
    above = below = True
    if interval.start is not None:
        sign = Comparator.GREATER_OR_EQUAL if interval.start_included else Comparator.GREATER
        reached = compare(sign, value, interval.start)
        if reached is None:
            return None
        above = reached
    if interval.end is not None:
        sign = Comparator.LESS_OR_EQUAL if interval.end_included else Comparator.LESS
        kept = compare(sign, value, interval.end)
        if kept is None:
            return None
        below = kept
    return above and below


def make_range(
    start: FeelValue,
    end: FeelValue,
    *,
    start_included: bool,
    end_included: bool,
) -> Range:
    """Build a range between two values that can be ordered.

    Raises:
        NotApplicable: an end is null, or the ends are of different or unordered types.

    """
    if compare(Comparator.LESS_OR_EQUAL, start, end) is None:
        raise NotApplicable("区间两端的值不能比较大小。")
    return Range(start, end, start_included=start_included, end_included=end_included)


def contains(container: FeelValue, value: FeelValue) -> bool | None:
    """Return whether `value in container` (DMN 1.5, table 54).

    A list holds a value that equals one of its items or lies in one of its ranges, and a list
    equals itself.
    """
    if isinstance(container, Range):
        return in_range(value, container)
    if not isinstance(container, list):
        return equal(value, container)
    for item in container:
        if isinstance(item, Range) and not isinstance(value, Range):
            if in_range(value, item):
                return True
        elif equal(value, item):
            return True
    return isinstance(value, list) and equal(value, container)
