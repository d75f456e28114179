"""Decision tables as data: what a page shows and what the evaluation reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from engine.decisions.boxed import Boxed, Function
from engine.feel import FeelValue, FeelWarning


class HitPolicy(StrEnum):
    """How many rules of a table may fire, and what they make together (DMN 1.5, 8.2.8)."""

    UNIQUE = "UNIQUE"
    ANY = "ANY"
    PRIORITY = "PRIORITY"
    FIRST = "FIRST"
    RULE_ORDER = "RULE ORDER"
    OUTPUT_ORDER = "OUTPUT ORDER"
    COLLECT = "COLLECT"

    @property
    def symbol(self) -> str:
        """The letter in the corner of a drawn table."""
        return self.value[0]


class Aggregator(StrEnum):
    """What COLLECT makes of the collected outputs."""

    SUM = "SUM"
    COUNT = "COUNT"
    MIN = "MIN"
    MAX = "MAX"

    @property
    def symbol(self) -> str:
        """The sign behind the C in the corner of a drawn table."""
        return {"SUM": "+", "COUNT": "#", "MIN": "<", "MAX": ">"}[self.value]


@dataclass(frozen=True, slots=True)
class InputClause:
    """A condition column: FEEL `expression`, `allowed` values as unary tests (empty: any)."""

    id: str
    label: str
    expression: str
    type_ref: str
    allowed: str


@dataclass(frozen=True, slots=True)
class OutputClause:
    """A conclusion column; `allowed` values stand in order of priority, `default` is FEEL."""

    id: str
    name: str
    label: str
    type_ref: str
    allowed: str
    default: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: cell texts in column order, and the annotations (citations) by column name.

    `index` counts from 1.
    """

    id: str
    index: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    annotations: Mapping[str, str]
    description: str


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """A table; `id` is that of its decision where it is the decision's whole logic.

    `annotations` are the names of the annotation columns.
    """

    id: str
    hit_policy: HitPolicy
    aggregator: Aggregator | None = None
    inputs: tuple[InputClause, ...] = ()
    outputs: tuple[OutputClause, ...] = ()
    rules: tuple[Rule, ...] = ()
    annotations: tuple[str, ...] = ()
    type_ref: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class InputData:
    """A fact a decision needs from its caller."""

    id: str
    name: str
    type_ref: str


@dataclass(frozen=True, slots=True)
class Reference:
    """What a requirement points to: an element of a file, by the file's namespace and its id."""

    namespace: str
    id: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision with its logic; `requires` are its inputs, decisions and knowledge models."""

    id: str
    name: str
    description: str
    type_ref: str
    logic: Boxed
    requires: tuple[Reference, ...] = ()

    @property
    def table(self) -> DecisionTable | None:
        """The decision table, if that is the whole logic."""
        return self.logic if isinstance(self.logic, DecisionTable) else None


@dataclass(frozen=True, slots=True)
class KnowledgeModel:
    """A business knowledge model: logic with parameters, called by name."""

    id: str
    name: str
    type_ref: str
    logic: Function
    requires: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionService:
    """Decisions called as a function: first the input data, then the input decisions."""

    id: str
    name: str
    type_ref: str
    outputs: tuple[Reference, ...]
    parameters: tuple[Reference, ...]


Element: TypeAlias = Decision | InputData | KnowledgeModel | DecisionService


@dataclass(frozen=True, slots=True)
class Import:
    """Another file by its namespace; its elements stand under `name`, or as they are if empty."""

    name: str
    namespace: str


@dataclass(frozen=True, slots=True)
class MatchedRule:
    """A rule that fired: `outputs` by column name, `annotations` by annotation column name.

    `index` counts from 1.
    """

    index: int
    id: str
    outputs: Mapping[str, FeelValue]
    annotations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """What a decision came to, the rules that made it, and why parts became null.

    `matched` is empty for a literal expression and when a table's default applies.
    """

    value: FeelValue
    matched: tuple[MatchedRule, ...]
    warnings: tuple[FeelWarning, ...]
