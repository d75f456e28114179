"""Read models of decisions: tables and boxed logic as a page shows them, and what was tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, TypeAlias

from engine.citations import Citation, Source
from engine.feel import FeelValue
from engine.forms import Option


class BoxKind(StrEnum):
    """The shapes a piece of decision logic is drawn in."""

    TEXT = "text"
    TABLE = "table"
    GRID = "grid"
    PARTS = "parts"


@dataclass(frozen=True, slots=True)
class TextView:
    """A FEEL text, empty for null."""

    kind: ClassVar[BoxKind] = BoxKind.TEXT
    text: str


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A column of a table; `expression` is empty where the label already says it."""

    label: str
    expression: str
    type_name: str
    allowed: str
    default: str = ""


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell: its FEEL text, or in `words` what the text stands for, where that is known."""

    text: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class AnnotationView:
    """An annotation, with the regulation it names if it is among the sources of the procedure."""

    text: str
    source: Source | None


@dataclass(frozen=True, slots=True)
class RuleView:
    """A row; `index` counts from 1."""

    index: int
    inputs: tuple[CellView, ...]
    outputs: tuple[CellView, ...]
    annotations: tuple[AnnotationView, ...]
    citation: Citation | None


@dataclass(frozen=True, slots=True)
class TableView:
    """A decision table; `policy` names hit policy and aggregator, `policy_meaning` explains."""

    kind: ClassVar[BoxKind] = BoxKind.TABLE
    symbol: str
    policy: str
    policy_meaning: str
    inputs: tuple[ColumnView, ...]
    outputs: tuple[ColumnView, ...]
    annotations: tuple[str, ...]
    rules: tuple[RuleView, ...]


@dataclass(frozen=True, slots=True)
class GridView:
    """A relation: rows of boxes under named columns."""

    kind: ClassVar[BoxKind] = BoxKind.GRID
    columns: tuple[str, ...]
    rows: tuple[tuple[BoxView, ...], ...]


@dataclass(frozen=True, slots=True)
class PartView:
    """A labelled box inside another; `is_feel` marks a label that is a name of the model."""

    label: str
    box: BoxView
    is_feel: bool = False


@dataclass(frozen=True, slots=True)
class PartsView:
    """Any other boxed expression: what it is, and its parts in order."""

    kind: ClassVar[BoxKind] = BoxKind.PARTS
    title: str
    parts: tuple[PartView, ...]


BoxView: TypeAlias = TextView | TableView | GridView | PartsView


@dataclass(frozen=True, slots=True)
class ElementLink:
    """An element of a decision model; `file` is its path, `has_page` false for input data."""

    id: str
    name: str
    kind_name: str
    file: str
    has_page: bool


class FieldType(StrEnum):
    """The controls of the trial form; the values are types of HTML inputs where there is one.

    LINES takes one item a line, ANY whatever is written.
    """

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    TIME = "time"
    DATE_TIME = "datetime-local"
    SELECT = "select"
    LINES = "lines"
    ANY = "any"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field of the trial form; `value` and `error` as last submitted.

    `parts` are the fields of a group, `options` the choices of a select, `suggestions` what a text
    field proposes.
    """

    name: str
    label: str
    type: FieldType
    hint: str = ""
    value: str = ""
    error: str = ""
    options: tuple[Option, ...] = ()
    suggestions: tuple[Option, ...] = ()
    parts: tuple[FieldView, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionCard:
    """A decision in the list of a procedure; `shape` says in words what its logic is."""

    link: ElementLink
    description: str
    shape: str


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """A decision, knowledge model or decision service of one version of a procedure."""

    key: str
    procedure_title: str
    version: int
    version_label: str
    is_latest: bool
    link: ElementLink
    description: str
    type_name: str
    logic: BoxView | None
    requires: tuple[ElementLink, ...]
    required_by: tuple[ElementLink, ...]


@dataclass(frozen=True, slots=True)
class WarningView:
    """Why parts of an evaluation became null: all that happened in one FEEL text.

    `place` says where the text stands in the table, if it does; `text` is empty for what is wrong
    with a value itself.
    """

    text: str
    place: str
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying a decision: a value or a refusal, the rules that fired by index.

    `facts` are label and value of everything that was asked.
    """

    facts: tuple[tuple[str, FeelValue], ...]
    value: FeelValue
    fired: tuple[int, ...]
    warnings: tuple[WarningView, ...]
    refusal: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class TrialPage:
    """The page of a decision with its form; `trial` is None before anything was submitted."""

    page: DecisionPage
    fields: tuple[FieldView, ...]
    trial: Trial | None

    @property
    def is_free(self) -> bool:
        """Whether a field takes values of any type."""
        return any(field.type is FieldType.ANY for field in _all(self.fields))

    @property
    def errors(self) -> tuple[tuple[str, str], ...]:
        """Name and message of every field that could not be read."""
        return tuple(
            (field.name, f"{field.label}：{field.error}")
            for field in _all(self.fields)
            if field.error
        )


def _all(fields: tuple[FieldView, ...]) -> Iterator[FieldView]:
    for field in fields:
        yield field
        yield from _all(field.parts)
