"""Choosing people on a page: found by a search, kept while one searches on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request

from services.tasks.colleagues import Colleague

PEOPLE, SEARCH, ASK = "dw-people", "dw-search", "dw-ask"
"""Names of the boxes to tick, the search field, and the button that searches."""


@dataclass(frozen=True, slots=True)
class PeoplePicker:
    """What is offered (`people`), what is chosen, what was searched for; one person or several."""

    people: Sequence[Colleague]
    chosen: frozenset[int]
    text: str
    is_multiple: bool


def chosen_people() -> tuple[int, ...]:
    """Return whom this request names, by id; nonsense counts as nobody."""
    return tuple(int(v) for v in request.form.getlist(PEOPLE) if v.isascii() and v.isdigit())


def searched_text() -> str:
    """Return what this request searches for."""
    return request.form.get(SEARCH, "").strip()


def is_search() -> bool:
    """Tell whether the request searches only, and does nothing else."""
    return ASK in request.form
