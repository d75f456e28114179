"""What a form is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from engine.errors import EngineError
from engine.feel import Expression
from engine.model import Variables


class ComponentType(StrEnum):
    """Supported form-js components, spelled as in the document."""

    TEXTFIELD = "textfield"
    TEXTAREA = "textarea"
    NUMBER = "number"
    DATETIME = "datetime"
    SELECT = "select"
    RADIO = "radio"
    CHECKBOX = "checkbox"
    CHECKLIST = "checklist"
    TAGLIST = "taglist"
    FILEPICKER = "filepicker"
    GROUP = "group"
    TEXT = "text"
    SEPARATOR = "separator"


class ValueKind(StrEnum):
    """Kinds of values an input gives."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    LIST = "list"


LAYOUT_TYPES = frozenset({ComponentType.GROUP, ComponentType.TEXT, ComponentType.SEPARATOR})
SINGLE_CHOICE_TYPES = frozenset({ComponentType.SELECT, ComponentType.RADIO})
MULTIPLE_CHOICE_TYPES = frozenset({ComponentType.CHECKLIST, ComponentType.TAGLIST})
CHOICE_TYPES = SINGLE_CHOICE_TYPES | MULTIPLE_CHOICE_TYPES
LIST_TYPES = MULTIPLE_CHOICE_TYPES | {ComponentType.FILEPICKER}
_KINDS: Mapping[ComponentType, ValueKind] = {
    ComponentType.NUMBER: ValueKind.NUMBER,
    ComponentType.DATETIME: ValueKind.DATE,
    ComponentType.CHECKBOX: ValueKind.BOOLEAN,
} | dict.fromkeys(LIST_TYPES, ValueKind.LIST)


@dataclass(frozen=True, slots=True)
class Option:
    """One choice; `value` is what is stored (ids as strings)."""

    value: str
    label: str


Options: TypeAlias = Mapping[str, Sequence[Option]]
"""Choices that depend on data, by `valuesKey`."""


@dataclass(frozen=True, slots=True)
class Validation:
    """The `validate` part of a component; lengths in characters."""

    required: bool = False
    min_length: int | None = None
    max_length: int | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class Component:
    """One component of a form.

    Input components have a `key` (the process variable); layout components have none.  `label` is
    Chinese; `text` is the source of a text component (paragraphs, lists, bold).  `hide` and
    `prefill` are compiled FEEL.  `default` is the raw JSON default of the document.
    """

    id: str
    type: ComponentType
    key: str | None = None
    label: str = ""
    description: str = ""
    text: str = ""
    validation: Validation = field(default_factory=Validation)
    options: tuple[Option, ...] = ()
    values_key: str | None = None
    hide: Expression | None = None
    prefill: Expression | None = None
    readonly: bool = False
    disabled: bool = False
    default: object = None
    multiple: bool = False
    accept: str = ""
    sensitive: bool = False
    unit: str = ""
    components: tuple[Component, ...] = ()

    @property
    def is_input(self) -> bool:
        """Whether the component carries a value."""
        return self.key is not None

    @property
    def editable(self) -> bool:
        """Whether a person may change the value."""
        return self.is_input and not self.readonly and not self.disabled

    @property
    def kind(self) -> ValueKind:
        """Which kind of value an input gives."""
        return _KINDS.get(self.type, ValueKind.TEXT)

    def choices(self, options: Options) -> Sequence[Option]:
        """Return the choices offered, the dynamic ones from `options`."""
        return options.get(self.values_key, ()) if self.values_key else self.options


@dataclass(frozen=True, slots=True)
class Submission:
    """A valid submission: the new process variables, hidden fields left out."""

    values: Variables


class FormInvalid(EngineError):  # noqa: N818 - the state is the name of the error
    """The submission breaks rules of the form; `errors` maps field keys to Chinese messages.

    `values` holds what could be read, to show it again beside the messages.
    """

    code = "form-invalid"
    message = "填写的内容有误，尚未提交。"
    remedy = "请按各栏的提示修改后重新提交。"

    def __init__(self, errors: Mapping[str, str], values: Variables) -> None:
        self.errors = dict(errors)
        self.values = dict(values)
        super().__init__()
