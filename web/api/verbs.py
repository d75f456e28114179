"""What may be done to a task or a case: one table row per verb, one use case behind each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from http import HTTPStatus
from typing import Any

from flask import Response

from services.bootstrap import Application
from services.cases.views import Completed
from services.identity.actor import Actor
from web.api.acting import IDENTITY_PARAMETER, KEY_PARAMETER, MATCH_PARAMETER, perform
from web.api.blueprint import ApiBlueprint
from web.api.derive import command_schema, view_schema
from web.context import acting

UseCase = Callable[[Application, Actor, Any], object]
CaseOf = Callable[[Application, Any], int]
_NAMES = re.compile(r"<(?:\w+:)?(\w+)>")
NOT_IN_BODY = frozenset({"revision", "sent"})
"""The revision seen comes by `If-Match`; what a browser sent is for pages."""


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb: `command` is read from body and address and handed to `use_case`.

    `moves` tells that the case goes on and the answer says where; otherwise there is no answer.
    """

    path: str
    name: str
    summary: str
    command: type[Any]
    use_case: UseCase
    moves: bool = False


@dataclass(frozen=True, slots=True)
class OnCase:
    """A command that needs no more than the case."""

    case_id: int


@dataclass(frozen=True, slots=True)
class OnTask:
    """A command that needs no more than the task."""

    task_id: str


def add_verb(blueprint: ApiBlueprint, rule: str, verb: Verb, case_of: CaseOf) -> None:
    """Add `POST rule` for a verb; `case_of` finds the case of a command."""
    in_address = names_in(rule)
    known = {field.name for field in fields(verb.command)}
    without = frozenset(known & (in_address | NOT_IN_BODY))
    completed = view_schema(Completed)() if verb.moves else None

    def act(sent: dict[str, Any], address: dict[str, Any]) -> Response:
        known_address = {name: value for name, value in address.items() if name in known}
        command = verb.command(**known_address, **sent)
        return perform(
            lambda app: verb.use_case(app, acting(), command),
            completed,
            case_of=lambda app: case_of(app, address),
        )

    def with_body(sent: dict[str, Any], **address: Any) -> Response:
        return act(sent, address)

    def without_body(**address: Any) -> Response:
        return act({}, address)

    takes = command_schema(verb.command, without) if known - without else None
    blueprint.operation(
        rule,
        verb.name,
        verb.summary,
        method="POST",
        body=takes,
        headers=(KEY_PARAMETER, MATCH_PARAMETER, IDENTITY_PARAMETER),
        status=HTTPStatus.OK if verb.moves else HTTPStatus.NO_CONTENT,
        gives=completed,
    )(with_body if takes is not None else without_body)


def names_in(rule: str) -> set[str]:
    """Return the names in the angle brackets of an address."""
    return set(_NAMES.findall(rule))
