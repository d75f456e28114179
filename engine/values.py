"""Process values: what a variable may hold, and how it is written as bytes.

The bytes are JSON.  What JSON lacks stands in an object with the single tag key `$`, so user data
can never be mistaken for a type: a user's own object with that key is written out as pairs.
Nothing is ever revived by a class name (engine-notes.md 4).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, cast

import orjson

from engine.errors import EngineError
from engine.model import Value, Variables

TAG: Final = "$"
CONTENT: Final = "v"
MAX_DEPTH: Final = 64
_INT64: Final = 2**63
_TEXTS: Final = frozenset({str, bool, type(None)})
"""Types whose values are written as they are."""
_SIMPLE: Final = _TEXTS | {int, float}
"""Types whose values are read as they are."""


class ValueTypeError(EngineError):
    """A value is of a type a process variable cannot hold."""

    code = "value-type"
    message = "提交的内容含有不支持的数据类型。"
    remedy = "请检查所填内容；仍不成功的，请联系系统管理员。"


def clone(value: object, depth: int = 0) -> Value:
    """Return an independent copy of `value`; tuples become lists.

    Raises ValueTypeError for anything that is not a `Value`, and for nesting over 64 levels.
    """
    if value is None or isinstance(value, bool | int | float | str | Decimal | date | timedelta):
        return value
    if depth >= MAX_DEPTH:
        raise ValueTypeError("提交的内容嵌套层次过深。")
    if isinstance(value, list | tuple):
        if _SIMPLE.issuperset(map(type, value)):
            return list(value)
        return [clone(item, depth + 1) for item in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: clone(item, depth + 1) for key, item in value.items()}
    raise ValueTypeError(f"提交的内容含有不支持的数据类型（{type(value).__name__}）。")


def clone_all(variables: Mapping[str, object]) -> dict[str, Value]:
    """Return a deep copy of named values; the way in for everything a caller hands over."""
    return {name: clone(value) for name, value in variables.items()}


def to_plain(value: Value) -> Any:
    """Return `value` as JSON types with type tags; `from_plain` is the inverse.

    What needs no tag is returned as it is: of a long list, say of people, nothing is worth a call
    per item.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return _number(value) if isinstance(value, int | float) else value
    if isinstance(value, list):
        return value if _as_is(value) else [to_plain(item) for item in value]
    if isinstance(value, dict):
        if TAG in value:
            return _tag("context", [[key, to_plain(item)] for key, item in value.items()])
        if _as_is(value.values()):
            return value
        return {key: to_plain(item) for key, item in value.items()}
    match value:
        case Decimal():
            return _tag("decimal", str(value))
        case datetime():
            return _tag("datetime", value.isoformat())
        case date():
            return _tag("date", value.isoformat())
        case timedelta():
            return _tag("duration", [value.days, value.seconds, value.microseconds])
    raise ValueTypeError(f"提交的内容含有不支持的数据类型（{type(value).__name__}）。")


def from_plain(plain: Any) -> Value:
    """Return the value written by `to_plain`; raises ValueTypeError for unknown tags."""
    if isinstance(plain, list):
        if _SIMPLE.issuperset(map(type, plain)):
            return plain
        return [from_plain(item) for item in plain]
    if isinstance(plain, dict):
        if TAG not in plain:
            if _SIMPLE.issuperset(map(type, plain.values())):
                return plain
            return {key: from_plain(item) for key, item in plain.items()}
        reader = _READERS.get(plain[TAG])
        if reader is None:
            raise ValueTypeError(f"数据中含有未知的类型标记（{plain[TAG]}）。")
        return reader(plain[CONTENT])
    return cast("Value", plain)


def dump_values(values: Variables) -> bytes:
    """Return named values as bytes, order kept.

    Raises ValueTypeError for values of other types than `engine.model.Value`.
    """
    return orjson.dumps({name: to_plain(value) for name, value in values.items()})


def load_values(data: bytes) -> dict[str, Value]:
    """Return the named values written by `dump_values`."""
    return {name: from_plain(plain) for name, plain in orjson.loads(data).items()}


def _as_is(values: Collection[Value]) -> bool:
    """Whether all of `values` are written as they are: texts and truths, or whole numbers."""
    types = set(map(type, values))
    if types == {int}:
        whole = cast("Collection[int]", values)
        return min(whole) >= -_INT64 and max(whole) < _INT64
    return types <= _TEXTS


def _number(value: float) -> Any:
    """JSON numbers are 64-bit integers and finite floats; the rest is written as text."""
    if isinstance(value, int):
        return value if -_INT64 <= value < _INT64 else _tag("int", str(value))
    return value if math.isfinite(value) else _tag("float", repr(value))


def _tag(name: str, content: object) -> dict[str, object]:
    return {TAG: name, CONTENT: content}


_READERS: Final[Mapping[str, Callable[[Any], Value]]] = {
    "int": int,
    "float": float,
    "decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "duration": lambda parts: timedelta(*parts),
    "context": lambda pairs: {key: from_plain(item) for key, item in pairs},
}
