"""FEEL's types, for `instance of`, typed parameters and DMN's `typeRef`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, Protocol, TypeAlias

from lark import Token, Tree

from engine.feel.values import FeelFunction, FeelValue, Range, YearMonthDuration


class TypeName(StrEnum):
    """The built-in types, under their names in FEEL."""

    ANY = "Any"
    NULL = "Null"
    NUMBER = "number"
    STRING = "string"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    DATE_TIME = "date and time"
    DAYS_TIME_DURATION = "days and time duration"
    YEARS_MONTHS_DURATION = "years and months duration"
    LIST = "list"
    CONTEXT = "context"
    RANGE = "range"
    FUNCTION = "function"


_PYTHON_TYPES: Final[Mapping[TypeName, type]] = {
    TypeName.NULL: type(None),
    TypeName.NUMBER: Decimal,
    TypeName.STRING: str,
    TypeName.BOOLEAN: bool,
    TypeName.DATE: dt.date,
    TypeName.TIME: dt.time,
    TypeName.DATE_TIME: dt.datetime,
    TypeName.DAYS_TIME_DURATION: dt.timedelta,
    TypeName.YEARS_MONTHS_DURATION: YearMonthDuration,
    TypeName.LIST: list,
    TypeName.CONTEXT: dict,
    TypeName.RANGE: Range,
    TypeName.FUNCTION: FeelFunction,
}

# The second spelling of the temporal types in DMN files.
_ALIASES: Final[Mapping[str, TypeName]] = {
    "dateTime": TypeName.DATE_TIME,
    "dayTimeDuration": TypeName.DAYS_TIME_DURATION,
    "yearMonthDuration": TypeName.YEARS_MONTHS_DURATION,
}


def built_in_type(name: str) -> TypeName | None:
    """Return the built-in type of a name, in either spelling, or None."""
    try:
        return _ALIASES.get(name) or TypeName(name)
    except ValueError:
        return None


class TypeCheck(Protocol):
    """A type values can be checked against: a built-in one or one that a file declares."""

    def holds(self, value: FeelValue) -> bool:
        """Return whether the value is of this type; null is only of type Null."""
        ...

    def accepts(self, value: FeelValue) -> bool:
        """Return whether the value may be assigned to this type: null may, always."""
        ...


Declared: TypeAlias = Callable[[str], "TypeCheck | None"]
"""Finds a type that a file declares by its name."""


def nothing_declared(_name: str) -> TypeCheck | None:
    """Find no declared types."""
    return None


@dataclass(frozen=True, slots=True)
class FeelType:
    """A type with what it holds.

    `element` is the item type of a list or the end type of a range; `members` the entries of a
    context; `parameters` counts those of a function, None meaning any number.
    """

    name: TypeName
    element: TypeCheck | None = None
    members: tuple[tuple[str, TypeCheck], ...] = ()
    parameters: int | None = None

    def holds(self, value: FeelValue) -> bool:
        """Return whether the value is of this type; null is only of type Null."""
        if self.name is TypeName.ANY:
            return value is not None
        if type(value) is not _PYTHON_TYPES[self.name]:
            return False
        return self._holds_inside(value)

    def accepts(self, value: FeelValue) -> bool:
        """Return whether the value may be assigned to this type: null may, always."""
        return value is None or self.holds(value)

    def _holds_inside(self, value: FeelValue) -> bool:
        if isinstance(value, list) and self.element:
            return all(self.element.accepts(item) for item in value)
        if isinstance(value, Range) and self.element:
            return all(self.element.accepts(end) for end in (value.start, value.end))
        if isinstance(value, dict):
            return all(
                name in value and member.accepts(value[name]) for name, member in self.members
            )
        if isinstance(value, FeelFunction) and self.parameters is not None:
            return len(value.parameters) == self.parameters
        return True


def convert(kind: TypeCheck, value: FeelValue) -> tuple[bool, FeelValue]:
    """Return whether a value fits a type, and the value converted to it.

    FEEL converts a list of one item to the item and the reverse, and a date to its midnight in UTC
    (DMN 1.5, 10.3.2.9.4); null fits every type.
    """
    if kind.accepts(value):
        return True, value
    if isinstance(value, list) and len(value) == 1 and kind.accepts(value[0]):
        return True, value[0]
    if not isinstance(value, list) and kind.accepts([value]):
        return True, [value]
    if type(value) is dt.date:
        midnight = dt.datetime.combine(value, dt.time(tzinfo=dt.UTC))
        if kind.accepts(midnight):
            return True, midnight
    return False, None


def read_type(tree: Tree[Token], declared: Declared = nothing_declared) -> TypeCheck | None:
    """Return the type a syntax tree names, or None if it names none."""
    children = tree.children
    if tree.data == "function_type":
        return FeelType(TypeName.FUNCTION, parameters=len(children) - 1)
    written = ".".join(str(part) for part in children if isinstance(part, Token))
    name = built_in_type(written)
    if name is None:
        return declared(written)
    if tree.data == "context_type":
        members = tuple(
            (str(member.children[0]), _subtype(member.children[1], declared))
            for member in children
            if isinstance(member, Tree)
        )
        if any(member is None for _name, member in members):
            return None
        return FeelType(name, members=tuple((key, kind) for key, kind in members if kind))
    if tree.data == "generic_type":
        element = _subtype(children[1], declared)
        return element and FeelType(name, element=element)
    return FeelType(name)


def _subtype(tree: Tree[Token] | Token, declared: Declared) -> TypeCheck | None:
    return read_type(tree, declared) if isinstance(tree, Tree) else None
