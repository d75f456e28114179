"""Numbers in the query of an address: pages of lists, and rows."""

from __future__ import annotations

from flask import request

from services.errors import NotFound

_LAST = 10_000
_LARGEST = 2**63 - 1
"""What a database column holds."""


def page_number() -> int:
    """Return the page asked for, 1 when none or nonsense."""
    page = request.args.get("page", default=1, type=int)
    return min(max(page, 1), _LAST)


def row_number(name: str) -> int | None:
    """Return the id under a name, None when none or nonsense; `NotFound` for one too large."""
    number = request.args.get(name, type=int)
    if number is not None and abs(number) > _LARGEST:
        raise NotFound
    return number
