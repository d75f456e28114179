"""FEEL values → text, as the built-in `string` writes them (DMN 1.5, 10.3.4.1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from engine.feel import limits
from engine.feel.errors import FeelLimitExceeded
from engine.feel.temporal import (
    write_date,
    write_date_time,
    write_days_time,
    write_time,
    write_years_months,
)
from engine.feel.values import FeelFunction, FeelValue, Range, YearMonthDuration


def render(value: FeelValue) -> str:
    """Return a value's text; a string is returned as it is.

    Raises:
        FeelLimitExceeded: the text would be too long.

    """
    text = value if isinstance(value, str) else _nested(value)
    if len(text) > limits.STRING_LENGTH:
        raise FeelLimitExceeded
    return text


def _nested(value: FeelValue) -> str:
    return _WRITERS[type(value)](value)


def _number(value: Decimal) -> str:
    text = format(value, "f")
    return "0" if text == "-0" else text


def _quoted(value: str) -> str:
    return '"{}"'.format(value.replace("\\", "\\\\").replace('"', '\\"'))


def _list(value: list[FeelValue]) -> str:
    return f"[{', '.join(_nested(item) for item in value)}]"


def _key(name: str) -> str:
    return name if name.replace("_", "a").replace(" ", "a").isalnum() else _quoted(name)


def _context(value: dict[str, FeelValue]) -> str:
    return f"{{{', '.join(f'{_key(name)}: {_nested(entry)}' for name, entry in value.items())}}}"


def _range(value: Range) -> str:
    if value.start is None and value.end is not None:
        return f"({'<=' if value.end_included else '<'} {_nested(value.end)})"
    if value.end is None and value.start is not None:
        return f"({'>=' if value.start_included else '>'} {_nested(value.start)})"
    left = "[" if value.start_included else "("
    right = "]" if value.end_included else ")"
    return f"{left}{_nested(value.start)}..{_nested(value.end)}{right}"


_WRITERS: Final[Mapping[type, Callable[[Any], str]]] = {
    type(None): lambda _value: "null",
    bool: lambda value: "true" if value else "false",
    Decimal: _number,
    str: _quoted,
    dt.date: write_date,
    dt.time: write_time,
    dt.datetime: write_date_time,
    dt.timedelta: write_days_time,
    YearMonthDuration: write_years_months,
    list: _list,
    dict: _context,
    Range: _range,
    FeelFunction: lambda value: f"function {value.name}({', '.join(value.parameters)})",
}
