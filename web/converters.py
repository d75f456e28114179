"""Parts of addresses."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import IntegerConverter


class RowNumber(IntegerConverter):
    """A number a database column holds; anything larger is an address that does not exist."""

    def __init__(self, map: Any, **options: Any) -> None:  # noqa: A002 - as the base
        super().__init__(map, max=2**63 - 1, **options)
