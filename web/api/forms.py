"""A form as a program sees it: its inputs, and what may be filled in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import fields as ma

from engine.forms import Form, Option
from engine.forms.model import ComponentType, Options, ValueKind
from web.api.derive import view_schema
from web.api.fields import Items


@dataclass(frozen=True, slots=True)
class FormInput:
    """One input; `choices` is empty where anything may be filled in.

    A required input that is hidden for the values given is not asked for.
    """

    key: str
    label: str
    type: ComponentType
    kind: ValueKind
    required: bool
    readonly: bool
    description: str
    unit: str
    max_length: int | None
    choices: tuple[Option, ...]


class FormInputs(Items):
    """The field `form` of a read model that has `options` beside it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(ma.Nested(view_schema(FormInput)), **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return super()._serialize(_inputs(value, obj.options), attr, obj, **kwargs)


def _inputs(form: Form, options: Options) -> list[FormInput]:
    return [
        FormInput(
            key=key,
            label=component.label,
            type=component.type,
            kind=component.kind,
            required=component.validation.required,
            readonly=not component.editable,
            description=component.description,
            unit=component.unit,
            max_length=component.validation.max_length,
            choices=tuple(component.choices(options)),
        )
        for key, component in form.inputs.items()
    ]
