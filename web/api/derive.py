"""Schemas from dataclasses: a command says what it takes, a read model what it gives.

So the API cannot drift away from the use cases: their fields, types and docstrings are the
contract, and what a person types into a page is the same command.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin

from marshmallow import RAISE, Schema
from marshmallow import fields as ma

import engine.model
from web.api.fields import Choice, Day, Flag, Items, Moment, Record, Text, Values, Whole

Maker = TypeVar("Maker", bound=Callable[..., type[Schema]])

SIMPLE: Mapping[Any, type[ma.Field[Any]]] = {
    str: Text,
    bool: Flag,
    int: Whole,
    date: Day,
    datetime: Moment,
    Decimal: ma.Float,
    float: ma.Float,
}


def _once(make: Maker) -> Maker:
    """Make each schema once: one name in the specification is one schema."""
    return cast("Maker", cache(make))


class Strict(Schema):
    """A schema that refuses what it does not know."""

    error_messages = {  # noqa: RUF012 - as the base
        "unknown": "没有这一项。",
        "type": "应为对象。",
    }

    class Meta:
        """Names stay in the order of the class."""

        unknown = RAISE


@_once
def view_schema(model: type[Any], without: frozenset[str] = frozenset()) -> type[Schema]:
    """Return the schema that writes a read model, all fields or all but `without`."""
    hints = _hints(model)
    chosen = {
        f.name: _field(hints[f.name], required=True) for f in fields(model) if f.name not in without
    }
    return _named(Strict, model.__name__, chosen)


@_once
def command_schema(command: type[Any], without: frozenset[str] = frozenset()) -> type[Schema]:
    """Return the schema that reads the fields of a command, all but `without` (from the address).

    What has no default is required; what may be None may be null.
    """
    hints = _hints(command)
    chosen = {
        f.name: _field(hints[f.name], required=_is_required(f))
        for f in fields(command)
        if f.name not in without
    }
    return _named(Strict, command.__name__, chosen)


def extended(base: type[Schema], name: str, **added: ma.Field[Any]) -> type[Schema]:
    """Return a schema with further fields, or other ones of the same name."""
    return type(name, (base,), dict(added))


def _hints(model: type[Any]) -> dict[str, Any]:
    # `Value` is written as text and names what only its own module imports.
    return typing.get_type_hints(model, localns=vars(engine.model))


def _named(base: type[Schema], name: str, chosen: dict[str, ma.Field[Any]]) -> type[Schema]:
    return type(name, (base,), dict(chosen))


def _is_required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _field(hint: Any, *, required: bool) -> ma.Field[Any]:
    options: dict[str, Any] = {"required": required}
    arguments = get_args(hint)
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        inner = [part for part in arguments if part is not type(None)]
        options["allow_none"] = len(inner) < len(arguments)
        hint, origin, arguments = inner[0], get_origin(inner[0]), get_args(inner[0])
    if hint in SIMPLE:
        return SIMPLE[hint](**options)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Choice(hint, **options)
    if is_dataclass(hint) and isinstance(hint, type):
        return ma.Nested(view_schema(hint), **options)
    if origin is tuple:
        return _sequence(arguments, options)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping(arguments, options)
    message = f"no field for {hint!r}"
    raise TypeError(message)


def _sequence(arguments: tuple[Any, ...], options: dict[str, Any]) -> ma.Field[Any]:
    if len(arguments) == 2 and arguments[1] is not Ellipsis and len(set(arguments)) > 1:  # noqa: PLR2004
        message = f"no field for a pair of {arguments!r}"
        raise TypeError(message)
    return Items(_field(arguments[0], required=False), **options)


def _mapping(arguments: tuple[Any, ...], options: dict[str, Any]) -> ma.Field[Any]:
    if arguments[1] is str:
        return Record(keys=Text(), values=Text(), **options)
    return Values(**options)
