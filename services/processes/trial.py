"""Trying a decision: the fields that ask for its facts, and what was typed into them as values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from engine.decisions import DecisionTable, Fact, Shape
from engine.feel import (
    FeelLimitExceeded,
    FeelSyntaxError,
    FeelValue,
    Range,
    compile_expression,
    render,
)
from engine.feel.types import TypeName
from engine.forms import Option
from engine.functions import FUNCTION_NAMES
from engine.procedure import Procedure
from services.processes.boxes import literal
from services.processes.known import known
from services.processes.views import FieldType, FieldView

_YES_NO: Final = (Option("true", "是"), Option("false", "否"))
_PLAIN: Final[Mapping[TypeName, FieldType]] = {
    TypeName.NUMBER: FieldType.NUMBER,
    TypeName.STRING: FieldType.TEXT,
    TypeName.DATE: FieldType.DATE,
    TypeName.TIME: FieldType.TIME,
    TypeName.DATE_TIME: FieldType.DATE_TIME,
    TypeName.DAYS_TIME_DURATION: FieldType.TEXT,
    TypeName.YEARS_MONTHS_DURATION: FieldType.TEXT,
}
_CONVERSIONS: Final[Mapping[TypeName, tuple[str, str]]] = {
    TypeName.NUMBER: ("number(x)", "请填写数字。"),
    TypeName.BOOLEAN: (
        'if x = "true" then true else if x = "false" then false else null',
        "请选择。",
    ),
    TypeName.DATE: ("date(x)", "请填写日期，例如 2026-06-01。"),
    TypeName.TIME: ("time(x)", "请填写时间，例如 09:30。"),
    TypeName.DATE_TIME: ("date and time(x)", "请填写日期和时间，例如 2026-06-01T09:30。"),
    TypeName.DAYS_TIME_DURATION: ("duration(x)", "请填写时长，例如 P3D（三日）、PT8H（八小时）。"),
    TypeName.YEARS_MONTHS_DURATION: (
        "duration(x)",
        "请填写时长，例如 P1Y（一年）、P6M（六个月）。",
    ),
}
_WITHOUT_SECONDS: Final = re.compile(r"(?:\d{4}-\d{2}-\d{2}T)?\d{2}:\d{2}")
_WRITTEN_IN_FEEL: Final = re.compile(r'["\[({@]|-?\.?\d|(?:true|false|null)$')
_ISO_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_LINES_HINT: Final = "每行一项。"
_MOST_CHOICES: Final = 50


class _Unreadable(Exception):  # noqa: N818 - never leaves this module
    """What was typed is no value of the kind asked for."""


def asked(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """Return the facts a person has to give: names of functions are none."""
    return tuple(fact for fact in facts if fact.name not in FUNCTION_NAMES)


class FieldReader:
    """Makes the fields for the facts of one decision, and reads what was typed into them."""

    def __init__(
        self,
        procedure: Procedure,
        element_id: str,
        table: DecisionTable | None,
        raw: Mapping[str, str],
    ) -> None:
        self._procedure = procedure
        self._id = element_id
        self._table = table
        self._raw = raw

    def read(self, facts: tuple[Fact, ...]) -> tuple[tuple[FieldView, ...], dict[str, FeelValue]]:
        """Return the fields with what was typed, and the facts; nothing typed is null."""
        fields: list[FieldView] = []
        values: dict[str, FeelValue] = {}
        for index, fact in enumerate(facts):
            words = known(self._procedure, self._id, fact.name)
            shape, label = fact.shape, fact.label
            if words is not None:
                label = words.label if label == fact.name else label
                if shape.type is TypeName.ANY and not shape.components:
                    shape = words.shape
            options = words.options if words is not None else ()
            field, values[fact.name] = self._field(f"fact-{index}", label, shape, options)
            if field.type is FieldType.TEXT and shape.type is TypeName.STRING:
                field = replace(field, suggestions=self._suggestions(fact.name))
            fields.append(field)
        return tuple(fields), values

    def _field(
        self, name: str, label: str, shape: Shape, options: tuple[Option, ...] = ()
    ) -> tuple[FieldView, FeelValue]:
        if shape.components and not shape.is_collection:
            parts = [
                self._field(f"{name}-{index}", part, inner)
                for index, (part, inner) in enumerate(shape.components)
            ]
            group = FieldView(name, label, FieldType.GROUP, parts=tuple(f for f, _ in parts))
            given = {
                part: value for (part, _), (_, value) in zip(shape.components, parts, strict=True)
            }
            return group, given if any(v is not None for v in given.values()) else None
        typed = self._raw.get(name, "").strip()
        choices = _choices(shape, options)
        field = FieldView(name, label, *_control(shape, choices), value=typed, options=choices)
        try:
            return field, _value(shape, typed) if typed else None
        except _Unreadable as error:
            return replace(field, error=str(error)), None

    def _suggestions(self, name: str) -> tuple[Option, ...]:
        """Return the texts that rules compare a fact with."""
        found: dict[str, str] = {}
        for column, clause in enumerate(self._table.inputs if self._table else ()):
            if clause.expression != name:
                continue
            for rule in self._table.rules if self._table else ():
                value = literal(rule.inputs[column])
                if value:
                    node = self._procedure.nodes.get(value)
                    found[value] = node.name if node is not None else value
        return tuple(Option(value, label) for value, label in list(found.items())[:_MOST_CHOICES])


def _control(shape: Shape, choices: tuple[Option, ...]) -> tuple[FieldType, str]:
    """Return the control for values of a type, and the hint below it."""
    if shape.is_collection:
        return FieldType.LINES, _LINES_HINT
    if choices:
        return FieldType.SELECT, ""
    control = _PLAIN.get(shape.type)
    if control is None:
        return FieldType.ANY, ""
    hint = _CONVERSIONS[shape.type][1] if "DURATION" in shape.type.name else ""
    allowed = f"允许的值：{shape.allowed}" if shape.allowed else ""
    return control, hint + allowed


def _choices(shape: Shape, options: tuple[Option, ...]) -> tuple[Option, ...]:
    """Return the allowed values if they can be listed, else the options of the form, or yes and no.

    Values are called what the form calls them.
    """
    if shape.is_collection:
        return ()
    if shape.type is TypeName.BOOLEAN:
        return _YES_NO
    labels = {option.value: option.label for option in options}
    return tuple(Option(text, labels.get(text, text)) for text in _listed(shape.allowed)) or options


def _listed(allowed: str) -> Iterator[str]:
    try:
        values = compile_expression(f"[{allowed}]").evaluate()
    except (FeelSyntaxError, FeelLimitExceeded):
        return
    items = values if isinstance(values, list) else []
    if not any(item is None or isinstance(item, Range | list | dict) for item in items):
        yield from (render(item) for item in items)


def _value(shape: Shape, typed: str) -> FeelValue:
    if not shape.is_collection:
        return _single(shape.type, typed)
    return [_single(shape.type, line.strip()) for line in typed.splitlines() if line.strip()]


def _single(kind: TypeName, typed: str) -> FeelValue:
    if kind is TypeName.STRING:
        return typed
    if kind in _CONVERSIONS:
        expression, problem = _CONVERSIONS[kind]
        text = f"{typed}:00" if _WITHOUT_SECONDS.fullmatch(typed) else typed
        return _evaluated(expression, {"x": text}, problem)
    if _ISO_DATE.fullmatch(typed):
        return _evaluated("date(x)", {"x": typed}, _CONVERSIONS[TypeName.DATE][1])
    if _WRITTEN_IN_FEEL.match(typed) or kind is not TypeName.ANY:
        return _evaluated(typed, {}, "")
    return typed


def _evaluated(text: str, context: Mapping[str, object], problem: str) -> FeelValue:
    """Return a value; raises _Unreadable where there is none and `problem` says what is wanted."""
    try:
        value = compile_expression(text).evaluate(context)
    except (FeelSyntaxError, FeelLimitExceeded) as error:
        raise _Unreadable(error.message) from error
    if value is None and problem:
        raise _Unreadable(problem)
    return value
