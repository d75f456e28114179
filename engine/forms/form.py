"""A form at work: opening, showing, submitting, describing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from marshmallow import EXCLUDE, Schema, ValidationError

from engine.feel import Expression
from engine.forms.fields import InputField, input_field
from engine.forms.model import (
    CHOICE_TYPES,
    LIST_TYPES,
    Component,
    ComponentType,
    FormInvalid,
    Options,
    Submission,
)
from engine.functions import FeelFunctions
from engine.model import Value, Variables

_MASK = "（已隐去）"


@dataclass(frozen=True)
class Form:
    """One form document, checked and compiled.

    `id` is the file name without `.form`; `act_date` is the key of the date of the act, which is
    never taken over from an earlier act.
    """

    id: str
    path: str
    components: tuple[Component, ...]
    act_date: str = ""

    @cached_property
    def inputs(self) -> Mapping[str, Component]:
        """All input components by key, in document order."""
        return {c.key: c for c in walk(self.components) if c.key is not None}

    @cached_property
    def _fields(self) -> Mapping[str, InputField]:
        return {key: input_field(component) for key, component in self.inputs.items()}

    @cached_property
    def _schema(self) -> type[Schema]:
        editable = {key: f for key, f in self._fields.items() if f.component.editable}
        return Schema.from_dict(dict(editable), name=f"{self.id}_form")

    def schema(self) -> Schema:
        """Return the marshmallow schema of the editable fields (all of them as if visible)."""
        return self._schema(unknown=EXCLUDE)

    def open(
        self, variables: Variables, options: Options, functions: FeelFunctions
    ) -> dict[str, Value]:
        """Return the initial value of every input.

        An explicit `prefill` wins; then the known variable of the same key (not for the date of the
        act); then the default of the document.  Choices no longer offered are left out.
        """
        return {
            key: self._initial(component, variables, options, functions)
            for key, component in self.inputs.items()
        }

    def visible(
        self, values: Mapping[str, object], variables: Variables, functions: FeelFunctions
    ) -> set[str]:
        """Return the ids of the visible components for these values (parsed or as sent).

        A hidden field counts as null for the conditions of the others.
        """
        candidates = self.read(values) | self._kept(variables, functions)
        return self._visible(candidates, variables, functions)

    def sent(self, fields: Mapping[str, Sequence[str]]) -> dict[str, object]:
        """Return what a browser sent as `submit` takes it: texts, lists where several may be.

        A checkbox that was not ticked is not sent at all.
        """
        raw: dict[str, object] = {}
        for key, component in self.inputs.items():
            values = fields.get(key, ())
            if component.type in LIST_TYPES:
                raw[key] = [value for value in values if value]
            elif values:
                raw[key] = values[0]
            elif component.type is ComponentType.CHECKBOX:
                raw[key] = False
        return raw

    def read(self, raw: Mapping[str, object]) -> dict[str, Value]:
        """Return what can be read of the editable fields, unchecked: for drafts and conditions.

        What is not sent or not readable is empty.
        """
        fields = self._fields.items()
        return {key: _lenient(f, raw.get(key)) for key, f in fields if f.component.editable}

    def submit(
        self,
        raw: Mapping[str, object],
        variables: Variables,
        options: Options,
        functions: FeelFunctions,
    ) -> Submission:
        """Return the values of a submission; raises FormInvalid naming every faulty field.

        `raw` maps keys to what was sent: strings or lists of strings (HTML) or JSON values.  What
        is not sent counts as empty.  Hidden fields are dropped; readonly fields keep the value the
        form was opened with; disabled fields are never part of the result.
        """
        kept = self._kept(variables, functions)
        candidates = self.read(raw) | kept
        visible = self._visible(candidates, variables, functions)
        shown = {key: c for key, c in self.inputs.items() if c.id in visible}
        editable = [key for key, component in shown.items() if component.editable]
        try:
            loaded = self._schema(only=editable, unknown=EXCLUDE).load(dict(raw))
        except ValidationError as error:
            errors = {key: _first(messages) for key, messages in error.messages_dict.items()}
            loaded = error.valid_data if isinstance(error.valid_data, dict) else {}
        else:
            errors = {}
        for key in editable:
            if key not in errors and not _offered(shown[key], loaded.get(key), options):
                errors[key] = f"{shown[key].label}的选项无效，请重新选择。"
        if errors:
            ordered = {key: errors[key] for key in self.inputs if key in errors}
            raise FormInvalid(ordered, candidates)
        values = {
            key: loaded[key] if component.editable else kept[key]
            for key, component in shown.items()
            if not component.disabled
        }
        return Submission(values)

    def sensitive_in(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """Return the filled-in values of sensitive fields."""
        return {
            key: values[key]
            for key, component in self.inputs.items()
            if component.sensitive and values.get(key) not in (None, [])
        }

    def describe(
        self, values: Mapping[str, Value], options: Options, *, mask: bool = False
    ) -> list[tuple[str, str]]:
        """Return (label, display text) of every filled-in field, in the order of the form.

        With `mask`, sensitive fields show that something was filled in, not what.
        """
        described = []
        for key, component in self.inputs.items():
            value = values.get(key)
            if value is None or value == []:
                continue
            hidden = mask and component.sensitive
            described.append(
                (component.label, _MASK if hidden else display(component, value, options))
            )
        return described

    def _initial(
        self, component: Component, variables: Variables, options: Options, functions: FeelFunctions
    ) -> Value:
        key = component.key or ""
        field = self._fields[key]
        value: Value = None
        if component.prefill is not None:
            value = _lenient(field, component.prefill.evaluate(variables, functions))
        elif key != self.act_date:
            value = _lenient(field, variables.get(key))
        if field.is_empty(value) and component.default is not None:
            value = _lenient(field, component.default)
        if not component.editable:
            return value
        if isinstance(value, list):
            return [item for item in value if _offered(component, item, options)]
        return value if _offered(component, value, options) else None

    def _kept(self, variables: Variables, functions: FeelFunctions) -> dict[str, Value]:
        """Return the values nobody may change here."""
        return {
            key: self._initial(component, variables, {}, functions)
            for key, component in self.inputs.items()
            if not component.editable
        }

    def _visible(
        self, values: Mapping[str, Value], variables: Variables, functions: FeelFunctions
    ) -> set[str]:
        context: dict[str, Value] = {**variables, **values}
        everything = {c.id for c in walk(self.components)}
        visible = everything
        # Hiding a field can hide others in turn; the rounds are bounded by the number of fields.
        for _ in range(len(everything) + 1):
            now = {c.id for c in walk(self.components, _Hidden(context, functions))}
            if now == visible:
                break
            visible = now
            context.update({key: None for key, c in self.inputs.items() if c.id not in visible})
        return visible


@dataclass(frozen=True, slots=True)
class _Hidden:
    """Decides whether a component is hidden in one context."""

    context: Mapping[str, Value]
    functions: FeelFunctions

    def __call__(self, condition: Expression | None) -> bool:
        return condition is not None and condition.evaluate(self.context, self.functions) is True


def walk(components: tuple[Component, ...], hidden: _Hidden | None = None) -> Iterator[Component]:
    """Yield every component in document order; with `hidden`, without what is hidden."""
    for component in components:
        if hidden is None or not hidden(component.hide):
            yield component
            yield from walk(component.components, hidden)


def display(component: Component, value: Value, options: Options) -> str:
    """Return one value as it stands in history and print."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        return f"{day.year}年{day.month}月{day.day}日"
    if component.type is ComponentType.FILEPICKER:
        return f"附件{len(value) if isinstance(value, list) else 1}个"
    if component.type in CHOICE_TYPES:
        labels = {option.value: option.label for option in component.choices(options)}
        chosen = value if isinstance(value, list) else [value]
        return "、".join(labels.get(str(item), str(item)) for item in chosen)
    if isinstance(value, Decimal | int):
        return f"{value}{component.unit}"
    return str(value)


def _lenient(field: InputField, raw: object) -> Value:
    try:
        return field.parse(raw)
    except ValidationError:
        return [] if field.component.type in LIST_TYPES else None


def _offered(component: Component, value: Value, options: Options) -> bool:
    if component.type not in CHOICE_TYPES or value is None:
        return True
    offered = {option.value for option in component.choices(options)}
    return offered.issuperset(value if isinstance(value, list) else [value])


def _first(messages: object) -> str:
    return str(messages[0]) if isinstance(messages, list) and messages else str(messages)
