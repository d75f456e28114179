"""One marshmallow field per kind of input: from what a browser or a JSON client sends to a value.

Both ways of sending arrive here: HTML forms give strings (and lists of strings), the API gives
JSON values.  Empty always means None.  Messages are Chinese and name the field.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import ValidationError, fields, missing

from engine.forms.model import MULTIPLE_CHOICE_TYPES, Component, ComponentType
from engine.functions import SHANGHAI
from engine.model import Value

TEXTFIELD_LIMIT = 500
TEXTAREA_LIMIT = 20_000
LIST_LIMIT = 2_000
FILES_LIMIT = 20
_CHOICE_LIMIT = 200
_NUMBER_LIMIT = 30
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_TRUE = frozenset({"true", "on", "1", "yes", "是"})
_FALSE = frozenset({"", "false", "off", "0", "no", "否"})

_VERBS: Mapping[ComponentType, str] = {
    ComponentType.SELECT: "请选择",
    ComponentType.RADIO: "请选择",
    ComponentType.CHECKLIST: "请选择",
    ComponentType.TAGLIST: "请选择",
    ComponentType.CHECKBOX: "请确认",
    ComponentType.FILEPICKER: "请上传",
}


def missing_message(component: Component) -> str:
    """Return what to say when a required field is empty."""
    return f"{_VERBS.get(component.type, '请填写')}{component.label}。"


class InputField(fields.Field[Any]):
    """Base of the fields below; `component` gives the rules and the words."""

    def __init__(self, component: Component) -> None:
        self.component = component
        super().__init__(required=False, allow_none=True, load_default=None)

    def deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        """Return the value of the field; raises ValidationError with one Chinese message."""
        parsed = self.parse(None if value is missing else value)
        if self.is_empty(parsed):
            if self.component.validation.required:
                raise ValidationError(missing_message(self.component))
            return parsed
        self.check(parsed)
        return parsed

    def parse(self, raw: object) -> Value:
        """Turn what was sent into a value of the right type."""
        raise NotImplementedError

    def check(self, value: Any) -> None:
        """Apply the rules of the document to a non-empty value."""

    def is_empty(self, value: Value) -> bool:
        """Return whether the value counts as not filled in."""
        return value is None or value == []

    def refuse(self, words: str) -> ValidationError:
        """Return an error that starts with the label."""
        return ValidationError(f"{self.component.label}{words}")

    def scalar(self, raw: object) -> object:
        """Return the one value sent; HTML forms may wrap it in a list."""
        if isinstance(raw, list | tuple):
            if len(raw) > 1:
                raise self.refuse("只能填写一个值。")
            raw = raw[0] if raw else None
        if isinstance(raw, dict):
            raise self.refuse("的内容格式不正确。")
        return raw

    def token(self, value: object) -> str | None:
        """Return one choice or attachment id as stored."""
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.refuse("的选项无效，请重新选择。")
        text = str(value).strip()
        if len(text) > _CHOICE_LIMIT or _CONTROL.search(text):
            raise self.refuse("的选项无效，请重新选择。")
        return text or None


class TextInput(InputField):
    """Text, trimmed, with line ends unified."""

    def parse(self, raw: object) -> str | None:
        """Return trimmed text or None."""
        value = self.scalar(raw)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
            raise self.refuse("应为文字。")
        text = str(value).replace("\r\n", "\n").replace("\r", "\n").strip()
        if _CONTROL.search(text):
            raise self.refuse("含有不能保存的控制字符。")
        return text or None

    def check(self, value: str) -> None:
        """Check lengths and pattern."""
        rules = self.component.validation
        long = self.component.type is ComponentType.TEXTAREA
        limit = rules.max_length or (TEXTAREA_LIMIT if long else TEXTFIELD_LIMIT)
        if len(value) > limit:
            raise self.refuse(f"不能超过{limit}个字，现有{len(value)}个字。")
        if rules.min_length and len(value) < rules.min_length:
            raise self.refuse(f"至少填写{rules.min_length}个字。")
        if rules.pattern and not re.search(rules.pattern, value):
            raise self.refuse("的格式不正确。")


class NumberInput(InputField):
    """A whole number as int, any other as Decimal; full-width digits are read too."""

    def parse(self, raw: object) -> int | Decimal | None:
        """Return the number or None."""
        value = self.scalar(raw)
        if value is None or isinstance(value, bool):
            if value is None:
                return None
            raise self.refuse("应为数字。")
        text = unicodedata.normalize("NFKC", str(value)).replace(",", "").strip()
        if not text:
            return None
        if len(text) > _NUMBER_LIMIT or not _NUMBER.fullmatch(text):
            raise self.refuse("应为数字。")
        try:
            number = Decimal(text)
        except InvalidOperation as error:
            raise self.refuse("应为数字。") from error
        return int(number) if number == number.to_integral_value() else number

    def check(self, value: int | Decimal) -> None:
        """Check the bounds."""
        rules = self.component.validation
        unit = self.component.unit
        if rules.minimum is not None and value < rules.minimum:
            raise self.refuse(f"不能小于{rules.minimum}{unit}。")
        if rules.maximum is not None and value > rules.maximum:
            raise self.refuse(f"不能大于{rules.maximum}{unit}。")


class DateInput(InputField):
    """A date: 2026-06-12, 2026/6/12, 2026.6.12 or 2026年6月12日."""

    def parse(self, raw: object) -> date | None:
        """Return the date or None."""
        value = self.scalar(raw)
        if isinstance(value, datetime):
            return value.astimezone(SHANGHAI).date() if value.tzinfo else value.date()
        if value is None or isinstance(value, date):
            return value
        text = unicodedata.normalize("NFKC", str(value)).strip()
        if not text:
            return None
        match = _DATE.fullmatch(text)
        words = "不是有效日期，请按“2026-06-01”的格式填写。"
        if match is None:
            raise self.refuse(words)
        try:
            return date(*(int(part) for part in match.groups()))
        except ValueError as error:
            raise self.refuse(words) from error


class CheckboxInput(InputField):
    """Yes or no; not sent means no, as browsers do."""

    def parse(self, raw: object) -> bool:
        """Return whether the box is ticked."""
        value = self.scalar(raw)
        if value is None or isinstance(value, bool):
            return bool(value)
        text = str(value).strip().lower()
        if text in _TRUE:
            return True
        if text in _FALSE:
            return False
        raise self.refuse("只能勾选或不勾选。")

    def is_empty(self, value: Value) -> bool:
        """A required box must be ticked."""
        return value is False


class ChoiceInput(InputField):
    """One value out of the choices (which ones: `Form.submit` knows)."""

    def parse(self, raw: object) -> str | None:
        """Return the chosen value or None."""
        return self.token(self.scalar(raw))


class ListInput(InputField):
    """Several values, each once, in the order sent: choices, or ids of stored attachments."""

    def parse(self, raw: object) -> list[Value]:
        """Return the list, empty when nothing was chosen."""
        items = raw if isinstance(raw, list | tuple) else [raw]
        if len(items) > LIST_LIMIT:
            raise self.refuse("的选项过多。")
        chosen = (self.token(item) for item in items)
        return list(dict.fromkeys(value for value in chosen if value is not None))

    def check(self, value: list[Value]) -> None:
        """Check the number of attachments."""
        if self.component.type is not ComponentType.FILEPICKER:
            return
        if len(value) > FILES_LIMIT:
            raise self.refuse(f"最多上传{FILES_LIMIT}个文件。")
        if len(value) > 1 and not self.component.multiple:
            raise self.refuse("只能上传一个文件。")


_FIELDS: Mapping[ComponentType, type[InputField]] = {
    ComponentType.TEXTFIELD: TextInput,
    ComponentType.TEXTAREA: TextInput,
    ComponentType.NUMBER: NumberInput,
    ComponentType.DATETIME: DateInput,
    ComponentType.CHECKBOX: CheckboxInput,
    ComponentType.SELECT: ChoiceInput,
    ComponentType.RADIO: ChoiceInput,
    ComponentType.FILEPICKER: ListInput,
} | dict.fromkeys(MULTIPLE_CHOICE_TYPES, ListInput)


def input_field(component: Component) -> InputField:
    """Return the field that reads and checks `component`."""
    return _FIELDS[component.type](component)
