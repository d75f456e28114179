"""`value.property`: a closed table per type; nothing else of a Python object is reachable."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from engine.feel.errors import NotApplicable
from engine.feel.temporal import time_offset
from engine.feel.values import FeelValue, Range, YearMonthDuration, type_label

Property = Callable[[Any], FeelValue]


def _whole(read: Callable[[Any], int]) -> Property:
    return lambda value: Decimal(read(value))


def _zone_name(value: dt.time | dt.datetime) -> FeelValue:
    return value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None


def _unit(per_unit: int, modulus: int | None) -> Property:
    """Return one component of a days and time duration; it carries the duration's sign."""

    def read(value: dt.timedelta) -> Decimal:
        length = abs(value)
        amount = (length.days * 86_400 + length.seconds) // per_unit
        if modulus:
            amount %= modulus
        return Decimal(-amount if value < dt.timedelta() else amount)

    return read


def _months_part(divide: Callable[[int], int]) -> Property:
    def read(value: YearMonthDuration) -> Decimal:
        amount = divide(abs(value.months))
        return Decimal(-amount if value.months < 0 else amount)

    return read


_DATE: Final[Mapping[str, Property]] = {
    "year": _whole(lambda value: value.year),
    "month": _whole(lambda value: value.month),
    "day": _whole(lambda value: value.day),
    "weekday": _whole(lambda value: value.isoweekday()),
}

_TIME: Final[Mapping[str, Property]] = {
    "hour": _whole(lambda value: value.hour),
    "minute": _whole(lambda value: value.minute),
    "second": _whole(lambda value: value.second),
    "time offset": lambda value: value.utcoffset(),
    "timezone": _zone_name,
}

_PROPERTIES: Final[Mapping[type, Mapping[str, Property]]] = {
    dt.date: {**_DATE},
    dt.datetime: {**_DATE, **_TIME},
    dt.time: {**_TIME, "time offset": time_offset},
    dt.timedelta: {
        "days": _unit(86_400, None),
        "hours": _unit(3_600, 24),
        "minutes": _unit(60, 60),
        "seconds": _unit(1, 60),
    },
    YearMonthDuration: {
        "years": _months_part(lambda months: months // 12),
        "months": _months_part(lambda months: months % 12),
    },
    Range: {
        "start": lambda value: value.start,
        "end": lambda value: value.end,
        "start included": lambda value: value.start_included,
        "end included": lambda value: value.end_included,
    },
}


def get_property(value: FeelValue, name: str) -> FeelValue:
    """Return a context entry or a property of a date, time, duration or range.

    On a list, the property of every item.

    Raises:
        NotApplicable: the value has no such entry or property.

    """
    if isinstance(value, dict):
        if name in value:
            return value[name]
        raise NotApplicable(f"上下文中没有“{name}”。")
    if isinstance(value, list):
        return [_property_or_null(item, name) for item in value]
    read = _PROPERTIES.get(type(value), {}).get(name)
    if read is None:
        raise NotApplicable(f"{type_label(value)}没有属性“{name}”。")
    return read(value)


def _property_or_null(item: FeelValue, name: str) -> FeelValue:
    try:
        return get_property(item, name)
    except NotApplicable:
        return None
