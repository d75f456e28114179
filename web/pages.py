"""Turning pages of lists."""

from __future__ import annotations

from flask import request

_LAST = 10_000


def page_number() -> int:
    """Return the page asked for, 1 when none or nonsense."""
    page = request.args.get("page", default=1, type=int)
    return min(max(page, 1), _LAST)
