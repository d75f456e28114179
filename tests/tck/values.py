"""Values in test files of the kit, and how ours are compared with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from lxml import etree

from engine.feel import FeelValue, YearMonthDuration, compile_expression

_KIT: Final = "{http://www.omg.org/spec/DMN/20160719/testcase}"
_XSI: Final = "{http://www.w3.org/2001/XMLSchema-instance}"
_TOLERANCE: Final = Decimal("0.00000001")
"""Numbers are equal when they agree in eight decimals, as in the kit's own runners."""


def read_value(element: etree._Element) -> FeelValue:
    """Return the value below an element of type `valueType`."""
    components = element.findall(f"{_KIT}component")
    if components:
        return {part.get("name", ""): read_value(part) for part in components}
    items = element.find(f"{_KIT}list")
    if items is not None:
        if items.get(f"{_XSI}nil") == "true":
            return None
        return [read_value(item) for item in items.findall(f"{_KIT}item")]
    value = element.find(f"{_KIT}value")
    if value is None or value.get(f"{_XSI}nil") == "true":
        return None
    kind = value.get(f"{_XSI}type", "xsd:string").rpartition(":")[2]
    return _READERS.get(kind, str)(value.text or "")


def _temporal(function: str) -> Callable[[str], FeelValue]:
    return lambda text: compile_expression(f'{function}("{text.strip()}")').evaluate()


def _number(text: str) -> FeelValue:
    return Decimal(text.strip())


_READERS: Final[Mapping[str, Callable[[str], FeelValue]]] = {
    "string": str,
    "boolean": lambda text: text.strip() in {"true", "1"},
    **dict.fromkeys(("decimal", "double", "float", "integer", "int", "long"), _number),
    "date": _temporal("date"),
    "time": _temporal("time"),
    "dateTime": _temporal("date and time"),
    **dict.fromkeys(
        ("duration", "dayTimeDuration", "yearMonthDuration", "dayTimeDuration"),
        _temporal("duration"),
    ),
}


def same(expected: FeelValue, actual: FeelValue) -> bool:
    """Return whether a result is the expected one."""
    if isinstance(expected, Decimal) and isinstance(actual, Decimal):
        return abs(expected - actual) < _TOLERANCE
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(same, expected, actual))
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(
            same(value, actual[key]) for key, value in expected.items()
        )
    if isinstance(expected, dt.datetime | dt.time) and isinstance(actual, dt.datetime | dt.time):
        return type(expected) is type(actual) and _clock(expected) == _clock(actual)
    if isinstance(expected, YearMonthDuration | dt.timedelta):
        return expected == actual
    return type(expected) is type(actual) and expected == actual


def _clock(moment: dt.datetime | dt.time) -> tuple[object, ...]:
    """What tells two moments apart: the written time and the offset, not the zone's name."""
    return moment.replace(tzinfo=None), moment.utcoffset(), str(moment.tzinfo)
