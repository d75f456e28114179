"""Boxed expressions (DMN 1.5, 7.2 and 10.2.2) as data: what the logic of a decision is made of.

`type_ref` is the declared type of a value, empty for any.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from engine.decisions.model import DecisionTable


@dataclass(frozen=True, slots=True)
class Literal:
    """A FEEL text; an empty one is null."""

    text: str
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a boxed context; one without a name is the result of the whole context."""

    name: str
    type_ref: str
    value: Boxed


@dataclass(frozen=True, slots=True)
class Context:
    """Named values, each seeing the earlier ones."""

    entries: tuple[Entry, ...]
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list, item by item."""

    items: tuple[Boxed, ...]
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """A list of contexts, drawn as a grid."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Boxed, ...], ...]
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A formal parameter."""

    name: str
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of FEEL with a boxed body."""

    parameters: tuple[Parameter, ...]
    body: Boxed
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class Invocation:
    """A call with arguments by name."""

    function: Boxed
    bindings: tuple[tuple[str, Boxed], ...]
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class Conditional:
    """If, then, else."""

    condition: Boxed
    positive: Boxed
    negative: Boxed
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class Filter:
    """The items of a list for which `match` is true."""

    source: Boxed
    match: Boxed
    type_ref: str = ""


@dataclass(frozen=True, slots=True)
class Iteration:
    """For each item of `domain`, the value of `body`."""

    variable: str
    domain: Boxed
    body: Boxed
    type_ref: str = ""


class Quantifier(StrEnum):
    """How many items have to satisfy the condition."""

    SOME = "some"
    EVERY = "every"


@dataclass(frozen=True, slots=True)
class Quantified:
    """Whether some or every item of `domain` satisfies `condition`."""

    quantifier: Quantifier
    variable: str
    domain: Boxed
    condition: Boxed
    type_ref: str = ""


Boxed: TypeAlias = (
    "Literal | DecisionTable | Context | ListOf | Relation | Function | Invocation"
    " | Conditional | Filter | Iteration | Quantified"
)
