"""Correcting the variables an incident has seen: one input each, typed by what it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from engine.errors import DangwuError
from engine.expressions import evaluate, to_value
from engine.feel import render, to_feel
from engine.folder_rules import BOUND_NAMES
from engine.forms import Component, ValueKind
from engine.model import Value, Variables
from engine.procedure import Procedure
from services.errors import Invalid


class CorrectionKind(StrEnum):
    """How a value is typed in; FEEL is for what has no input of its own."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    FEEL = "feel"


@dataclass(frozen=True, slots=True)
class Correction:
    """An input for one variable; `text` is how its value reads there, empty when it has none."""

    name: str
    label: str
    kind: CorrectionKind
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A variable that was corrected."""

    name: str
    label: str
    old: Value
    new: Value

    def to_value(self) -> dict[str, Value]:
        """Return the change as the journal keeps it."""
        return {"name": self.name, "label": self.label, "old": self.old, "new": self.new}


def corrections(procedure: Procedure, seen: Variables) -> tuple[Correction, ...]:
    """Return an input for every variable that was seen, counters of the kernel left out."""
    counters = BOUND_NAMES.union(*(process.flows for process in procedure.processes))
    found = []
    for name, value in seen.items():
        if name not in counters:
            kind = _kind(value, _component(procedure, name))
            found.append(Correction(name, label_of(procedure, name), kind, _text(value, kind)))
    return tuple(found)


def changes(procedure: Procedure, seen: Variables, typed: Mapping[str, str]) -> tuple[Change, ...]:
    """Return what was changed; raises `Invalid` for names not seen and texts of another type.

    What reads as before is unchanged; an empty text takes the value away.
    """
    offered = {correction.name: correction for correction in corrections(procedure, seen)}
    errors: dict[str, str] = {}
    found = []
    for name, text in typed.items():
        correction = offered.get(name)
        if correction is None:
            errors[name] = f"“{name}”不在可以更正的内容之列。"
        elif text.strip() != correction.text:
            try:
                new = _READ[correction.kind](text.strip()) if text.strip() else None
            except (ValueError, InvalidOperation, DangwuError):
                errors[name] = f"“{correction.label}”应填写{_EXPECTED[correction.kind]}。"
            else:
                found.append(Change(name, correction.label, seen[name], new))
    if errors:
        raise Invalid("更正的内容有误，没有保存。", errors=errors)
    return tuple(found)


def label_of(procedure: Procedure, name: str) -> str:
    """Return the words the forms have for a variable, else its name."""
    component = _component(procedure, name)
    return component.label if component is not None and component.label else name


def shown(value: Value) -> str:
    """Return how a value reads."""
    if value is None:
        return "（无）"
    if isinstance(value, bool):
        return "是" if value else "否"
    return value if isinstance(value, str) else _feel(value)


def _component(procedure: Procedure, name: str) -> Component | None:
    forms = procedure.forms.values()
    return next((form.inputs[name] for form in forms if name in form.inputs), None)


def _kind(value: Value, component: Component | None) -> CorrectionKind:
    match value:
        case None if component is not None and component.kind is not ValueKind.LIST:
            return CorrectionKind(component.kind.value)
        case bool():
            return CorrectionKind.BOOLEAN
        case int() | float() | Decimal():
            return CorrectionKind.NUMBER
        case str():
            return CorrectionKind.TEXT
        case date() if type(value) is date:
            return CorrectionKind.DATE
    return CorrectionKind.FEEL


def _text(value: Value, kind: CorrectionKind) -> str:
    if value is None:
        return ""
    if kind is CorrectionKind.BOOLEAN:
        return "true" if value else "false"
    if kind is CorrectionKind.DATE and isinstance(value, date):
        return value.isoformat()
    return str(value) if kind in {CorrectionKind.TEXT, CorrectionKind.NUMBER} else _feel(value)


def _feel(value: Value) -> str:
    """Return FEEL text that stands for the value."""
    if isinstance(value, list):
        return f"[{', '.join(map(_feel, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_feel(name)}: {_feel(entry)}' for name, entry in value.items())}}}"
    if isinstance(value, date | timedelta):
        return f'@"{render(to_feel(value))}"'
    return render([to_feel(value)])[1:-1]


def _number(text: str) -> Value:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return int(number) if number == number.to_integral_value() else number


def _boolean(text: str) -> Value:
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


def _evaluated(text: str) -> Value:
    value = to_value(evaluate(text, {}, {}, text))
    if value is None:
        raise ValueError(text)
    return value


_READ: Final[Mapping[CorrectionKind, Callable[[str], Value]]] = {
    CorrectionKind.TEXT: str,
    CorrectionKind.NUMBER: _number,
    CorrectionKind.DATE: date.fromisoformat,
    CorrectionKind.BOOLEAN: _boolean,
    CorrectionKind.FEEL: _evaluated,
}
_EXPECTED: Final = {
    CorrectionKind.TEXT: "文字",
    CorrectionKind.NUMBER: "数字",
    CorrectionKind.DATE: "日期（如 2026-06-01）",
    CorrectionKind.BOOLEAN: "是或否",
    CorrectionKind.FEEL: 'FEEL 表达式（如 ["1", "2"]、@"P5D"）',
}
