"""The FEEL texts of one node: compiled, and the names they take from outside gathered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from engine.decisions.items import ItemTypes
from engine.feel import Expression, UnaryTests, compile_expression, compile_unary_tests

_ANY: Final = "-"
_NULL: Final = "null"


class Texts:
    """Compiles texts; `used` are all names they take from outside.

    `free` are those of them that the boxes around a text do not bind, in the order met.
    """

    def __init__(self, names: frozenset[str], types: ItemTypes) -> None:
        self._known = names
        self._types = types
        self._bound: list[str] = []
        self.used: set[str] = set()
        self.free: dict[str, None] = {}

    def expression(self, text: str) -> Expression:
        """Return an expression; an empty text is null."""
        compiled = compile_expression(text or _NULL, self._known, self._types.declared)
        self._gather(compiled)
        return compiled

    def tests(self, text: str) -> UnaryTests | None:
        """Return unary tests, None where everything passes."""
        if text in {"", _ANY}:
            return None
        compiled = compile_unary_tests(text, self._known, self._types.declared)
        self._gather(compiled)
        return compiled

    @contextmanager
    def binding(self, names: Iterable[str]) -> Iterator[None]:
        """Compile the texts inside a box that gives them these names."""
        before = len(self._bound)
        self._bound += names
        yield
        del self._bound[before:]

    def _gather(self, compiled: Expression | UnaryTests) -> None:
        found = compiled.names | compiled.filter_names
        self.used |= found
        self.free |= dict.fromkeys(sorted(found.difference(self._bound)))
