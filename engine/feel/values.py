"""The values of FEEL and their Python shapes.

number → Decimal (34 digits), string → str, boolean → bool, null → None, date → datetime.date,
time → datetime.time, date and time → datetime.datetime, days and time duration →
datetime.timedelta, years and months duration → `YearMonthDuration`, list → list, context → dict,
range → `Range`, function → `FeelFunction` (DMN 1.5, table 42).
"""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from engine.feel.errors import NotApplicable

DECIMAL: Final = decimal.Context(
    prec=34,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
"""Arithmetic of DMN 1.5, 10.3.2.3.1: IEEE 754-2008 Decimal128."""


@dataclass(frozen=True, slots=True, order=True)
class YearMonthDuration:
    """A duration in whole months, such as P1Y6M."""

    months: int


@dataclass(frozen=True, slots=True)
class Range:
    """An interval; `None` at an end means unbounded there, as in `(> 5)`."""

    start: FeelValue
    end: FeelValue
    start_included: bool
    end_included: bool


@dataclass(frozen=True, slots=True, eq=False)
class FeelFunction:
    """A function value.

    `parameters` are the names in order; `call` takes one positional argument per name (fewer when
    the function allows it).  Arguments and result are FEEL values.
    """

    name: str
    parameters: tuple[str, ...]
    call: Callable[..., FeelValue]


FeelValue: TypeAlias = (
    Decimal
    | str
    | bool
    | dt.date
    | dt.time
    | dt.datetime
    | dt.timedelta
    | YearMonthDuration
    | list["FeelValue"]
    | dict[str, "FeelValue"]
    | Range
    | FeelFunction
    | None
)


def is_whole(number: Decimal) -> bool:
    """Return whether a number has no fraction, whatever its size."""
    return number == number.to_integral_value()


_AS_IS: Final = frozenset(
    {
        str,
        bool,
        type(None),
        dt.date,
        dt.time,
        dt.datetime,
        dt.timedelta,
        YearMonthDuration,
        Range,
        FeelFunction,
    }
)

_TYPE_LABELS: Final[Mapping[type, str]] = {
    Decimal: "数字",
    str: "文本",
    bool: "是否值",
    type(None): "空值",
    dt.date: "日期",
    dt.time: "时间",
    dt.datetime: "日期时间",
    dt.timedelta: "天时分秒时长",
    YearMonthDuration: "年月时长",
    list: "列表",
    dict: "上下文",
    Range: "区间",
    FeelFunction: "函数",
}


def type_label(value: FeelValue) -> str:
    """Return the Chinese name of the value's FEEL type."""
    return _TYPE_LABELS[type(value)]


def to_feel(value: object) -> FeelValue:
    """Convert a Python value, recursively, to a FEEL value.

    Takes int, float, Decimal, str, bool, None, date, time, datetime, timedelta, list, tuple, set,
    mapping with text keys, and FEEL's own values.

    Raises:
        NotApplicable: the value has no FEEL counterpart (NaN, bytes, other objects).

    """
    kind = type(value)
    if kind in _AS_IS:
        return value  # type: ignore[return-value] # the set holds exactly these types
    if kind is list:
        return [to_feel(item) for item in value]  # type: ignore[attr-defined] # kind is list
    if kind is dict:
        return _context(value)  # type: ignore[arg-type] # kind is dict
    if isinstance(value, Decimal | int | float):
        return _number(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Mapping):
        return _context(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [to_feel(item) for item in value]
    raise NotApplicable(f"{kind.__name__} 类型的数据不能用于表达式。")


def _context(value: Mapping[object, object]) -> dict[str, FeelValue]:
    return {str(key): to_feel(entry) for key, entry in value.items()}


def _number(value: Decimal | float) -> Decimal:
    try:
        # A float such as 0.1 means the shortest decimal that prints like it, not its binary value.
        number = DECIMAL.create_decimal(repr(value) if isinstance(value, float) else value)
    except decimal.DecimalException as error:
        raise NotApplicable("数字超出可表示的范围。") from error
    if not number.is_finite():
        raise NotApplicable("不是有效的数字。")
    return number
