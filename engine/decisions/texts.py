"""The FEEL texts of one node: compiled, and the names they take from outside gathered."""

from __future__ import annotations

from typing import Final

from engine.decisions.items import ItemTypes
from engine.feel import Expression, UnaryTests, compile_expression, compile_unary_tests

_ANY: Final = "-"
_NULL: Final = "null"


class Texts:
    """Compiles texts; `used` are all names they take from outside."""

    def __init__(self, names: frozenset[str], types: ItemTypes) -> None:
        self._known = names
        self._types = types
        self.used: set[str] = set()

    def expression(self, text: str) -> Expression:
        """Return an expression; an empty text is null."""
        compiled = compile_expression(text or _NULL, self._known, self._types.declared)
        self.used |= compiled.names | compiled.filter_names
        return compiled

    def tests(self, text: str) -> UnaryTests | None:
        """Return unary tests, None where everything passes."""
        if text in {"", _ANY}:
            return None
        compiled = compile_unary_tests(text, self._known, self._types.declared)
        self.used |= compiled.names | compiled.filter_names
        return compiled
