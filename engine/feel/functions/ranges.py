"""`range(from)` (DMN 1.5, 10.3.4.1): the text of a range literal → a range.

The text is data and not an expression: its ends are literals, or temporal functions of literals.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from engine.feel.errors import NotApplicable
from engine.feel.functions.registry import builtin, collect
from engine.feel.literals import read_number, read_string
from engine.feel.operators import Comparator, compare, make_range
from engine.feel.temporal import (
    read_at_literal,
    read_date,
    read_date_time,
    read_duration,
    read_time,
)
from engine.feel.values import FeelValue

_STRING: Final = r'"(?:\\.|[^"\\])*"'
_END: Final = (
    rf"-?[0-9]*\.?[0-9]+|@?{_STRING}|(?:date and time|date|time|duration)\s*\(\s*{_STRING}\s*\)"
)
_RANGE: Final = re.compile(
    rf"\s*(?P<opening>[\[(\]])\s*(?P<start>{_END})\s*\.\.\s*(?P<end>{_END})"
    r"\s*(?P<closing>[\])\[])\s*",
    re.DOTALL,
)
_CALL: Final = re.compile(rf"(?P<name>[a-z ]*?)\s*\(\s*(?P<text>{_STRING})\s*\)", re.DOTALL)
_READERS: Final[Mapping[str, Callable[[str], FeelValue]]] = {
    "date": read_date,
    "time": read_time,
    "date and time": read_date_time,
    "duration": read_duration,
}


@builtin("range", "from: string")
def _range(text: str) -> FeelValue:
    found = _RANGE.fullmatch(text)
    if found is None:
        raise NotApplicable(f"“{text}”不是区间，应写作 [1..10]。")
    start, end = _value(found["start"]), _value(found["end"])
    if type(start) is not type(end):
        raise NotApplicable("区间两端的值类型不同。")
    if compare(Comparator.GREATER, start, end):
        raise NotApplicable("区间的起点在终点之后。")
    return make_range(
        start,
        end,
        start_included=found["opening"] == "[",
        end_included=found["closing"] == "]",
    )


def _value(text: str) -> FeelValue:
    if text.startswith('"'):
        return read_string(text)
    if text.startswith("@"):
        return read_at_literal(read_string(text[1:]))
    call = _CALL.fullmatch(text)
    if call is not None:
        return _READERS[call["name"]](read_string(call["text"]))
    return read_number(text)


FUNCTIONS = collect(globals())
