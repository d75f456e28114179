"""FEEL's types, for `instance of`, typed parameters and DMN's `typeRef`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

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


@dataclass(frozen=True, slots=True)
class FeelType:
    """A type with what it holds.

    `element` is the item type of a list or the end type of a range; `members` the entries of a
    context; `parameters` counts those of a function, None meaning any number.
    """

    name: TypeName
    element: FeelType | None = None
    members: tuple[tuple[str, FeelType], ...] = ()
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


def read_type(tree: Tree[Token]) -> FeelType | None:
    """Return the type a syntax tree names, or None if it names no built-in type."""
    children = tree.children
    if tree.data == "function_type":
        return FeelType(TypeName.FUNCTION, parameters=len(children) - 1)
    name = built_in_type(".".join(str(part) for part in children if isinstance(part, Token)))
    if name is None:
        return None
    if tree.data == "context_type":
        members = tuple(
            (str(member.children[0]), _subtype(member.children[1]))
            for member in children
            if isinstance(member, Tree)
        )
        if any(member is None for _name, member in members):
            return None
        return FeelType(name, members=tuple((key, kind) for key, kind in members if kind))
    if tree.data == "generic_type":
        element = _subtype(children[1])
        return element and FeelType(name, element=element)
    return FeelType(name)


def _subtype(tree: Tree[Token] | Token) -> FeelType | None:
    return read_type(tree) if isinstance(tree, Tree) else None
