"""Fields whose complaints are Chinese, and that let nothing through no database can keep."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from marshmallow import fields
from marshmallow.validate import Length, Range

LARGEST = 2**63 - 1
"""The largest number a database column holds."""
LONGEST = 100_000
"""Characters of a text; use cases set narrower limits of their own."""

_MISSING = {"required": "请提供此项。", "null": "此项不能为空（null）。"}
_WRONG = "格式不正确。"


class Text(fields.String):
    """A text without characters that databases refuse."""

    default_error_messages = {**_MISSING, "invalid": "应为文本。"}  # noqa: RUF012 - as the base

    def __init__(self, **kwargs: Any) -> None:
        error = f"不能超过{LONGEST}个字符。"
        super().__init__(validate=Length(max=LONGEST, error=error), **kwargs)


class Whole(fields.Integer):
    """A whole number a database holds."""

    default_error_messages = {  # noqa: RUF012 - as the base
        **_MISSING,
        "invalid": "应为整数。",
        "too_large": "数值过大。",
    }

    def __init__(self, **kwargs: Any) -> None:
        error = f"应在0至{LARGEST}之间。"
        super().__init__(strict=True, validate=Range(0, LARGEST, error=error), **kwargs)


class QueryNumber(Whole):
    """A whole number in a query, where everything is text."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.strict = False


class Flag(fields.Boolean):
    """True or false."""

    default_error_messages = {**_MISSING, "invalid": "应为 true 或者 false。"}  # noqa: RUF012


class Day(fields.Date):
    """A date in Asia/Shanghai."""

    default_error_messages = {**_MISSING, "invalid": "应为日期，例如2026-06-01。"}  # noqa: RUF012


class Moment(fields.AwareDateTime):
    """A moment with its offset."""

    default_error_messages = {**_MISSING, "invalid": _WRONG}  # noqa: RUF012


class Choice(fields.Enum[Any]):
    """A member of an enum, by value."""

    def __init__(self, enum: type[Enum], **kwargs: Any) -> None:
        super().__init__(enum, by_value=True, **kwargs)
        values = "、".join(str(member.value) for member in enum)
        self.error_messages = {**self.error_messages, **_MISSING, "unknown": f"应为：{values}。"}


class Items(fields.List[Any]):
    """A list."""

    default_error_messages = {**_MISSING, "invalid": "应为列表。"}  # noqa: RUF012


class Record(fields.Dict):
    """An object with free names."""

    default_error_messages = {**_MISSING, "invalid": "应为对象。"}  # noqa: RUF012


class Values(fields.Field[Mapping[str, Any]]):
    """Values of a form or of a case by key, as JSON: dates as texts, numbers as numbers."""

    default_error_messages = {**_MISSING, "invalid": "应为对象。"}  # noqa: RUF012

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        del attr, obj, kwargs
        return plain(value)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Mapping[str, Any]:
        del attr, data, kwargs
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        return value


def plain(value: Any) -> Any:
    """Return a process value as JSON types; what was sensitive is whatever the use case gave."""
    match value:
        case Mapping():
            return {key: plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime() | date():
            return value.isoformat()
        case timedelta():
            return f"PT{int(value.total_seconds())}S"
        case None | bool() | int() | float() | str():
            return value
    return str(value)


def first_messages(messages: Mapping[str, Any]) -> dict[str, str]:
    """Return the first complaint per field; nested fields as `field.inner`."""
    return dict(_flat(messages))


def _flat(messages: Any, path: str = "") -> list[tuple[str, str]]:
    if isinstance(messages, Mapping):
        return [
            pair
            for key, inner in messages.items()
            for pair in _flat(inner, path if key == "_schema" else f"{path}.{key}".strip("."))
        ]
    if isinstance(messages, list):
        return [(path, str(messages[0]))] if messages else []
    return [(path, str(messages))]
